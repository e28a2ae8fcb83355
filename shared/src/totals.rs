//! Totals of revenues: reading the counters that the function `totals` keeps.

mod page;
mod ranges;
mod read;

mod segments;

mod counts;

pub use counts::Counts;
pub use page::RevenueList;
pub use ranges::ranges;
pub use read::{count, of_product, sums};
