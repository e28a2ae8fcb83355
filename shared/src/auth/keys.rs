//! The keys of items, each made from the proof of the permission that it takes.

use domain::payee::Payee;
use domain::permission::{HasKind, Kind};
use domain::product::Product;
use domain::revenue::Revenue;
use domain::rule::Rule;
use domain::value::{ExternalId, Timestamp};
use store::key::{self, Key, Range};
use uuid::Uuid;

use super::access::{Access, ForKind, Read, RequiredPermission, Write};

/// Records of the kind that the permission is for.
impl<P: ForKind> Access<P> {
    /// The key of a record.
    pub fn record(&self, id: Uuid) -> Key {
        key::record(self.id(), P::Kind::KIND, id)
    }

    /// The records, in order of creation.
    pub fn records(&self) -> Range {
        key::records(self.id(), P::Kind::KIND)
    }

    /// The key of a claim on an external id.
    pub fn claim(&self, external_id: &ExternalId) -> Key {
        key::claim(self.id(), P::Kind::KIND, external_id)
    }

    /// The key of a saved version.
    pub fn saved_version(&self, id: Uuid, version: u64) -> Key {
        key::saved_version(self.id(), P::Kind::KIND, id, version)
    }

    /// The saved versions of a record.
    pub fn saved_versions(&self, id: Uuid) -> Range {
        key::saved_versions(self.id(), P::Kind::KIND, id)
    }
}

/// What a record that is being written may refer to.
impl<R: HasKind> Access<Write<R>> {
    /// The key of a record of another kind, to check that it exists: only this crate can ask for
    /// it.
    pub(crate) fn referred(&self, kind: Kind, id: Uuid) -> Key {
        key::record(self.id(), kind, id)
    }

    /// The key of the claim of such a record, to find it by its external id.
    pub(crate) fn referred_claim(&self, kind: Kind, external_id: &ExternalId) -> Key {
        key::claim(self.id(), kind, external_id)
    }
}

/// The payees of rules. Of a payee, a key that may read rules sees the external id and nothing
/// else: only this crate can ask for these keys.
impl Access<Read<Rule>> {
    /// The key of a payee, to read its external id.
    pub(crate) fn payee(&self, id: Uuid) -> Key {
        key::record(self.id(), Payee::KIND, id)
    }

    /// The key of the claim of a payee on its external id.
    pub(crate) fn payee_claim(&self, external_id: &ExternalId) -> Key {
        key::claim(self.id(), Payee::KIND, external_id)
    }
}

/// Revenues.
impl<P: ForKind<Kind = Revenue>> Access<P> {
    /// The id of a revenue, derived from its source and external id.
    pub fn revenue_id(&self, source: Uuid, external_id: &ExternalId) -> Uuid {
        domain::id::revenue(self.id(), source, external_id)
    }

    /// The key of a revenue.
    pub fn revenue(&self, id: Uuid) -> Key {
        key::revenue(self.id(), id)
    }
}

impl Access<Write<Revenue>> {
    /// The key of a revenue in the lists, for a revenue that is written at `now`.
    pub fn revenue_listed(&self, occurred_at: Timestamp, id: Uuid, now: Timestamp) -> Key {
        let shards = self.workspace().config.shards.written(now).max(1);
        // The last bits of an id are as good as random, also where its first bits grow with time.
        let shard = id.as_u128() % u128::from(shards);
        key::revenue_listed(self.id(), shard as u32, occurred_at, id)
    }
}

/// The permissions that show revenues, or how many there are: to read revenues, and to read
/// products, which are read with the count of their revenues.
pub trait SeesRevenues: RequiredPermission {}

impl SeesRevenues for Read<Revenue> {}

impl SeesRevenues for Read<Product> {}

impl<P: SeesRevenues> Access<P> {
    /// The shards of the list of revenues, which together are the list.
    pub fn revenue_shards(&self) -> Vec<Range> {
        let shards = 0..self.workspace().config.shards.count;
        shards
            .map(|shard| key::revenue_list(self.id(), shard))
            .collect()
    }

    /// The counters of the revenues, unless these were never counted.
    pub fn counters(&self) -> Option<Range> {
        let generation = self.workspace().config.counted()?;
        Some(key::counters(self.id(), generation))
    }
}
