//! Products: what is sold.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::auth::{Access, Read, Write};
use shared::batch::Status;
use shared::error::Failure;
use shared::filter::{Filter, equals};
use shared::http::{
    Answer, Call, Method, Operation, overridden, record_operations, set_one, set_rows,
};
use shared::patch::{Fields, Object};

use shared::records;
use shared::resource::{Named, Noun, Record, Reference, Resource, Target};
use shared::table::{Query, Table, Through};
use shared::totals;
use shared::value::{Choice, ExternalId, FromText, List, Metadata, Text, Timestamp};
use shared::workspace::Workspace;

/// What is sold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    external_id: Option<ExternalId>,
    name: Text<255>,
    category: Option<Text<64>>,
    tags: List<Text<64>, 50>,
    metadata: Metadata,
    status: ProductStatus,
    archived_at: Option<Timestamp>,
}

/// Whether a product is still sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// It is.
    #[default]
    Active,
    /// It is not.
    Archived,
}

/// A product as it is read alone.
#[derive(Serialize)]
struct Counted {
    #[serde(flatten)]
    product: Record<Product>,
    /// How many revenues name its external id as their `external_product_identifier`.
    revenue_count: u64,
}

/// The operations on products.
pub fn operations() -> Vec<Operation> {
    let own = [
        Operation::new(Method::GET, "/api/v1/products/{id}", read),
        Operation::new(Method::DELETE, "/api/v1/products/{id}", archive),
        Operation::new(Method::DELETE, "/api/v1/products/batch", archive_batch),
    ];
    overridden(record_operations::<Product>(), own)
}

async fn read(call: Call<Read<Product>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    let product = records::read(&call.table, &call.access, call.id()).await?;
    let revenue_count = count_revenues(&call.table, &call.access, &product.body).await?;
    let version = product.version;
    let beside = Product::envelope(&call.access.workspace());
    Ok(Answer::one(
        &Counted {
            product,
            revenue_count,
        },
        beside,
    )?
    .with_version(version))
}

async fn archive(call: Call<Write<Product>>) -> Result<Answer, Failure> {
    set_one(call, &archived()).await
}

async fn archive_batch(call: Call<Write<Product>>) -> Result<Answer, Failure> {
    set_rows(
        call,
        &archived(),
        Status::Archived,
        &[Status::Archived, Status::Unchanged],
    )
    .await
}

fn archived() -> Object {
    Object::from_iter([("status".to_owned(), json!(ProductStatus::Archived))])
}

async fn count_revenues(
    table: &Table,
    access: &Access<Read<Product>>,
    product: &Product,
) -> Result<u64, Failure> {
    let Some(external_id) = &product.external_id else {
        return Ok(0);
    };
    if let Some(counters) = access.counters() {
        return Ok(totals::of_product(table, &counters, external_id).await?);
    }
    let mut count = 0;
    for list in access.revenue_lists() {
        let list = Query {
            through: Through::Index,
            ..Query::all(list)
        };
        count += table
            .count(&list, "external_product_identifier", external_id.as_str())
            .await?;
    }
    Ok(count)
}

impl Named for Product {
    const NOUN: Noun = Noun {
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

    fn searched(&self) -> Vec<Option<&str>> {
        vec![
            Some(&self.name),
            self.external_id.as_ref().map(ExternalId::as_str),
        ]
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

    fn envelope(workspace: &Workspace) -> Option<(&'static str, Value)> {
        Some(("category_options", json!(workspace.config.categories)))
    }
}

impl Choice for ProductStatus {}
