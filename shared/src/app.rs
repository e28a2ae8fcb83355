//! The state of one process: the table, the caches, the clock and the source of ids.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::value::Timestamp;
use store::table::Table;
use uuid::Uuid;

use crate::auth::Auth;
use crate::clock::{Clock, IdGenerator, OrderedIds, SystemClock};
use crate::lists::ReadLimits;
use crate::records::{ClaimCache, Records};

/// The state of one process, built once.
pub struct App {
    /// The table, without a deadline and without metering.
    pub table: Table,
    /// Authentication, with its cache of keys.
    pub auth: Auth,
    /// How many rows one request may read.
    pub limits: ReadLimits,
    claims: ClaimCache,
    clock: Box<dyn Clock>,
    ids: Box<dyn IdGenerator>,
    used: AtomicBool,
}

impl App {
    /// The state over a table, with the system's clock and ids in order of creation.
    pub fn new(table: Table) -> Self {
        Self::with(
            table,
            Box::new(SystemClock),
            Box::new(OrderedIds::default()),
        )
    }

    /// The state with another clock and other ids.
    pub fn with(table: Table, clock: Box<dyn Clock>, ids: Box<dyn IdGenerator>) -> Self {
        Self {
            table,
            auth: Auth::default(),
            limits: ReadLimits::default(),
            claims: ClaimCache::default(),
            clock,
            ids,
            used: AtomicBool::new(false),
        }
    }

    /// Whether this is the first request of the process, which met a cold start. Only the first
    /// caller gets `true`.
    pub fn is_first_request(&self) -> bool {
        !self.used.swap(true, Ordering::Relaxed)
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id, greater than every earlier one of this process.
    pub fn new_id(&self) -> Uuid {
        self.ids.new_id()
    }

    /// What writing records needs, over the table as one request sees it.
    pub(crate) fn records<'a>(&'a self, table: &'a Table) -> Records<'a> {
        Records {
            table,
            claims: &self.claims,
            clock: &*self.clock,
            ids: &*self.ids,
        }
    }
}
