//! How revenues are counted: what each adds to which counter, and how a stream is added exactly
//! once.
//!
//! Counters are items with numbers, to which numbers are only ever added. The counter of a year
//! holds the count of each day, the counter of a day the count of each of its [`TimeSegment`]s, and
//! that of an instant which is split the counts of its parts; there is one of each for all revenues
//! and one for each [`Group`], so that the place of any row is found by skipping whole counters.
//! The counter of a month holds the [`Sums`] of each day and group.
//!
//! The size of a counter is bounded by the numbers that its kind can have, whatever revenues there
//! are: 366 days, 144 segments, 256 parts, or six numbers for each of 31 days.

mod contribution;
pub mod counter;
mod exactly_once;
mod group;
mod segment;
mod sums;

pub use contribution::{PRODUCT_COUNT, contribution};
pub use exactly_once::{CounterUpdate, PendingUpdates, Sequence};
pub use group::{EVERYTHING, Group, Selection};
pub use segment::TimeSegment;
pub use sums::{Digest, Sums};

/// The numbers of one counter item, or the numbers added to it, by attribute.
pub type Numbers = std::collections::BTreeMap<String, i128>;
