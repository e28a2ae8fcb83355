//! Matching: which revenue a rule applies to.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fields::{Fields, object};
use crate::problem::ErrorSink;
use crate::product::Product;
use crate::resource::Record;
use crate::revenue::{Revenue, RevenueType};
use crate::value::{Currency, ExternalId, FromJson, Metadata, Text, UniqueList};

/// The most values of one dimension.
const VALUES_MAX: usize = 100;

type Values<T> = UniqueList<T, VALUES_MAX>;

/// Which revenue a rule applies to: revenue with one of the values of every dimension that has any.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Match {
    #[serde(skip_serializing_if = "is_default")]
    product_ids: Values<Uuid>,
    #[serde(skip_serializing_if = "is_default")]
    product_external_ids: Values<ExternalId>,
    #[serde(skip_serializing_if = "is_default")]
    categories: Values<Text<64>>,
    #[serde(skip_serializing_if = "is_default")]
    tags: Values<Text<64>>,
    #[serde(skip_serializing_if = "is_default")]
    revenue_source_ids: Values<Uuid>,
    #[serde(skip_serializing_if = "is_default")]
    types: Values<RevenueType>,
    #[serde(skip_serializing_if = "is_default")]
    currencies: Values<Currency>,
    /// Exact values that the metadata of the revenue must have.
    #[serde(skip_serializing_if = "is_default")]
    metadata: Metadata,
}

/// The dimension in which a revenue does not match, with both values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mismatch {
    /// The name of the dimension, as in `categories`.
    pub dimension: &'static str,
    /// What the rule asks for.
    pub rule: Value,
    /// What the revenue or its product has.
    pub revenue: Value,
}

impl Match {
    /// The first dimension in which a revenue does not match, in the order of the fields; `None` if
    /// it matches. `product` is the one that the revenue's `external_product_identifier` names, if
    /// it exists; an archived product counts too.
    pub fn first_mismatch(
        &self,
        revenue: &Revenue,
        product: Option<&Record<Product>>,
    ) -> Option<Mismatch> {
        let product_id = product.map(|product| &product.id);
        let identifier = revenue.external_product_identifier.as_ref();
        let category = product.and_then(|product| product.body.category.as_ref());
        let tags = product.map_or(&[][..], |product| &product.body.tags);
        let source = Some(&revenue.revenue_source_id);
        let kind = Some(&revenue.kind);
        let currency = Some(&revenue.currency);
        let of_product = || {
            one_of("product_ids", &self.product_ids, product_id)
                .or_else(|| {
                    one_of(
                        "product_external_ids",
                        &self.product_external_ids,
                        identifier,
                    )
                })
                .or_else(|| one_of("categories", &self.categories, category))
                .or_else(|| any_of("tags", &self.tags, tags))
        };
        of_product()
            .or_else(|| one_of("revenue_source_ids", &self.revenue_source_ids, source))
            .or_else(|| one_of("types", &self.types, kind))
            .or_else(|| one_of("currencies", &self.currencies, currency))
            .or_else(|| all_of("metadata", &self.metadata, &revenue.metadata))
    }
}

impl Mismatch {
    fn new(dimension: &'static str, rule: Value, revenue: Value) -> Self {
        Self {
            dimension,
            rule,
            revenue,
        }
    }
}

/// The mismatch if a value is none of the wanted ones. A dimension without values wants nothing.
fn one_of<T: PartialEq + Serialize>(
    dimension: &'static str,
    wanted: &Values<T>,
    value: Option<&T>,
) -> Option<Mismatch> {
    let matches = wanted.is_empty() || value.is_some_and(|value| wanted.contains(value));
    (!matches).then(|| Mismatch::new(dimension, json!(wanted), json!(value)))
}

/// The same for a dimension that is a list: one of its values is enough.
fn any_of<T: PartialEq + Serialize>(
    dimension: &'static str,
    wanted: &Values<T>,
    values: &[T],
) -> Option<Mismatch> {
    let matches = wanted.is_empty() || values.iter().any(|value| wanted.contains(value));
    (!matches).then(|| Mismatch::new(dimension, json!(wanted), json!(values)))
}

/// The mismatch at the first key whose value is another one, or missing.
fn all_of(dimension: &'static str, wanted: &Metadata, values: &Metadata) -> Option<Mismatch> {
    let (key, wanted) = wanted
        .iter()
        .find(|(key, wanted)| values.get(key) != Some(wanted))?;
    let found = json!({ key: values.get(key) });
    Some(Mismatch::new(dimension, json!({ key: wanted }), found))
}

impl FromJson for Match {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        let mut fields = Fields::nested(object(json, errors)?, errors);
        let matching = Self {
            product_ids: fields.value("product_ids", Values::default()),
            product_external_ids: fields.value("product_external_ids", Values::default()),
            categories: fields.value("categories", Values::default()),
            tags: fields.value("tags", Values::default()),
            revenue_source_ids: fields.value("revenue_source_ids", Values::default()),
            types: fields.value("types", Values::default()),
            currencies: fields.value("currencies", Values::default()),
            metadata: fields.value("metadata", Metadata::default()),
        };
        fields.finish();
        Some(matching)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
