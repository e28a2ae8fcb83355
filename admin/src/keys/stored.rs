//! API keys as the operator's commands store them: what a request needs, and what a change of the key needs.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::auth::ApiKey;
use shared::key;
use shared::table::{Action, Condition, Outcome};

use crate::AdminError;
use crate::pause::{self, ATTEMPTS_MAX};

/// The characters of a key id: a UUID in hexadecimal.
const ID_LENGTH: usize = 32;

/// The whole item of a key.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    /// What a request needs.
    #[serde(flatten)]
    pub(super) key: ApiKey,
    /// For how long it was made; its end can come before, after a rotation.
    pub(super) lifetime: Option<SignedDuration>,
    /// Starts at 1 and grows with each rotation and revocation, so that neither undoes the other.
    pub(super) version: u64,
}

/// A key in the directory of its workspace.
#[derive(Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) key_id: String,
}

impl Stored {
    /// What writes a new key, and its place in the directory.
    pub(super) fn creation(&self) -> Result<Vec<Action>, AdminError> {
        let key_id = self.key.key_id.clone();
        let listed = key::api_key_listed(self.key.workspace_id, &key_id);
        Ok(vec![
            Action::put(key::api_key(&key_id), None, Condition::Absent, self)?,
            Action::put(listed, None, Condition::Absent, &Listed { key_id })?,
        ])
    }
}

/// Writes a new key.
pub(super) async fn write(app: &App, creation: Vec<Action>) -> Result<(), AdminError> {
    match app.table.write(creation, app.new_id()).await? {
        Outcome::Applied => Ok(()),
        // The id is new, so that nothing stands there and nobody else writes there.
        Outcome::Refused(_) | Outcome::Conflict => Err(AdminError::Contention("directory of keys")),
    }
}

/// Changes a key, and writes with it what `change` gives to write. If another change comes in between, it is made
/// again from what is there then. What changes nothing writes nothing.
pub(super) async fn change<T>(
    app: &App,
    key_id: &str,
    change: impl Fn(&mut Stored) -> Result<(T, Vec<Action>), AdminError>,
) -> Result<T, AdminError> {
    for attempt in 0..ATTEMPTS_MAX {
        let before = load(app, key_id).await?;
        let mut stored = before.clone();
        let (result, mut actions) = change(&mut stored)?;
        if actions.is_empty() && stored == before {
            return Ok(result);
        }
        stored.version = before.version + 1;
        actions.push(Action::put(key::api_key(key_id), None, Condition::Version(before.version), &stored)?);
        match app.table.write(actions, app.new_id()).await? {
            Outcome::Applied => return Ok(result),
            Outcome::Refused(_) | Outcome::Conflict => pause::after(attempt).await,
        }
    }
    Err(AdminError::Contention("key"))
}

async fn load(app: &App, key_id: &str) -> Result<Stored, AdminError> {
    if key_id.len() != ID_LENGTH || !key_id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(AdminError::NotAKeyId);
    }
    let found = app.table.get(&[key::api_key(key_id)]).await?.pop().flatten();
    found.ok_or_else(|| AdminError::NoKey(key_id.to_owned()))
}
