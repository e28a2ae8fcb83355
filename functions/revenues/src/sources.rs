//! Revenue sources, which an operator configures.

use shared::auth::Read;
use shared::error::Failure;
use shared::http::{Answer, Call};
use shared::lists::Listed;

use crate::Revenue;

/// Lists the revenue sources of the workspace, in order of creation.
pub async fn list(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    let request = call.params().into_list_request()?;
    // A source that was created a moment ago is listed as well.
    call.access.refresh(&call.table).await?;
    let sources = call.access.workspace().listed_sources();
    let rows = sources
        .into_iter()
        .map(|source| (source.id.to_string(), source))
        .collect();
    Answer::many(
        Listed::of_rows(rows, &request, &call.access.seal("revenue-sources"))?,
        None,
    )
}
