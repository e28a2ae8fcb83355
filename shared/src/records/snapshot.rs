//! The records that a batch is about, as they were last read.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::resource::{Record, Resource};
use domain::value::ExternalId;
use serde::{Deserialize, Serialize};
use store::table::{StoreError, Table};
use uuid::Uuid;

use super::claim_cache::ClaimCache;
use super::request::{RecordSelector, WriteRequest};
use crate::auth::{Access, Write};

/// The claim of a record on its external id.
#[derive(Serialize, Deserialize)]
pub(super) struct Claim {
    /// The record.
    pub(super) id: Uuid,
}

/// Records as they were last read. An entry without a record means that there is none.
pub(super) struct RecordSnapshot<'a, R> {
    table: &'a Table,
    access: &'a Access<Write<R>>,
    claim_cache: &'a ClaimCache,
    state: Mutex<State<R>>,
}

struct State<R> {
    claims: HashMap<ExternalId, Option<Uuid>>,
    records: HashMap<Uuid, Option<Arc<Record<R>>>>,
}

impl<'a, R: Resource> RecordSnapshot<'a, R> {
    /// An empty snapshot.
    pub(super) fn new(
        table: &'a Table,
        access: &'a Access<Write<R>>,
        claim_cache: &'a ClaimCache,
    ) -> Self {
        let state = State {
            claims: HashMap::new(),
            records: HashMap::new(),
        };
        Self {
            table,
            access,
            claim_cache,
            state: Mutex::new(state),
        }
    }

    /// Reads the records that the requests select: two calls for a hundred of them, one more after
    /// an outdated entry of the cache. A create needs no read, because its condition decides.
    pub(super) async fn load(&self, requests: &[WriteRequest]) -> Result<(), StoreError> {
        let mut ids = HashSet::new();
        let mut external_ids = HashSet::new();
        for request in requests {
            match &request.selector {
                RecordSelector::Id(id) => {
                    ids.insert(*id);
                }
                RecordSelector::ExternalId(external_id) => {
                    external_ids.insert(external_id.clone());
                }
                RecordSelector::New | RecordSelector::Invalid => {}
            }
        }
        let mut external_ids: Vec<ExternalId> = external_ids.into_iter().collect();
        let claims: Vec<_> = external_ids
            .iter()
            .map(|external_id| self.access.claim(external_id))
            .collect();
        if let Some(cached) = self.claim_cache.all(&claims) {
            self.read_records(ids.drain().chain(cached.iter().copied()).collect())
                .await?;
            let mut cached = cached.into_iter();
            external_ids.retain(|external_id| {
                !cached
                    .next()
                    .is_some_and(|id| self.confirm(external_id, id))
            });
        }
        ids.extend(self.read_claims(external_ids).await?);
        self.read_records(ids).await
    }

    /// Whether the record with this id was read with this external id, and therefore holds its
    /// claim.
    fn confirm(&self, external_id: &ExternalId, id: Uuid) -> bool {
        let mut state = self.state();
        let record = state.records.get(&id).and_then(Option::as_deref);
        let holds = record.is_some_and(|record| record.body.external_id() == Some(external_id));
        if holds {
            state.claims.insert(external_id.clone(), Some(id));
        }
        holds
    }

    /// The selected record, if it is known to exist.
    pub(super) fn current(&self, selector: &RecordSelector) -> Option<Arc<Record<R>>> {
        let state = self.state();
        let record = |id: &Uuid| state.records.get(id).cloned().flatten();
        match selector {
            RecordSelector::Id(id) => record(id),
            // A rename between the reading of the claim and of the record may have given the
            // external id away.
            RecordSelector::ExternalId(external_id) => {
                record(&state.claims.get(external_id).copied().flatten()?)
                    .filter(|record| record.body.external_id() == Some(external_id))
            }
            RecordSelector::New | RecordSelector::Invalid => None,
        }
    }

    /// What other steps of the batch may touch as well: ids, and external ids before and after.
    pub(super) fn names(&self, request: &WriteRequest) -> Vec<String> {
        let current = self.current(&request.selector);
        let mut names = Vec::new();
        if let RecordSelector::Id(id) = &request.selector {
            names.push(id.to_string());
        }
        if let Some(record) = &current {
            names.push(record.id.to_string());
        }
        let claimed = |external_id: &str| format!("X#{external_id}");
        names.extend(
            current
                .iter()
                .filter_map(|record| Some(claimed(record.body.external_id()?.as_str()))),
        );
        if let RecordSelector::ExternalId(external_id) = &request.selector {
            names.push(claimed(external_id.as_str()));
        }
        names.extend(
            request
                .fields
                .get("external_id")
                .and_then(|json| Some(claimed(json.as_str()?))),
        );
        names
    }

    /// Reads the selected record again, after it was found to have changed.
    pub(super) async fn reload(&self, request: &WriteRequest) -> Result<(), StoreError> {
        let ids = match &request.selector {
            RecordSelector::Id(id) => HashSet::from([*id]),
            RecordSelector::ExternalId(external_id) => {
                self.read_claims(vec![external_id.clone()]).await?
            }
            RecordSelector::New | RecordSelector::Invalid => HashSet::new(),
        };
        self.read_records(ids).await
    }

    /// Remembers what a step of this batch has written.
    pub(super) fn remember(&self, before: Option<&Record<R>>, after: &Record<R>) {
        let mut state = self.state();
        if let Some(old) = before.and_then(|record| record.body.external_id()) {
            state.claims.insert(old.clone(), None);
        }
        if let Some(new) = after.body.external_id() {
            state.claims.insert(new.clone(), Some(after.id));
            self.claim_cache.insert(self.access.claim(new), after.id);
        }
        state
            .records
            .insert(after.id, Some(Arc::new(after.clone())));
    }

    /// Reads claims, and returns the ids of the records that hold them.
    async fn read_claims(&self, of: Vec<ExternalId>) -> Result<HashSet<Uuid>, StoreError> {
        let keys: Vec<_> = of
            .iter()
            .map(|external_id| self.access.claim(external_id))
            .collect();
        let found: Vec<_> = self.table.get::<Claim>(&keys).await?;
        let found: Vec<_> = found
            .into_iter()
            .map(|claim| claim.map(|claim| claim.id))
            .collect();
        for (key, id) in keys.into_iter().zip(&found) {
            id.iter()
                .for_each(|id| self.claim_cache.insert(key.clone(), *id));
        }
        let ids = found.iter().flatten().copied().collect();
        self.state().claims.extend(of.into_iter().zip(found));
        Ok(ids)
    }

    async fn read_records(&self, ids: HashSet<Uuid>) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let keys: Vec<_> = ids.iter().map(|id| self.access.record(*id)).collect();
        let found = self.table.get::<Record<R>>(&keys).await?;
        let found = found.into_iter().map(|record| record.map(Arc::new));
        self.state().records.extend(ids.into_iter().zip(found));
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
