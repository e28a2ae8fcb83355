//! Totals of revenues: reading the counters that the function `totals` keeps.

mod page;
mod read;

mod segments;

mod counts;

pub use counts::{Counts, WALKED_ROWS_MAX};
pub use page::{RevenueList, SEARCHED_ROWS_MAX};
pub use read::{of_product, sums};
