//! Matching: which revenues a rule applies to.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::patch::{Fields, object};
use shared::problem::Report;
use shared::value::{Currency, ExternalId, FromJson, List, Metadata, RevenueType, Text};
use uuid::Uuid;

/// The most values of one dimension.
const VALUES_MAX: usize = 100;

type Values<T> = List<T, VALUES_MAX>;

/// What a revenue must be for a rule to apply: one of the values of every dimension that has any.
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

impl FromJson for Match {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        let mut fields = Fields::nested(object(json, report)?, report);
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
