//! The function `revenues`: operations on revenues, their digests and their sources.

mod create;
mod digest;
mod list;
mod sources;

mod selection;

use domain::permission::HasKind;
use domain::revenue::Revenue;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::{Answer, Call, Method, Operation};

/// The operations on revenues and their sources.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/api/v1/revenues", list::list),
        Operation::new(Method::POST, "/api/v1/revenues", create::create),
        Operation::new(Method::GET, "/api/v1/revenues/digest", digest::digest),
        Operation::new(Method::GET, "/api/v1/revenues/{id}", read),
        Operation::new(Method::POST, "/api/v1/revenues/batch", create::create_batch),
        Operation::new(Method::GET, "/api/v1/revenue-sources", sources::list),
    ]
}

async fn read(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    let key = call.access().revenue(call.id());
    let found = call.table().get_one::<Revenue>(&key).await?;
    Answer::one(&found.ok_or(Failure::NotFound(Revenue::KIND.one))?, None)
}
