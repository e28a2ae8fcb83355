//! How revenues are counted: what each adds to which counter, and how a stream is added exactly once.
//!
//! Counters are items of the table with numbers in them, to which is only added. Those of a year hold the count of
//! each day, those of a day the count of each of its [`Part`]s, both for all revenues and for each [`Group`]; so the
//! place of any row is found by skipping whole counters. Those of a month hold the [`Sums`] of each day and group.

mod fold;
mod group;
mod part;
mod row;
mod sums;

pub use fold::{Pile, Sequence, Step};
pub use group::{EVERYTHING, Group, Selection};
pub use part::Part;
pub use row::Row;
pub use sums::{Digest, Sums};

/// What is added to one counter item, by attribute.
pub type Numbers = std::collections::BTreeMap<String, i128>;
