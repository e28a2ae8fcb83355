//! Products: what is sold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::fields::FieldReader;
use crate::filter::{Filter, QueryReader};
use crate::permission::{HasKind, Kind};
use crate::resource::{Reference, Resource, Target};
use crate::schema::string_enum;
use crate::value::{ExternalId, Metadata, StringEnum, Text, Timestamp, UniqueList};

/// What is sold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Product {
    /// The caller's own id, unique among the products of the workspace. Revenues name it as their
    /// `external_product_identifier`.
    #[schemars(example = "course-rust-1")]
    pub external_id: Option<ExternalId>,
    /// What people call the product: at least one visible character, and no control characters.
    /// White space around it is removed.
    #[schemars(example = "Rust for accountants")]
    pub name: Text<255>,
    /// The `name` of one of the workspace's category options.
    pub category: Option<Text<64>>,
    /// Labels that rules can match.
    #[schemars(example = ["online", "beginner"])]
    pub tags: UniqueList<Text<64>, 50>,
    /// The caller's own notes.
    pub metadata: Metadata,
    /// Whether it is still sold.
    pub status: ProductStatus,
    /// When it was archived; `null` if it is not.
    pub archived_at: Option<Timestamp>,
}

/// Whether a product is still sold.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantArray,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(transform = string_enum)]
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
    const SEARCHED: &'static str =
        "Products whose `name` or `external_id` contains this text, in any case.";
    const SEARCHED_FIELDS: &'static [&'static str] = &["name", "external_id"];
    const SHOWS_CATEGORIES: bool = true;
    const READ_ONLY: &'static [&'static str] = &["archived_at", "revenue_count"];

    fn filters(query: &mut impl QueryReader) -> Vec<Option<Filter<Self>>> {
        vec![
            query.choice::<Self, ProductStatus>("status", "Products with this status."),
            query.filter(
                "category",
                "Products in this category.",
                &["category"],
                |product: &Self, category| product.category.as_ref() == Some(category),
            ),
            query.filter(
                "tag",
                "Products with this tag.",
                &["tags"],
                |product: &Self, tag| product.tags.contains(tag),
            ),
        ]
    }

    fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    fn search_fields(&self) -> Vec<Option<&str>> {
        let external_id = self.external_id.as_ref().map(ExternalId::as_str);
        vec![Some(&self.name), external_id]
    }

    fn merge(self, fields: &mut impl FieldReader) -> Self {
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
}
