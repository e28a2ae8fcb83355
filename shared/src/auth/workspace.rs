//! Reading a workspace.

use serde::Deserialize;

use crate::id::WorkspaceId;
use crate::key;
use crate::table::{Query, StoreError, Table};
use crate::workspace::{Config, Source, Workspace};

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Config(Config),
    Source(Source),
}

/// Reads a workspace with its sources; one call.
///
/// # Errors
/// [`StoreError`] if it could not be read.
pub async fn load_workspace(
    table: &Table,
    id: WorkspaceId,
) -> Result<Option<Workspace>, StoreError> {
    let parts = table
        .query_all(&Query::all(key::workspace_and_sources(id)))
        .await?;
    let mut config = None;
    let mut sources = Vec::new();
    for part in parts {
        match part {
            Part::Config(found) => config = Some(found),
            Part::Source(source) => sources.push(source),
        }
    }
    Ok(config.map(|config| Workspace { config, sources }))
}
