//! The document of the API.

use serde_json::Value;
use shared::http::docs::{DocumentInfo, document};

const DESCRIPTION: &str = "\
Payees, products, revenues and rules, pushed by scheduled server-side jobs; and payouts computed from them.

- **Amounts** are decimal strings in major units: `\"249.000\"` with `EUR` is 249 euros.
- **Retries are safe**: revenues are created once by source and `external_id`, and records are created or updated by \
`external_id`.
- **Batches** have up to 100 records and a result for each.
- **Unknown fields** of a request are refused, so that a typo loses nothing. A client must ignore fields of a response \
that it does not know: new ones may come.
- **Errors** are problem documents (RFC 9457). Programs decide by `code`.
";

const INFO: DocumentInfo = DocumentInfo {
    version: env!("CARGO_PKG_VERSION"),
    description: DESCRIPTION,
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
