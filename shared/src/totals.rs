//! Totals of revenues: reading the counters that the function `totals` keeps.

mod page;
mod read;

mod segments;

mod counts;

pub use counts::Counts;
pub use page::RevenueList;
pub use read::{of_product, sums};
