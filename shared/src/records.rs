//! Records: payees, products and rules, and every other [`Resource`](domain::resource::Resource).
//!
//! Create, update, upsert and archive are one write with different expectations, and a single write
//! is a batch of one.

mod write;

mod together;

mod writer;

mod read;

mod actions;
mod external_ids;
mod references;
mod snapshot;

mod merge;

mod claim_cache;
mod request;

pub use claim_cache::ClaimCache;
pub use external_ids::{payee_external_ids, payee_of_rules};
pub use read::{RecordQuery, list, read, read_all, saved_version, saved_versions};
pub use references::{missing, not_found};
pub use request::{Expect, IfMatch, WriteRequest};
pub use write::write;

use store::table::Table;

use crate::clock::{Clock, IdGenerator};

/// What writing records needs.
pub struct Records<'a> {
    pub(crate) table: &'a Table,
    pub(crate) claims: &'a ClaimCache,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) ids: &'a dyn IdGenerator,
}
