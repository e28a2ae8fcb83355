//! The records that a batch is about, as they were last seen.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
pub(super) struct Seen<R>(Mutex<State<R>>);

struct State<R> {
    claims: HashMap<ExternalId, Option<Uuid>>,
    records: HashMap<Uuid, Option<Record<R>>>,
}

impl<R: Resource> Seen<R> {
    /// Reads the records that the orders name: at most two rounds, whatever their number. A create needs none,
    /// since its condition tells.
    pub(super) async fn load(table: &Table, access: &Access<Write<R>>, orders: &[&Order]) -> Result<Self, StoreError> {
        let seen = Self(Mutex::new(State { claims: HashMap::new(), records: HashMap::new() }));
        let mut ids = HashSet::new();
        let mut external_ids = HashSet::new();
        for order in orders {
            match &order.target {
                Target::Id(id) => drop(ids.insert(*id)),
                Target::ExternalId(external_id) => drop(external_ids.insert(external_id.clone())),
                Target::New | Target::Nothing => {}
            }
        }
        seen.read_claims(table, access, external_ids.into_iter().collect()).await?;
        ids.extend(seen.state().claims.values().flatten());
        seen.read_records(table, access, ids.into_iter().collect()).await?;
        Ok(seen)
    }

    /// The record that the order names, if it is known to be there.
    pub(super) fn current(&self, target: &Target) -> Option<Record<R>> {
        let state = self.state();
        let id = match target {
            Target::Id(id) => Some(*id),
            Target::ExternalId(external_id) => state.claims.get(external_id).copied().flatten(),
            Target::New | Target::Nothing => None,
        };
        state.records.get(&id?).cloned().flatten()
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
        names.extend(current.iter().filter_map(|record| Some(claimed(record.body.external_id()?.as_str()))));
        if let Target::ExternalId(external_id) = &order.target {
            names.push(claimed(external_id.as_str()));
        }
        names.extend(order.fields.get("external_id").and_then(|json| Some(claimed(json.as_str()?))));
        names
    }

    /// Reads what the order names once more, after it was found to have changed.
    pub(super) async fn reload(
        &self,
        table: &Table,
        access: &Access<Write<R>>,
        order: &Order,
    ) -> Result<(), StoreError> {
        let id = match &order.target {
            Target::Id(id) => Some(*id),
            Target::ExternalId(external_id) => {
                self.read_claims(table, access, vec![external_id.clone()]).await?;
                self.state().claims.get(external_id).copied().flatten()
            }
            Target::New | Target::Nothing => None,
        };
        self.read_records(table, access, id.into_iter().collect()).await
    }

    /// Notes what a step of this batch has written.
    pub(super) fn note(&self, before: Option<&Record<R>>, after: &Record<R>) {
        let mut state = self.state();
        if let Some(old) = before.and_then(|record| record.body.external_id()) {
            state.claims.insert(old.clone(), None);
        }
        if let Some(new) = after.body.external_id() {
            state.claims.insert(new.clone(), Some(after.id));
        }
        state.records.insert(after.id, Some(after.clone()));
    }

    async fn read_claims(
        &self,
        table: &Table,
        access: &Access<Write<R>>,
        of: Vec<ExternalId>,
    ) -> Result<(), StoreError> {
        if of.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = of.iter().map(|external_id| access.claim(external_id)).collect();
        let found = table.get::<Claim>(&keys).await?;
        self.state()
            .claims
            .extend(of.into_iter().zip(found).map(|(external_id, claim)| (external_id, claim.map(|c| c.id))));
        Ok(())
    }

    async fn read_records(&self, table: &Table, access: &Access<Write<R>>, ids: Vec<Uuid>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = ids.iter().map(|id| access.record(*id)).collect();
        let found = table.get::<Record<R>>(&keys).await?;
        self.state().records.extend(ids.into_iter().zip(found));
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
