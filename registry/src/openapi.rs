//! The document of the API.

use serde_json::Value;
use shared::http::docs::{DocumentInfo, Tag, document};

const INFO: DocumentInfo = DocumentInfo {
    version: env!("CARGO_PKG_VERSION"),
    description: include_str!("introduction.md"),
    tags: &[
        tag("payees", "Payees", "Who gets paid."),
        tag("products", "Products", "What is sold."),
        tag(
            "revenues",
            "Revenues",
            "Sales, refunds and adjustments, which never change.",
        ),
        tag(
            "rules",
            "Rules",
            "Which payee gets which share of which revenue.",
        ),
        tag("payouts", "Payouts", "Who is owed what, and why."),
        tag("api", "API", "The API itself, and what describes it."),
    ],
};

const fn tag(name: &'static str, display_name: &'static str, description: &'static str) -> Tag {
    Tag {
        name,
        display_name,
        description,
    }
}

/// The document of all operations, without examples.
pub fn openapi() -> Value {
    let tables = super::tables().into_iter();
    document(
        &INFO,
        tables.flat_map(|(_, operations)| operations).collect(),
    )
}
