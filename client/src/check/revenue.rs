//! Revenues, as their create reads them.

use domain::fields::{Fields, Object};
use domain::problem::{ErrorSink, Problems};
use domain::revenue::Revenue;
use domain::value::Timestamp;
use uuid::Uuid;

/// The problems of a revenue. The ids and the time that a create would give it do not matter.
pub fn problems(record: &Object) -> Problems {
    let mut problems = Problems::default();
    let errors = ErrorSink::new(&mut problems);
    let mut fields = Fields::new(record, errors, true, Timestamp::EPOCH);
    Revenue::read(&mut fields, Uuid::nil(), |_, _| Uuid::nil());
    fields.finish();
    problems
}
