//! The function `products`: operations on products.

use domain::fields::Object;
use domain::product::{Product, ProductStatus};
use domain::resource::Record;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use shared::auth::{Read, Write};
use shared::batch::Status;
use shared::error::Failure;
use shared::http::{
    Answer, Call, Entry, Method, docs, extra_fields, record_operations, set_one, set_rows,
    with_overrides,
};
use shared::records;
use shared::table::{Query, ReadSource};
use shared::totals;

/// A product, with its number of revenues.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SingleProduct")]
struct ProductView {
    #[serde(flatten)]
    product: Record<Product>,
    /// How many revenues name its external id as their `external_product_identifier`.
    revenue_count: u64,
}

/// The operations on products.
pub fn operations<E: Entry>() -> Vec<E> {
    let (product, batch) = ("/api/v1/products/{id}", "/api/v1/products/batch");
    let own = [
        E::new(
            Method::GET,
            product,
            read,
            docs::read_as::<Product, ProductView>,
        ),
        E::new(Method::DELETE, product, archive, docs::archive::<Product>),
        E::new(
            Method::DELETE,
            batch,
            archive_batch,
            docs::archive_batch::<Product>,
        ),
    ];
    with_overrides(record_operations::<Product, E>(), own)
}

async fn read(call: Call<Read<Product>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    let product = records::read(call.table(), call.access(), call.id()).await?;
    let version = product.version;
    let view = ProductView {
        revenue_count: count_revenues(&call, &product.body).await?,
        product,
    };
    Ok(Answer::one(&view, extra_fields(&call))?.with_version(version))
}

async fn archive(call: Call<Write<Product>>) -> Result<Answer, Failure> {
    set_one(call, &archived()).await
}

async fn archive_batch(call: Call<Write<Product>>) -> Result<Answer, Failure> {
    set_rows(call, &archived(), Status::Archived).await
}

fn archived() -> Object {
    Object::from_iter([("status".to_owned(), json!(ProductStatus::Archived))])
}

async fn count_revenues(call: &Call<Read<Product>>, product: &Product) -> Result<u64, Failure> {
    let Some(external_id) = &product.external_id else {
        return Ok(0);
    };
    if let Some(counters) = call.access().counters() {
        return Ok(totals::of_product(call.table(), &counters, external_id).await?);
    }
    // A workspace whose revenues were never counted.
    let mut count = 0;
    for shard in call.access().revenue_shards() {
        let of_product = vec![(
            "external_product_identifier",
            external_id.as_str().to_owned(),
        )];
        let shard = Query::all(shard).through(ReadSource::Index);
        count += call.table().count(&shard.having(of_product)).await?;
    }
    Ok(count)
}
