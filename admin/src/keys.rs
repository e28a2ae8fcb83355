//! API keys.

mod rotation;
mod stored;

use domain::id::WorkspaceId;
use domain::value::Timestamp;
use jiff::SignedDuration;
use serde::{Serialize, Serializer};
use shared::app::App;
use shared::auth::{ApiKey, Token};
use store::key;
use store::table::{Action, Query};

use crate::{AdminError, name, secret, workspaces};
pub use rotation::{Rotation, rotate};
use stored::DirectoryEntry;

/// A new key, which is never shown again.
#[derive(Serialize)]
pub struct NewKey {
    /// The public part of the key.
    pub key_id: String,
    /// The key itself, which is not stored.
    pub api_key: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
}

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeySummary {
    /// The public part of the key.
    pub key_id: String,
    /// The workspace that it belongs to.
    pub workspace_id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Whether it can be used.
    pub status: KeyStatus,
    /// What it may do.
    pub permissions: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to about 15 minutes.
    pub last_used_at: Option<Timestamp>,
}

/// Whether a key can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// It can, without end.
    Active,
    /// It can, until it expires.
    Expires,
    /// No longer: it has expired.
    Expired,
    /// No longer: it was revoked.
    Revoked,
}

impl KeyStatus {
    fn of(key: &ApiKey, now: Timestamp) -> Self {
        match (key.revoked_at, key.expires_at) {
            (Some(_), _) => Self::Revoked,
            (None, Some(end)) if end <= now => Self::Expired,
            (None, Some(_)) => Self::Expires,
            (None, None) => Self::Active,
        }
    }

    /// The name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expires => "expires",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Serialize for KeyStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl KeySummary {
    fn new(key: ApiKey, now: Timestamp) -> Self {
        Self {
            status: KeyStatus::of(&key, now),
            key_id: key.key_id,
            workspace_id: key.workspace_id,
            name: key.name,
            permissions: key.permissions,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// Creates a key.
///
/// # Errors
/// [`AdminError`] if the name, a permission or the lifetime breaks a rule, if there is no such
/// workspace, or if the table does not answer.
pub async fn create(
    app: &App,
    workspace: WorkspaceId,
    name: &str,
    permissions: &[String],
    expires_in: Option<SignedDuration>,
) -> Result<NewKey, AdminError> {
    let name = name::parse("name of a key", name)?;
    check_permissions(permissions)?;
    workspaces::show(app, workspace).await?;
    let issued = Issued::new(app, workspace, name, permissions.to_vec(), expires_in)?;
    stored::write(app, issued.actions()?).await?;
    Ok(issued.reveal())
}

/// The keys of a workspace, in order of creation.
///
/// # Errors
/// [`AdminError`] if there is no such workspace or the table does not answer.
pub async fn list(app: &App, workspace: WorkspaceId) -> Result<Vec<KeySummary>, AdminError> {
    workspaces::show(app, workspace).await?;
    let entries: Vec<DirectoryEntry> = app
        .table
        .query_all(&Query::all(key::api_keys(workspace)))
        .await?;
    let keys: Vec<_> = entries
        .iter()
        .map(|entry| key::api_key(&entry.key_id))
        .collect();
    Ok(app
        .table
        .get::<ApiKey>(&keys)
        .await?
        .into_iter()
        .flatten()
        .map(|key| KeySummary::new(key, app.now()))
        .collect())
}

/// Revokes a key. Revoking it again changes nothing.
///
/// # Errors
/// [`AdminError`] if there is no such key or the table does not answer.
pub async fn revoke(app: &App, key_id: &str) -> Result<KeySummary, AdminError> {
    let now = app.now();
    stored::change(app, key_id, |old| {
        old.revoked_at.get_or_insert(now);
        Ok((KeySummary::new(old.clone(), now), Vec::new()))
    })
    .await
}

/// A key that is being created.
struct Issued {
    token: Token,
    key: ApiKey,
}

impl Issued {
    fn new(
        app: &App,
        workspace: WorkspaceId,
        name: String,
        permissions: Vec<String>,
        lifetime: Option<SignedDuration>,
    ) -> Result<Self, AdminError> {
        let now = app.now();
        if lifetime.is_some_and(|lifetime| !lifetime.is_positive()) {
            return Err(AdminError::Lifetime);
        }
        let end = lifetime
            .map(|lifetime| after(now, lifetime).ok_or(AdminError::Lifetime))
            .transpose()?;
        let token = Token::new(app.new_id(), secret::random()?);
        let key = ApiKey {
            key_id: token.key_id().to_owned(),
            workspace_id: workspace,
            name,
            secret_hash: token.secret_hash(),
            permissions,
            created_at: now,
            expires_at: end,
            revoked_at: None,
            last_used_at: None,
            lifetime,
            version: 1,
        };
        Ok(Self { token, key })
    }

    fn actions(&self) -> Result<Vec<Action>, AdminError> {
        stored::creation(&self.key)
    }

    fn reveal(self) -> NewKey {
        let key = self.key;
        NewKey {
            key_id: key.key_id,
            api_key: self.token.reveal(),
            permissions: key.permissions,
            expires_at: key.expires_at,
        }
    }
}

/// Refuses an empty list, and permissions that are unknown or given twice.
fn check_permissions(permissions: &[String]) -> Result<(), AdminError> {
    let allowed = registry::permissions();
    if permissions.is_empty() {
        return Err(AdminError::NoPermission { allowed });
    }
    if let Some(unknown) = permissions
        .iter()
        .find(|permission| !allowed.contains(permission))
    {
        return Err(AdminError::UnknownPermission {
            given: unknown.clone(),
            allowed,
        });
    }
    let twice = permissions
        .iter()
        .enumerate()
        .find(|(index, permission)| permissions[..*index].contains(permission));
    twice.map_or(Ok(()), |(_, permission)| {
        Err(AdminError::DuplicatePermission(permission.clone()))
    })
}

/// The instant after a duration, if a timestamp can hold it.
fn after(now: Timestamp, duration: SignedDuration) -> Option<Timestamp> {
    let end = now.instant().checked_add(duration).ok()?;
    Some(Timestamp::new(end))
}
