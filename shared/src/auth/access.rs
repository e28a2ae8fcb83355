//! Permissions as types, and the proof that a key holds them.

use std::marker::PhantomData;
use std::sync::Arc;

use domain::id::WorkspaceId;
use domain::payee::Payee;
use domain::payout::Payout;
use domain::permission::{HasKind, Permission, Verb};
use domain::product::Product;
use domain::revenue::Revenue;
use domain::rule::Rule;
use domain::workspace::Workspace;
use store::table::{StoreError, Table};

use super::workspace::CachedWorkspace;
use crate::lists::{CursorSigner, ListQuery, Pager};

/// Permissions as a type.
pub trait RequiredPermission: Send + Sync + 'static {
    /// The permissions, all of which a key must hold; none if any valid key will do.
    fn permissions() -> Vec<Permission>;
}

/// The permission to read a kind.
pub struct Read<R>(PhantomData<R>);

/// The permission to write a kind.
pub struct Write<R>(PhantomData<R>);

/// No permission beyond a valid key.
pub struct AnyKey;

impl<R: HasKind> RequiredPermission for Read<R> {
    fn permissions() -> Vec<Permission> {
        vec![Permission {
            verb: Verb::Read,
            kind: R::KIND.many,
        }]
    }
}

impl<R: HasKind> RequiredPermission for Write<R> {
    fn permissions() -> Vec<Permission> {
        vec![Permission {
            verb: Verb::Write,
            kind: R::KIND.many,
        }]
    }
}

impl RequiredPermission for AnyKey {
    fn permissions() -> Vec<Permission> {
        Vec::new()
    }
}

/// Both permissions, for an operation on several kinds; pairs can be nested.
impl<A: RequiredPermission, B: RequiredPermission> RequiredPermission for (A, B) {
    fn permissions() -> Vec<Permission> {
        [A::permissions(), B::permissions()].concat()
    }
}

/// A permission for one kind.
pub trait ForKind: RequiredPermission {
    /// The kind.
    type Kind: HasKind;
}

impl<R: HasKind> ForKind for Read<R> {
    type Kind = R;
}

impl<R: HasKind> ForKind for Write<R> {
    type Kind = R;
}

/// The proof that a valid key holds the permissions `P`, in its workspace and no other.
///
/// Only the permission check makes one. The keys of the items of a workspace are made from it, and
/// a crate that does not depend on `store` has no other way to make one.
pub struct Access<P> {
    workspace: Arc<CachedWorkspace>,
    key_id: String,
    permissions: PhantomData<P>,
}

impl<P> Access<P> {
    pub(super) fn new(workspace: Arc<CachedWorkspace>, key_id: String) -> Self {
        Self {
            workspace,
            key_id,
            permissions: PhantomData,
        }
    }

    /// The workspace as it was last read.
    pub fn workspace(&self) -> Arc<Workspace> {
        self.workspace.current()
    }

    /// Reads the workspace again, for what the cached one does not know yet.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub async fn refresh(&self, table: &Table) -> Result<(), StoreError> {
        self.workspace.refresh(table).await
    }

    /// Finds a page of a list of the workspace, and signs its cursors.
    pub fn pager(&self, list: impl Into<String>, query: ListQuery) -> Pager {
        let secret = &self.workspace().config.cursor_secret;
        Pager::new(query, CursorSigner::new(secret, list))
    }

    /// The id of the key.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(super) fn id(&self) -> WorkspaceId {
        self.workspace.id()
    }
}

/// A kind that payouts are computed from.
pub trait PayoutBasis: HasKind {}

impl PayoutBasis for Payee {}

impl PayoutBasis for Product {}

impl PayoutBasis for Revenue {}

impl PayoutBasis for Rule {}

impl Access<Read<Payout>> {
    /// The proof for a kind that payouts are computed from: to explain a payout is to show what it
    /// was computed from.
    pub fn basis<R: PayoutBasis>(&self) -> Access<Read<R>> {
        Access::new(self.workspace.clone(), self.key_id.clone())
    }
}

impl<A, B> Access<(A, B)> {
    /// The two proofs that this one consists of.
    pub fn split(self) -> (Access<A>, Access<B>) {
        let first = Access::new(self.workspace.clone(), self.key_id.clone());
        (first, Access::new(self.workspace, self.key_id))
    }
}
