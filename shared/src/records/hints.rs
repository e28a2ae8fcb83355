//! Where external ids led lately: the records to read first, which saves the look at their claims.
//!
//! A hint is never trusted. The record that it leads to says whether it still has the external id, and since a record
//! and its claim are written together, a record that has it is the one that holds the claim.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::key::Key;

/// The most hints of one process; beyond it, they start anew. A hint takes some 200 bytes.
const HINTS_MAX: usize = 10_000;

/// The ids that claims led to, by the key of the claim.
#[derive(Default)]
pub struct Hints(Mutex<HashMap<Key, Uuid>>);

impl Hints {
    /// The ids for these claims, if there is one for each: a claim that has to be looked at anyway costs the same call.
    pub(super) fn all(&self, claims: &[Key]) -> Option<Vec<Uuid>> {
        let hints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claims
            .iter()
            .map(|claim| hints.get(claim).copied())
            .collect()
    }

    /// Notes where a claim leads.
    pub(super) fn note(&self, claim: Key, id: Uuid) {
        let mut hints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hints.len() >= HINTS_MAX {
            hints.clear();
        }
        hints.insert(claim, id);
    }
}
