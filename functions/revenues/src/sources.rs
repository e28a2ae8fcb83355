//! Revenue sources, which an operator configures.

use serde::Serialize;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::{Answer, Call};
use shared::lists::{Listed, Seal};
use uuid::Uuid;

use crate::Revenue;

#[derive(Serialize)]
struct Told {
    id: Uuid,
    name: String,
    is_default: bool,
}

/// Lists the revenue sources of the workspace, in order of creation.
pub async fn list(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    let request = call.params().into_list_request()?;
    // A source that was created a moment ago is listed as well.
    call.access.refresh(&call.table).await?;
    let workspace = call.access.workspace();
    let told = |source: &shared::workspace::Source| Told {
        id: source.id,
        name: source.name.clone(),
        is_default: source.id == workspace.config.default_source,
    };
    let rows = workspace.sources.iter().map(|source| (source.id.to_string(), told(source))).collect();
    let seal = Seal::new(&workspace.config.cursor_secret, "revenue-sources");
    Answer::many(Listed::of_rows(rows, &request, &seal)?, None)
}
