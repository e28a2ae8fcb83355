//! The document of the API.

use serde_json::Value;
use shared::http::docs::{DocumentInfo, document};

const INFO: DocumentInfo = DocumentInfo {
    version: env!("CARGO_PKG_VERSION"),
    description: include_str!("introduction.md"),
    tags: &[
        ("payees", "Who gets paid."),
        ("products", "What is sold."),
        (
            "revenues",
            "Sales, refunds and adjustments, which never change.",
        ),
        ("rules", "Which payee gets which share of which revenue."),
        ("payouts", "Who is owed what, and why."),
        ("api", "The API itself."),
    ],
};

/// The document of all operations, without examples.
pub fn openapi() -> Value {
    let tables = super::tables().into_iter();
    document(
        &INFO,
        tables.flat_map(|(_, operations)| operations).collect(),
    )
}
