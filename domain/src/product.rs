//! Products: what is sold.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantArray};

use crate::fields::Fields;
use crate::filter::{Filter, equals};
use crate::permission::{HasKind, Kind};
use crate::resource::{Reference, Resource, Target};
use crate::value::{ExternalId, FromText, Metadata, StringEnum, Text, Timestamp, UniqueList};
use crate::workspace::Workspace;

/// What is sold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    /// The caller's own id, which revenues name as their `external_product_identifier`.
    pub external_id: Option<ExternalId>,
    /// What people call it.
    pub name: Text<255>,
    /// The name of one of the workspace's category options.
    pub category: Option<Text<64>>,
    /// Labels that rules can match.
    pub tags: UniqueList<Text<64>, 50>,
    /// The caller's own notes.
    pub metadata: Metadata,
    /// Whether it is still sold.
    pub status: ProductStatus,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
}

/// Whether a product is still sold.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProductStatus {
    /// Still sold.
    #[default]
    Active,
    /// No longer sold.
    Archived,
}

impl StringEnum for ProductStatus {}

impl HasKind for Product {
    const KIND: Kind = Kind {
        one: "product",
        many: "products",
    };
}

impl Resource for Product {
    const READ_ONLY: &'static [&'static str] = &["archived_at", "revenue_count"];

    const FILTERS: &'static [Filter<Self>] = &[
        Filter {
            name: "status",
            parse: |text| equals(text, |product: &Self| Some(product.status)),
        },
        Filter {
            name: "category",
            parse: |text| equals(text, |product: &Self| product.category.clone()),
        },
        Filter {
            name: "tag",
            parse: |text| {
                let wanted = Text::from_text(text)?;
                Ok(Box::new(move |product: &Self| {
                    product.tags.contains(&wanted)
                }))
            },
        },
    ];

    fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    fn search_fields(&self) -> Vec<Option<&str>> {
        let external_id = self.external_id.as_ref().map(ExternalId::as_str);
        vec![Some(&self.name), external_id]
    }

    fn merge(self, fields: &mut Fields<'_>) -> Self {
        let status = fields.value("status", self.status);
        Self {
            external_id: fields.nullable("external_id", self.external_id),
            name: fields.required("name", self.name),
            category: fields.nullable("category", self.category),
            tags: fields.value("tags", self.tags),
            metadata: fields.value("metadata", self.metadata),
            status,
            archived_at: match status {
                ProductStatus::Active => None,
                ProductStatus::Archived => self.archived_at.or(Some(fields.now())),
            },
        }
    }

    fn references(&self) -> Vec<Reference> {
        let reference = |category: &Text<64>| Reference {
            pointer: "#/category".to_owned(),
            target: Target::Category(category.to_string()),
        };
        self.category.iter().map(reference).collect()
    }

    fn envelope_fields(workspace: &Workspace) -> Option<(&'static str, Value)> {
        Some(("category_options", json!(workspace.config.categories)))
    }
}
