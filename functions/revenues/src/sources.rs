//! Revenue sources, which an operator configures.

use domain::revenue::Revenue;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::{Answer, Call};
use shared::lists::ListPage;

/// Lists the revenue sources of the workspace, in order of creation.
pub async fn list(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    let pager = call
        .access()
        .pager("revenue-sources", call.params().into_list_query()?);
    // A source that was created a moment ago is listed as well.
    call.access().refresh(call.table()).await?;
    let sources = call.workspace().listed_sources().into_iter();
    let rows = sources
        .map(|source| (source.id.to_string(), source))
        .collect();
    Answer::many(ListPage::of_rows(rows, &pager)?, None)
}
