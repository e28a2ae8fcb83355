//! A workspace in the cache, which can be read again.

use std::sync::{Arc, PoisonError, RwLock};

use domain::id::WorkspaceId;
use domain::workspace::Workspace;
use store::table::{StoreError, Table};

/// A workspace as it was last read.
pub(super) struct CachedWorkspace {
    id: WorkspaceId,
    current: RwLock<Arc<Workspace>>,
}

impl CachedWorkspace {
    pub(super) fn new(workspace: Workspace) -> Self {
        Self {
            id: workspace.config.id,
            current: RwLock::new(Arc::new(workspace)),
        }
    }

    pub(super) fn id(&self) -> WorkspaceId {
        self.id
    }

    pub(super) fn current(&self) -> Arc<Workspace> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) async fn refresh(&self, table: &Table) -> Result<(), StoreError> {
        if let Some(workspace) = store::workspace::load(table, self.id).await? {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(workspace);
        }
        Ok(())
    }
}
