//! The envelope of a batch body.

use domain::fields::{Object, unknown_field};
use domain::problem::{Code, ErrorSink, Problems};
use domain::value::wrong_type;
use serde_json::Value;

/// The most records of one batch.
pub const BATCH_RECORDS_MAX: usize = 100;

/// The records of a batch body.
///
/// # Errors
/// The problems of the envelope.
pub fn records(body: &Object) -> Result<&[Value], Problems> {
    records_with(body, &[], Problems::default())
}

/// The records of a batch body that may have more fields, named in `others`, of which these
/// problems are known.
///
/// # Errors
/// The problems of the envelope.
pub fn records_with<'a>(
    body: &'a Object,
    others: &[&str],
    mut problems: Problems,
) -> Result<&'a [Value], Problems> {
    let known = [&["records"], others].concat();
    let mut errors = ErrorSink::new(&mut problems);
    for name in body.keys().filter(|name| !known.contains(&name.as_str())) {
        let detail = unknown_field(name, &known, &[]);
        let detail = format!("{detail}. Put the record's fields inside `records`");
        errors.at(name).add(Code::UnknownField, detail);
    }
    let mut errors = errors.at("records");
    let mut records: &[Value] = &[];
    match body.get("records") {
        None => {
            let detail = format!("is required: a list of 1 to {BATCH_RECORDS_MAX} records");
            errors.add(Code::Required, detail);
        }
        Some(Value::Array(list)) if list.is_empty() => {
            errors.add(Code::TooFew, "must have at least 1 record, got 0");
        }
        Some(Value::Array(list)) if list.len() > BATCH_RECORDS_MAX => {
            let got = list.len();
            let detail = format!("must have at most {BATCH_RECORDS_MAX} records, got {got}");
            errors.add(Code::TooMany, detail);
        }
        Some(Value::Array(list)) => records = list,
        Some(other) => {
            errors.take::<()>(Err(wrong_type("a list of records", other)));
        }
    }
    problems.or(records)
}
