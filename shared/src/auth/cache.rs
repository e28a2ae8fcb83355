//! Authentication, with a warm cache of keys and workspaces.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;
use tokio::time::Instant;

use super::access::{Access, RequiredPermission};
use super::api_key::{ApiKey, Token};
use super::workspace::CachedWorkspace;
use crate::error::{Failure, chain};
use domain::value::Timestamp;
use store::key;
use store::table::{Condition, Table};

/// How long a key and its workspace are trusted without reading them again: the delay of a
/// revocation.
pub const CACHE_LIFETIME: SignedDuration = SignedDuration::from_secs(30);
/// The shortest time between two writes of the last use of a key.
const LAST_USED_INTERVAL: SignedDuration = SignedDuration::from_mins(15);
/// How long that write may delay a request.
const LAST_USED_TIMEOUT: Duration = Duration::from_millis(500);
/// The most keys in the cache; beyond it, the cache is cleared.
const CACHED_KEYS_MAX: usize = 1_000;

/// Authenticates requests.
#[derive(Default)]
pub struct Auth {
    cache: Mutex<HashMap<String, Cached>>,
    is_read_only: bool,
}

#[derive(Clone)]
struct Cached {
    key: Arc<ApiKey>,
    workspace: Arc<CachedWorkspace>,
    read_at: Timestamp,
}

/// A valid key with its workspace.
pub struct Caller {
    key: Arc<ApiKey>,
    workspace: Arc<CachedWorkspace>,
}

impl Auth {
    /// Authenticates requests without writing when keys are used.
    pub fn read_only() -> Self {
        Self {
            is_read_only: true,
            ..Self::default()
        }
    }

    /// The caller that an `authorization` header proves, at `now`.
    ///
    /// # Errors
    /// [`Failure::Unauthenticated`], the same for every reason.
    pub async fn authenticate(
        &self,
        table: &Table,
        header: Option<&str>,
        now: Timestamp,
    ) -> Result<Caller, Failure> {
        let token = header
            .and_then(bearer)
            .and_then(Token::parse)
            .ok_or(Failure::Unauthenticated)?;
        let cached = match self.cached(token.key_id(), now) {
            Some(cached) => cached,
            None => self.load(table, &token, now).await?,
        };
        if !token.opens(&cached.key) || !cached.key.is_valid(now) {
            return Err(Failure::Unauthenticated);
        }
        Ok(Caller {
            key: cached.key,
            workspace: cached.workspace,
        })
    }

    fn cached(&self, key_id: &str, now: Timestamp) -> Option<Cached> {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache
            .get(key_id)
            .filter(|cached| {
                now.instant().duration_since(cached.read_at.instant()) < CACHE_LIFETIME
            })
            .cloned()
    }

    async fn load(&self, table: &Table, token: &Token, now: Timestamp) -> Result<Cached, Failure> {
        let found = table
            .get_one::<ApiKey>(&key::api_key(token.key_id()))
            .await?;
        // A key that does not open is not cached: a junk secret must not evict a good key.
        let key = found
            .filter(|key| token.opens(key) && key.is_valid(now))
            .ok_or(Failure::Unauthenticated)?;
        let (workspace, ()) = futures::join!(
            store::workspace::load(table, key.workspace_id),
            self.note_use(table, &key, now)
        );
        let missing = || {
            Failure::Internal(
                format!("the workspace {} of a key does not exist", key.workspace_id).into(),
            )
        };
        let workspace = workspace?.ok_or_else(missing)?;
        let cached = Cached {
            key: Arc::new(key),
            workspace: Arc::new(CachedWorkspace::new(workspace)),
            read_at: now,
        };
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHED_KEYS_MAX {
            cache.clear();
        }
        cache.insert(token.key_id().to_owned(), cached.clone());
        Ok(cached)
    }

    /// Writes when the key was last used, unless that was written recently. A failure is logged,
    /// and does not fail the request.
    async fn note_use(&self, table: &Table, key: &ApiKey, now: Timestamp) {
        #[derive(Serialize)]
        struct LastUsed {
            last_used_at: Timestamp,
        }
        let due = key
            .last_used_at
            .is_none_or(|last| now.instant().duration_since(last.instant()) >= LAST_USED_INTERVAL);
        if !due || self.is_read_only {
            return;
        }
        let table = table.until(Instant::now() + LAST_USED_TIMEOUT);
        let (place, used) = (key::api_key(&key.key_id), LastUsed { last_used_at: now });
        if let Err(error) = table.set(&place, &Condition::Present, &used).await {
            tracing::warn!(
                key_id = key.key_id,
                error = chain(&error),
                "the last use of a key was not written"
            );
        }
    }
}

impl Caller {
    /// The proof of the permissions `P`.
    ///
    /// # Errors
    /// [`Failure::PermissionDenied`] with the first permission that the key does not hold.
    pub fn require<P: RequiredPermission>(&self) -> Result<Access<P>, Failure> {
        let held = &self.key.permissions;
        let missing = P::permissions()
            .into_iter()
            .find(|permission| !held.contains(&permission.to_string()));
        match missing {
            Some(permission) => Err(Failure::PermissionDenied(permission)),
            None => Ok(Access::new(self.workspace.clone(), self.key.key_id.clone())),
        }
    }

    /// The proven key.
    pub fn key(&self) -> &Arc<ApiKey> {
        &self.key
    }
}

/// The credentials of the Bearer scheme (RFC 6750, section 2.1), whose name is in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, credentials) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| credentials.trim())
}
