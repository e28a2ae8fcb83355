//! Revenues, as their create reads them.

use domain::fields::{Fields, Object};
use domain::problem::{ErrorSink, Problems};
use domain::revenue::Revenue;
use domain::value::Timestamp;
use uuid::Uuid;

/// A revenue with its problems. The ids and the time that a create would give it are not known.
pub fn read(record: &Object) -> (Revenue, Problems) {
    let mut problems = Problems::default();
    let errors = ErrorSink::new(&mut problems);
    let mut fields = Fields::new(record, errors, true, Timestamp::EPOCH);
    let revenue = Revenue::read(&mut fields, Uuid::nil(), |_, _| Uuid::nil());
    fields.finish();
    (revenue, problems)
}
