//! The records that a batch is about, as they were last seen.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hints::Hints;
use super::order::{Order, Target};
use crate::auth::{Access, Write};
use crate::resource::{Record, Resource};
use crate::table::{StoreError, Table};
use crate::value::ExternalId;

/// The claim of a record on its external id.
#[derive(Serialize, Deserialize)]
pub(super) struct Claim {
    /// The record.
    pub(super) id: Uuid,
}

/// What is known of records: an entry without a record says that there is none.
pub(super) struct Seen<'a, R> {
    table: &'a Table,
    access: &'a Access<Write<R>>,
    hints: &'a Hints,
    state: Mutex<State<R>>,
}

struct State<R> {
    claims: HashMap<ExternalId, Option<Uuid>>,
    records: HashMap<Uuid, Option<Record<R>>>,
}

impl<'a, R: Resource> Seen<'a, R> {
    /// Nothing yet.
    pub(super) fn new(table: &'a Table, access: &'a Access<Write<R>>, hints: &'a Hints) -> Self {
        let state = State {
            claims: HashMap::new(),
            records: HashMap::new(),
        };
        Self {
            table,
            access,
            hints,
            state: Mutex::new(state),
        }
    }

    /// Reads the records that the orders name: two calls for a hundred of them, one more after an old hint. A create
    /// needs none, since its condition tells.
    pub(super) async fn load(&self, orders: &[Order]) -> Result<(), StoreError> {
        let mut ids = HashSet::new();
        let mut external_ids = HashSet::new();
        for order in orders {
            match &order.target {
                Target::Id(id) => drop(ids.insert(*id)),
                Target::ExternalId(external_id) => drop(external_ids.insert(external_id.clone())),
                Target::New | Target::Nothing => {}
            }
        }
        let mut external_ids: Vec<ExternalId> = external_ids.into_iter().collect();
        let claims: Vec<_> = external_ids
            .iter()
            .map(|external_id| self.access.claim(external_id))
            .collect();
        if let Some(hinted) = self.hints.all(&claims) {
            self.read_records(ids.drain().chain(hinted.iter().copied()).collect())
                .await?;
            let mut hinted = hinted.into_iter();
            external_ids.retain(|external_id| {
                !hinted
                    .next()
                    .is_some_and(|id| self.confirm(external_id, id))
            });
        }
        ids.extend(self.read_claims(external_ids).await?);
        self.read_records(ids).await
    }

    /// Whether the record with this id was seen to have this external id, and so to hold its claim.
    fn confirm(&self, external_id: &ExternalId, id: Uuid) -> bool {
        let mut state = self.state();
        let record = state.records.get(&id).and_then(Option::as_ref);
        let holds = record.is_some_and(|record| record.body.external_id() == Some(external_id));
        if holds {
            state.claims.insert(external_id.clone(), Some(id));
        }
        holds
    }

    /// The record that the order names, if it is known to be there.
    pub(super) fn current(&self, target: &Target) -> Option<Record<R>> {
        let state = self.state();
        let record = |id: &Uuid| state.records.get(id).cloned().flatten();
        match target {
            Target::Id(id) => record(id),
            // A rename between the reading of the claim and of the record may have given the external id away.
            Target::ExternalId(external_id) => {
                record(&state.claims.get(external_id).copied().flatten()?)
                    .filter(|record| record.body.external_id() == Some(external_id))
            }
            Target::New | Target::Nothing => None,
        }
    }

    /// What other steps may touch as well: ids, and external ids before and after.
    pub(super) fn names(&self, order: &Order) -> Vec<String> {
        let current = self.current(&order.target);
        let mut names = Vec::new();
        if let Target::Id(id) = &order.target {
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
        if let Target::ExternalId(external_id) = &order.target {
            names.push(claimed(external_id.as_str()));
        }
        names.extend(
            order
                .fields
                .get("external_id")
                .and_then(|json| Some(claimed(json.as_str()?))),
        );
        names
    }

    /// Reads what the order names once more, after it was found to have changed.
    pub(super) async fn reload(&self, order: &Order) -> Result<(), StoreError> {
        let ids = match &order.target {
            Target::Id(id) => HashSet::from([*id]),
            Target::ExternalId(external_id) => self.read_claims(vec![external_id.clone()]).await?,
            Target::New | Target::Nothing => HashSet::new(),
        };
        self.read_records(ids).await
    }

    /// Notes what a step of this batch has written.
    pub(super) fn note(&self, before: Option<&Record<R>>, after: &Record<R>) {
        let mut state = self.state();
        if let Some(old) = before.and_then(|record| record.body.external_id()) {
            state.claims.insert(old.clone(), None);
        }
        if let Some(new) = after.body.external_id() {
            state.claims.insert(new.clone(), Some(after.id));
            self.hints.note(self.access.claim(new), after.id);
        }
        state.records.insert(after.id, Some(after.clone()));
    }

    /// Reads claims, and gives the ids that they lead to.
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
            id.iter().for_each(|id| self.hints.note(key.clone(), *id));
        }
        let ids = found.iter().flatten().copied().collect();
        self.state().claims.extend(of.into_iter().zip(found));
        Ok(ids)
    }

    async fn read_records(&self, ids: HashSet<Uuid>) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let keys: Vec<_> = ids.iter().map(|id| self.access.record(*id)).collect();
        let found = self.table.get::<Record<R>>(&keys).await?;
        self.state().records.extend(ids.into_iter().zip(found));
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
