//! The function `revenues`: operations on revenues, their digests and their sources.

mod docs;

mod create;
mod digest;
mod list;
mod sources;

mod selection;

use domain::permission::HasKind;
use domain::revenue::Revenue;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::docs::Docs;
use shared::http::{Answer, Call, Entry, Method};

/// The operations on revenues and their sources.
pub fn operations<E: Entry>() -> Vec<E> {
    let path = |suffix: &str| format!("/api/v1/revenues{suffix}");
    vec![
        E::new(Method::GET, path(""), list::list, list::list_docs),
        E::new(Method::POST, path(""), create::create, docs::create),
        E::new(
            Method::GET,
            path("/digest"),
            digest::digest,
            digest::digest_docs,
        ),
        E::new(Method::GET, path("/{id}"), read, read_docs),
        E::new(
            Method::POST,
            path("/batch"),
            create::create_batch,
            docs::create_batch,
        ),
        E::new(
            Method::GET,
            "/api/v1/revenue-sources",
            sources::list,
            sources::list_docs,
        ),
    ]
}

fn read_docs(docs: &mut Docs<'_>) {
    docs.name("get_revenue", Revenue::KIND.many, "Get a revenue");
    docs.one::<Revenue>("The revenue.", &[], false);
}

async fn read(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    let key = call.access().revenue(call.id());
    let found = call.table().get_one::<Revenue>(&key).await?;
    Answer::one(&found.ok_or(Failure::NotFound(Revenue::KIND.one))?, None)
}
