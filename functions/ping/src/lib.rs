//! The function `ping`: whether the API answers, and what the key may do. It also answers every
//! unknown route.

use domain::id::WorkspaceId;
use domain::value::Timestamp;
use serde::Serialize;
use shared::auth::AnyKey;
use shared::error::Failure;
use shared::http::{Answer, Call, Method, Operation};

#[derive(Serialize)]
struct Pong<'a> {
    status: &'static str,
    service: &'static str,
    workspace_id: WorkspaceId,
    key_id: &'a str,
    permissions: &'a [String],
    expires_at: Option<Timestamp>,
}

/// The one operation.
pub fn operations() -> Vec<Operation> {
    vec![Operation::new(Method::GET, "/api/allocora/ping", ping)]
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
