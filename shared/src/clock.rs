//! Time and ids: what comes from outside and differs at each call. Tests bring their own.

use std::sync::{Mutex, PoisonError};

use domain::value::Timestamp;
use uuid::{ContextV7, Uuid};

/// Returns the time.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// Makes ids.
pub trait IdGenerator: Send + Sync {
    /// A new id, greater than every earlier one.
    fn new_id(&self) -> Uuid;
}

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::new(jiff::Timestamp::now())
    }
}

/// UUIDs of version 7 (RFC 9562, section 5.7) with a counter, so that they grow within a process.
pub struct OrderedIds(Mutex<ContextV7>);

impl Default for OrderedIds {
    fn default() -> Self {
        Self(Mutex::new(ContextV7::new()))
    }
}

impl IdGenerator for OrderedIds {
    fn new_id(&self) -> Uuid {
        let context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(uuid::Timestamp::now(&*context))
    }
}
