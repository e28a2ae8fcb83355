//! Permissions as types, and the proof of having one.

use std::marker::PhantomData;
use std::sync::Arc;

use uuid::Uuid;

use super::cache::Live;
use crate::id::WorkspaceId;
use crate::key::{self, Key, Range};
use crate::lists::Seal;
use crate::permission::{Permission, Verb};
use crate::resource::{Named, Noun};
use crate::table::{StoreError, Table};
use crate::value::{ExternalId, Timestamp};
use crate::workspace::Workspace;

/// A permission as a type.
pub trait Permit: Send + Sync + 'static {
    /// The permission, or `None` if any valid key will do.
    fn permission() -> Option<Permission>;
}

/// The permission to read a kind.
pub struct Read<R>(PhantomData<R>);

/// The permission to write a kind.
pub struct Write<R>(PhantomData<R>);

/// No permission beyond a valid key.
pub struct AnyKey;

impl<R: Named> Permit for Read<R> {
    fn permission() -> Option<Permission> {
        Some(Permission {
            verb: Verb::Read,
            kind: R::NOUN.many,
        })
    }
}

impl<R: Named> Permit for Write<R> {
    fn permission() -> Option<Permission> {
        Some(Permission {
            verb: Verb::Write,
            kind: R::NOUN.many,
        })
    }
}

impl Permit for AnyKey {
    fn permission() -> Option<Permission> {
        None
    }
}

/// The proof that a valid key holds the permission `P`, in its workspace and no other.
///
/// Only the permission check makes one, and the keys of a workspace's data are only made from one: an access that
/// was not checked, or that crosses workspaces, does not compile.
pub struct Access<P> {
    workspace: Arc<Live>,
    key_id: String,
    permit: PhantomData<P>,
}

impl<P> Access<P> {
    pub(super) fn new(workspace: Arc<Live>, key_id: String) -> Self {
        Self {
            workspace,
            key_id,
            permit: PhantomData,
        }
    }

    /// The workspace as it was last read.
    pub fn workspace(&self) -> Arc<Workspace> {
        self.workspace.current()
    }

    /// Reads the workspace anew, for what its last reading did not know.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub async fn refresh(&self, table: &Table) -> Result<(), StoreError> {
        self.workspace.refresh(table).await
    }

    /// What seals the cursors of a list of the workspace.
    pub fn seal(&self, list: impl Into<String>) -> Seal {
        Seal::new(&self.workspace().config.cursor_secret, list)
    }

    /// The id of the key.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    fn id(&self) -> WorkspaceId {
        self.workspace.id()
    }

    /// The key of a record that something here may refer to.
    pub fn referred(&self, noun: Noun, id: Uuid) -> Key {
        key::record(self.id(), noun, id)
    }

    /// The id of a revenue, made from its source and external id.
    pub fn revenue_id(&self, source: Uuid, external_id: &ExternalId) -> Uuid {
        crate::id::revenue(self.id(), source, external_id)
    }

    /// The key of a revenue.
    pub fn revenue(&self, id: Uuid) -> Key {
        key::revenue(self.id(), id)
    }

    /// The key of a revenue in the lists, for one that is written at `now`.
    pub fn revenue_listed(&self, occurred_at: Timestamp, id: Uuid, now: Timestamp) -> Key {
        // The last bits of an id are as good as random, also where it grows with time.
        let list = id.as_u128() % u128::from(self.workspace().config.lists.written(now).max(1));
        key::revenue_listed(self.id(), list as u32, occurred_at, id)
    }

    /// The lists of revenues, which belong together.
    pub fn revenue_lists(&self) -> Vec<Range> {
        (0..self.workspace().config.lists.count)
            .map(|list| key::revenue_list(self.id(), list))
            .collect()
    }

    /// The counters of the revenues, unless these were never counted.
    pub fn counters(&self) -> Option<Range> {
        self.workspace()
            .config
            .counted()
            .map(|generation| key::counters(self.id(), generation))
    }
}

/// A permission that is about one kind: what the keys of its records are made with.
pub trait Of {
    /// The kind.
    type Kind: Named;
}

impl<R: Named> Of for Read<R> {
    type Kind = R;
}

impl<R: Named> Of for Write<R> {
    type Kind = R;
}

impl<P: Of> Access<P> {
    /// The key of a record.
    pub fn record(&self, id: Uuid) -> Key {
        key::record(self.id(), P::Kind::NOUN, id)
    }

    /// The records, in order of creation.
    pub fn records(&self) -> Range {
        key::records(self.id(), P::Kind::NOUN)
    }

    /// The key of a claim on an external id.
    pub fn claim(&self, external_id: &ExternalId) -> Key {
        key::claim(self.id(), P::Kind::NOUN, external_id)
    }

    /// The key of a saved version.
    pub fn saved_version(&self, id: Uuid, version: u64) -> Key {
        key::saved_version(self.id(), P::Kind::NOUN, id, version)
    }

    /// The saved versions of a record.
    pub fn saved_versions(&self, id: Uuid) -> Range {
        key::saved_versions(self.id(), P::Kind::NOUN, id)
    }
}
