//! Totals of revenues: counters that a stream keeps, and what they are good for.

mod count;
mod page;
mod read;
mod take;

pub use count::{Counted, count, replay};
pub use page::{List, SEARCHED_ROWS_MAX, WALKED_ROWS_MAX};
pub use read::{of_product, sums};
pub use take::take;
