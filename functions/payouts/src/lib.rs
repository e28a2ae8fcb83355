//! The function `payouts`: who is owed what, and why. It reads, computes, and stores nothing.

mod explain;
mod preview;

mod changes;
mod request;
mod table;

mod books;

use shared::http::{Method, Operation};

/// The operations on payouts.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/api/v1/payouts/preview", preview::preview),
        Operation::new(Method::GET, "/api/v1/payouts/explain", explain::explain),
    ]
}
