//! What every request shares: the table, what is remembered of it, the clock and the source of ids.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use uuid::{ContextV7, Uuid};

use crate::auth::Auth;
use crate::records::Hints;
use crate::table::Table;
use crate::value::Timestamp;

/// The state of one process, built once.
pub struct App {
    /// The table.
    pub table: Table,
    /// The cache of keys.
    pub auth: Auth,
    /// Where external ids led lately.
    pub hints: Hints,
    world: Box<dyn World>,
    used: AtomicBool,
}

/// What comes from outside and differs at each call; a test can give its own.
pub trait World: Send + Sync {
    /// The time.
    fn now(&self) -> Timestamp;
    /// A new id, greater than all before it.
    fn new_id(&self) -> Uuid;
}

impl App {
    /// The state over a table, with the system's clock and random numbers.
    pub fn new(table: Table) -> Self {
        Self::with_world(table, Box::new(System(Mutex::new(ContextV7::new()))))
    }

    /// The state with a clock and ids of one's own.
    pub fn with_world(table: Table, world: Box<dyn World>) -> Self {
        Self {
            table,
            auth: Auth::default(),
            hints: Hints::default(),
            world,
            used: AtomicBool::new(false),
        }
    }

    /// Whether this is the first time that this is asked: the request that met a cold start.
    pub fn is_first_request(&self) -> bool {
        !self.used.swap(true, Ordering::Relaxed)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// A new id, greater than all that this process made before.
    pub fn new_id(&self) -> Uuid {
        self.world.new_id()
    }
}

/// The system's clock, and UUIDs of version 7 (RFC 9562, section 5.7) with a counter.
struct System(Mutex<ContextV7>);

impl World for System {
    fn now(&self) -> Timestamp {
        Timestamp::new(jiff::Timestamp::now())
    }

    fn new_id(&self) -> Uuid {
        let context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(uuid::Timestamp::now(&*context))
    }
}
