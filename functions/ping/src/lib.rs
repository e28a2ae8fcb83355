//! The function `ping`: whether the API answers, and what the key may do. It also answers every
//! unknown route, and has the pages that describe the API.

mod pages;

use domain::id::WorkspaceId;
use domain::value::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::auth::AnyKey;
use shared::error::Failure;
use shared::http::docs::Docs;
use shared::http::{Answer, Call, Entry, Method};

/// What the API says of a key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Ping")]
struct Pong<'a> {
    /// `ok`.
    status: &'static str,
    /// `allocora`.
    service: &'static str,
    /// The workspace of the key.
    workspace_id: WorkspaceId,
    /// The id of the key, which is no secret.
    key_id: &'a str,
    /// What the key may do.
    permissions: &'a [String],
    /// When the key expires; `null` if it does not.
    expires_at: Option<Timestamp>,
}

/// The operations: one with a key, and the pages that take none.
pub fn operations<E: Entry>() -> Vec<E> {
    vec![
        E::new(Method::GET, "/api/allocora/ping", ping, ping_docs),
        E::public("/", pages::root, pages::root_docs),
        E::public(pages::OPENAPI, pages::openapi, pages::openapi_docs),
        E::public(pages::ERRORS, pages::errors, pages::errors_docs),
    ]
}

fn ping_docs(docs: &mut Docs<'_>) {
    docs.name("ping", pages::TAG, "Check the API and a key");
    docs.describe("Any valid key will do.");
    docs.answer::<Pong<'_>>("The key is valid.");
}

async fn ping(call: Call<AnyKey>) -> Result<Answer, Failure> {
    call.params().finish()?;
    let key = call.key();
    Answer::ok(&Pong {
        status: "ok",
        service: "allocora",
        workspace_id: key.workspace_id,
        key_id: &key.key_id,
        permissions: &key.permissions,
        expires_at: key.expires_at,
    })
}
