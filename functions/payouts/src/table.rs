//! The payees of a statement as CSV.

use domain::payout::PayeeRow;
use shared::error::Failure;

/// The columns.
const COLUMNS: [&str; 6] = [
    "payee_external_id",
    "payee_id",
    "currency",
    "earned",
    "amount_due",
    "outcome",
];

/// The rows as CSV (RFC 4180), with a header.
///
/// # Errors
/// [`Failure::Internal`] if it cannot be written, which is a bug.
pub fn csv(payees: &[PayeeRow]) -> Result<Vec<u8>, Failure> {
    let mut csv = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let internal = |error: csv::Error| Failure::Internal(error.into());
    csv.write_record(COLUMNS).map_err(internal)?;
    for row in payees {
        let external_id = row.payee_external_id.as_ref();
        csv.write_record([
            external_id.map_or("", |external_id| external_id.as_str()),
            &row.payee_id.to_string(),
            &row.currency.to_string(),
            &row.earned.to_string(),
            &row.due.to_string(),
            row.outcome.into(),
        ])
        .map_err(internal)?;
    }
    csv.into_inner()
        .map_err(|error| Failure::Internal(error.into_error().into()))
}
