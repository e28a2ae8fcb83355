//! Storing API keys, and changing them.

use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::auth::ApiKey;
use store::key;
use store::table::{Action, Condition, Outcome, StoreError};

use crate::AdminError;
use crate::pause::{self, ATTEMPTS_MAX};

/// The characters of a key id: a UUID in hexadecimal.
const ID_LENGTH: usize = 32;

/// A key in the directory of its workspace.
#[derive(Serialize, Deserialize)]
pub(super) struct DirectoryEntry {
    pub(super) key_id: String,
}

/// The actions that write a new key and its entry in the directory.
pub(super) fn creation(key: &ApiKey) -> Result<Vec<Action>, AdminError> {
    let entry = DirectoryEntry {
        key_id: key.key_id.clone(),
    };
    Ok(vec![
        Action::put(key::api_key(&key.key_id), Condition::Absent, key)?,
        Action::put(
            key::api_key_listed(key.workspace_id, &key.key_id),
            Condition::Absent,
            &entry,
        )?,
    ])
}

/// Writes a new key.
pub(super) async fn write(app: &App, creation: Vec<Action>) -> Result<(), AdminError> {
    match app.table.write(creation, app.new_id()).await? {
        Outcome::Applied => Ok(()),
        // The id is new, so no other item has these keys.
        Outcome::Refused(_) | Outcome::Conflict => Err(AdminError::Contention("directory of keys")),
        Outcome::Uncertain(_) => Err(StoreError::uncertain().into()),
    }
}

/// Changes a key, and writes the actions of `change` in the same transaction. If another change
/// comes first, `change` runs again on the new state. A change that changes nothing writes nothing.
pub(super) async fn change<T>(
    app: &App,
    key_id: &str,
    change: impl Fn(&mut ApiKey) -> Result<(T, Vec<Action>), AdminError>,
) -> Result<T, AdminError> {
    for attempt in 0..ATTEMPTS_MAX {
        let before = load(app, key_id).await?;
        let mut stored = before.clone();
        let (result, mut actions) = change(&mut stored)?;
        if actions.is_empty() && stored == before {
            return Ok(result);
        }
        stored.version = before.version + 1;
        actions.push(Action::put(
            key::api_key(key_id),
            Condition::Version(before.version),
            &stored,
        )?);
        match app.table.write(actions, app.new_id()).await? {
            Outcome::Applied => return Ok(result),
            Outcome::Refused(_) | Outcome::Conflict => pause::after(attempt).await,
            Outcome::Uncertain(_) => return Err(StoreError::uncertain().into()),
        }
    }
    Err(AdminError::Contention("key"))
}

async fn load(app: &App, key_id: &str) -> Result<ApiKey, AdminError> {
    if key_id.len() != ID_LENGTH || !key_id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(AdminError::NotAKeyId);
    }
    let found = app.table.get_one(&key::api_key(key_id)).await?;
    found.ok_or_else(|| AdminError::NoKey(key_id.to_owned()))
}
