//! The function `payouts`: who is owed what, and why. It reads, computes, and stores nothing.

mod explain;
mod preview;

mod changes;
mod request;
mod table;

mod books;

use shared::http::{Entry, Method};

/// The operations on payouts.
pub fn operations<E: Entry>() -> Vec<E> {
    let (preview, explain) = ("/api/v1/payouts/preview", "/api/v1/payouts/explain");
    vec![
        E::new(
            Method::POST,
            preview,
            preview::preview,
            preview::preview_docs,
        ),
        E::new(
            Method::GET,
            explain,
            explain::explain,
            explain::explain_docs,
        ),
    ]
}
