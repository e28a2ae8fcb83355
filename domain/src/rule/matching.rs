//! Matching: which revenue a rule applies to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::fields::{FieldReader, Fields, object};
use crate::problem::ErrorSink;
use crate::product::Product;
use crate::resource::Record;
use crate::revenue::{Revenue, RevenueType};
use crate::value::{Currency, ExternalId, FromJson, Metadata, Scalar, Text, UniqueList};

/// The most values of one dimension.
const VALUES_MAX: usize = 100;

type Values<T> = UniqueList<T, VALUES_MAX>;

/// Which revenue a rule applies to: revenue with one of the values of every dimension that has any.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Match {
    /// Products, by id.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) product_ids: Values<Uuid>,
    /// Values of `external_product_identifier`.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(example = ["course-rust-1"])]
    pub(crate) product_external_ids: Values<ExternalId>,
    /// Categories of the product.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) categories: Values<Text<64>>,
    /// Tags, of which the product has at least one.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) tags: Values<Text<64>>,
    /// Revenue sources.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) revenue_source_ids: Values<Uuid>,
    /// Types of revenue.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(example = ["sale", "refund"])]
    pub(crate) types: Values<RevenueType>,
    /// Currencies.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(example = ["EUR"])]
    pub(crate) currencies: Values<Currency>,
    /// Exact values that the metadata of the revenue must have.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) metadata: Metadata,
}

/// What a rule can ask of a revenue, in the order in which mismatches are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Dimension {
    /// The product.
    ProductIds,
    /// The `external_product_identifier`, of which no product has to exist.
    ProductExternalIds,
    /// The category of the product.
    Categories,
    /// A tag of the product.
    Tags,
    /// The source.
    RevenueSourceIds,
    /// The type.
    Types,
    /// The currency.
    Currencies,
    /// All given keys of the metadata.
    Metadata,
}

/// The dimension in which a revenue does not match, with both values.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "RuleMismatch")]
pub struct Mismatch {
    /// The name of the dimension, as in `categories`.
    pub dimension: &'static str,
    /// What the rule asks for.
    pub rule: Value,
    /// What the revenue or its product has.
    pub revenue: Value,
}

/// A revenue with the product that its `external_product_identifier` names, if it exists; an
/// archived product counts too.
#[derive(Clone, Copy, Debug)]
pub struct Sold<'a> {
    /// The revenue.
    pub revenue: &'a Revenue,
    /// The product.
    pub product: Option<&'a Record<Product>>,
}

impl Sold<'_> {
    pub(crate) fn category(&self) -> Option<&Text<64>> {
        self.product?.body.category.as_ref()
    }

    pub(crate) fn tags(&self) -> &[Text<64>] {
        self.product.map_or(&[], |product| &product.body.tags)
    }
}

impl Match {
    /// Whether a revenue matches in every dimension.
    pub fn matches(&self, sold: Sold<'_>) -> bool {
        self.mismatches(sold).next().is_none()
    }

    /// The dimensions in which a revenue does not match.
    pub fn mismatches<'a>(&'a self, sold: Sold<'a>) -> impl Iterator<Item = Dimension> + 'a {
        let all = Dimension::VARIANTS.iter().copied();
        all.filter(move |dimension| !self.fits(*dimension, sold))
    }

    /// The first dimension in which a revenue does not match; `None` if it matches.
    pub fn first_mismatch(&self, sold: Sold<'_>) -> Option<Mismatch> {
        let dimension = self.mismatches(sold).next()?;
        Some(self.explain(dimension, sold))
    }

    /// Whether it asks for what only a product has.
    pub fn asks_for_product(&self) -> bool {
        !self.product_ids.is_empty() || !self.categories.is_empty() || !self.tags.is_empty()
    }

    /// Whether a revenue matches in one dimension. A dimension without values asks for nothing.
    fn fits(&self, dimension: Dimension, sold: Sold<'_>) -> bool {
        let revenue = sold.revenue;
        match dimension {
            Dimension::ProductIds => one_of(&self.product_ids, sold.product.map(|p| &p.id)),
            Dimension::ProductExternalIds => one_of(
                &self.product_external_ids,
                revenue.external_product_identifier.as_ref(),
            ),
            Dimension::Categories => one_of(&self.categories, sold.category()),
            Dimension::Tags => {
                self.tags.is_empty() || sold.tags().iter().any(|tag| self.tags.contains(tag))
            }
            Dimension::RevenueSourceIds => {
                one_of(&self.revenue_source_ids, Some(&revenue.revenue_source_id))
            }
            Dimension::Types => one_of(&self.types, Some(&revenue.kind)),
            Dimension::Currencies => one_of(&self.currencies, Some(&revenue.currency)),
            Dimension::Metadata => self.other_metadata(revenue).is_none(),
        }
    }

    /// Both values of a dimension.
    pub(crate) fn explain(&self, dimension: Dimension, sold: Sold<'_>) -> Mismatch {
        let revenue = sold.revenue;
        let (wanted, found) = match dimension {
            Dimension::ProductIds => (
                json!(self.product_ids),
                json!(sold.product.map(|product| product.id)),
            ),
            Dimension::ProductExternalIds => (
                json!(self.product_external_ids),
                json!(revenue.external_product_identifier),
            ),
            Dimension::Categories => (json!(self.categories), json!(sold.category())),
            Dimension::Tags => (json!(self.tags), json!(sold.tags())),
            Dimension::RevenueSourceIds => (
                json!(self.revenue_source_ids),
                json!(revenue.revenue_source_id),
            ),
            Dimension::Types => (json!(self.types), json!(revenue.kind)),
            Dimension::Currencies => (json!(self.currencies), json!(revenue.currency)),
            Dimension::Metadata => match self.other_metadata(revenue) {
                Some((key, wanted)) => (
                    json!({ key: wanted }),
                    json!({ key: revenue.metadata.get(key) }),
                ),
                None => (json!(self.metadata), json!(revenue.metadata)),
            },
        };
        Mismatch {
            dimension: dimension.into(),
            rule: wanted,
            revenue: found,
        }
    }

    /// The first key of the metadata whose value is another one in the revenue, or missing.
    fn other_metadata(&self, revenue: &Revenue) -> Option<(&String, &Scalar)> {
        let mut wanted = self.metadata.iter();
        wanted.find(|(key, wanted)| revenue.metadata.get(key) != Some(wanted))
    }
}

fn one_of<T: PartialEq>(wanted: &Values<T>, value: Option<&T>) -> bool {
    wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
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
