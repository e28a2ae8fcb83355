//! Records: payees, products, rules, and whatever else is a [`Resource`](crate::resource::Resource).
//!
//! Create, update, upsert and archive are one write with another expectation, and a single write is a batch of one.

mod hints;
mod merge;
mod order;
mod read;
mod references;
mod seen;
mod write;

pub use hints::Hints;
pub use merge::RECORD_BYTES_MAX;
pub use order::{Expect, IfMatch, Operation, Order};
pub use read::{list, read, saved_version, saved_versions};
pub use references::missing;
pub use write::write;
