//! Ids that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use shared::clock::IdGenerator;
use uuid::Uuid;

/// Ids that grow by one, beginning with a number.
pub struct CountedIds(pub AtomicU64);

impl IdGenerator for CountedIds {
    fn new_id(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0000 + u128::from(number))
    }
}
