//! Reading a workspace.

use domain::id::WorkspaceId;
use domain::workspace::Workspace;

use crate::key;
use crate::table::{Query, StoreError, Table};

/// Reads the configuration of a workspace and its revenue sources, in one call.
///
/// # Errors
/// [`StoreError`] if the table cannot be read, or if an item cannot be parsed.
pub async fn load(table: &Table, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
    let range = key::workspace_and_sources(id);
    let (mut config, mut sources) = (None, Vec::new());
    for stored in table.query_stored(&Query::all(range)).await? {
        // The sort key says what an item is: a configuration that cannot be parsed must not pass
        // for a source.
        if *stored.sort() == *key::workspace(id).sort() {
            config = Some(stored.parse("reading the configuration of a workspace")?);
        } else {
            sources.push(stored.parse("reading a revenue source")?);
        }
    }
    Ok(config.map(|config| Workspace { config, sources }))
}
