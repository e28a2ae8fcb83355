//! A cache of recently resolved external ids: which records to read first, which saves reading
//! their claims.
//!
//! An entry is never trusted. The record that it names says whether it still has the external id,
//! and since a record and its claim are written together, a record that has the external id is the
//! one that holds the claim.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use store::key::Key;
use uuid::Uuid;

/// The most entries; beyond it, the cache is cleared. An entry takes about 200 bytes.
const ENTRIES_MAX: usize = 10_000;

/// The ids of the records that hold claims, by the key of the claim.
#[derive(Default)]
pub struct ClaimCache(Mutex<HashMap<Key, Uuid>>);

impl ClaimCache {
    /// The ids for these claims, if there is one for each: reading a single claim costs the same
    /// call as reading all.
    pub(super) fn all(&self, claims: &[Key]) -> Option<Vec<Uuid>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claims
            .iter()
            .map(|claim| entries.get(claim).copied())
            .collect()
    }

    /// Remembers which record holds a claim.
    pub(super) fn insert(&self, claim: Key, id: Uuid) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= ENTRIES_MAX {
            entries.clear();
        }
        entries.insert(claim, id);
    }
}
