//! Revenue sources.

use domain::characters::lower_case;
use domain::id::WorkspaceId;
use domain::workspace::{ListedSource, SOURCES_MAX, Source};
use shared::app::App;
use store::key;
use store::table::{Action, Condition};

use crate::{AdminError, name, workspaces};

/// Adds a source to a workspace.
///
/// # Errors
/// [`AdminError`] if the name breaks a rule or is in use, if there is no such workspace or it is
/// full, or if the table does not answer.
pub async fn create(app: &App, workspace: WorkspaceId, name: &str) -> Result<Source, AdminError> {
    let source = Source {
        id: app.new_id(),
        name: name::parse("name of a source", name)?,
    };
    let lower = lower_case(&source.name);
    // The source is written together with the next version of the workspace, so that two commands
    // at once cannot exceed the limit or use the same name.
    workspaces::change(app, workspace, |found| {
        if found
            .sources
            .iter()
            .any(|other| lower_case(&other.name) == lower)
        {
            return Err(AdminError::SourceTaken(source.name.clone()));
        }
        if found.sources.len() >= SOURCES_MAX {
            return Err(AdminError::SourcesFull);
        }
        let put = Action::put(
            key::source(workspace, source.id),
            Condition::Absent,
            &source,
        )?;
        Ok((source.clone(), vec![put]))
    })
    .await
}

/// The sources of a workspace, in order of creation.
///
/// # Errors
/// [`AdminError`] if there is no such workspace or the table does not answer.
pub async fn list(app: &App, workspace: WorkspaceId) -> Result<Vec<ListedSource>, AdminError> {
    Ok(workspaces::show(app, workspace).await?.listed_sources())
}
