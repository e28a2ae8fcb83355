//! The workspaces that exist from the start, with a key to each.
//!
//! The table holds only the hash of a key, so the keys themselves are saved in the data directory,
//! if there is one.

use std::path::{Path, PathBuf};

use admin::{AdminError, keys, workspaces};
use domain::id::WorkspaceId;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::error::Failure;
use uuid::Uuid;

use crate::error::StartError;
use crate::files::{read_private, write_private};

/// The workspace that always exists.
pub const LOCAL: &str = "Local";

const KEYS_FILE: &str = "keys.json";
/// The name of the keys.
const KEY_NAME: &str = "local";

/// A workspace with a key that has all permissions.
#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    /// The name of the workspace.
    pub workspace: String,
    /// The id of the workspace.
    pub workspace_id: WorkspaceId,
    /// Its default revenue source.
    pub revenue_source_id: Uuid,
    /// The key.
    pub api_key: String,
}

/// The accounts whose keys are saved.
pub struct Accounts {
    file: Option<PathBuf>,
    saved: Vec<Account>,
}

impl Accounts {
    /// The accounts saved in a data directory; none without a directory.
    ///
    /// # Errors
    /// If the file with them cannot be read.
    pub fn open(data_dir: Option<&Path>) -> Result<Self, StartError> {
        let file = data_dir.map(|directory| directory.join(KEYS_FILE));
        let saved = file
            .as_deref()
            .map(read_private)
            .transpose()?
            .unwrap_or_default();
        Ok(Self { file, saved })
    }

    /// The account of the workspace with this name. Creates the workspace and the key if they do
    /// not exist, and saves the key.
    ///
    /// # Errors
    /// If the table or the file with the accounts cannot be used.
    pub async fn account(
        &mut self,
        app: &App,
        workspace: &'static str,
    ) -> Result<Account, StartError> {
        if let Some(saved) = self
            .saved
            .iter()
            .find(|account| account.workspace == workspace)
            && is_valid(app, saved)
                .await
                .map_err(|error| StartError::Workspace(workspace, error.into()))?
        {
            return Ok(saved.clone());
        }
        let account = create(app, workspace)
            .await
            .map_err(|error| StartError::Workspace(workspace, error.into()))?;
        self.saved.retain(|account| account.workspace != workspace);
        self.saved.push(account.clone());
        if let Some(file) = &self.file {
            write_private(file, &self.saved)?;
        }
        Ok(account)
    }
}

/// Whether the key of an account still has all permissions: it may have been revoked, or be older
/// than a permission.
async fn is_valid(app: &App, account: &Account) -> Result<bool, Failure> {
    let header = format!("Bearer {}", account.api_key);
    match app
        .auth
        .authenticate(&app.table, Some(&header), app.now())
        .await
    {
        Ok(caller) => {
            let key = caller.key();
            let all = registry::permissions();
            Ok(key.workspace_id == account.workspace_id
                && all.iter().all(|one| key.permissions.contains(one)))
        }
        Err(Failure::Unauthenticated) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Creates a key to the first workspace with this name, or to a new one.
async fn create(app: &App, name: &str) -> Result<Account, AdminError> {
    let found = workspaces::list(app)
        .await?
        .into_iter()
        .find(|config| config.name == name);
    let config = match found {
        Some(config) => config,
        None => workspaces::create(app, name).await?.config,
    };
    let key = keys::create(app, config.id, KEY_NAME, &registry::permissions(), None).await?;
    Ok(Account {
        workspace: name.to_owned(),
        workspace_id: config.id,
        revenue_source_id: config.default_source,
        api_key: key.api_key,
    })
}
