//! Revenue sources, which an operator configures.

use domain::permission::HasKind;
use domain::revenue::Revenue;
use domain::workspace::ListedSource;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::docs::Docs;
use shared::http::{Answer, Call, list_params};
use shared::lists::ListPage;

/// Describes the list.
pub fn list_docs(docs: &mut Docs<'_>) {
    docs.name(
        "list_revenue_sources",
        Revenue::KIND.many,
        "List revenue sources",
    );
    docs.describe("In order of creation. An operator adds sources.");
    list_params(docs);
    docs.page_of::<ListedSource>(false);
}

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
