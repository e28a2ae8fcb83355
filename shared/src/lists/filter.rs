//! Filters of rows as the table stores them.

use domain::filter::Filter;
use serde::de::DeserializeOwned;
use store::table::{StoreError, Stored};

/// A filter of stored rows, whole or not.
pub struct RowFilter {
    fields: &'static [&'static str],
    is_satisfied: Test,
}

type Test = Box<dyn Fn(&Stored) -> Result<bool, StoreError> + Send + Sync>;

impl<R: DeserializeOwned + 'static> From<Filter<R>> for RowFilter {
    fn from(filter: Filter<R>) -> Self {
        let Filter { fields, satisfies } = filter;
        Self {
            fields,
            is_satisfied: Box::new(move |row| Ok(satisfies(&row.part(fields)?))),
        }
    }
}

/// Whether a row satisfies every filter.
///
/// # Errors
/// [`StoreError::Invalid`] if a field is not of the expected form.
pub fn satisfies(row: &Stored, filters: &[RowFilter]) -> Result<bool, StoreError> {
    for filter in filters {
        if !(filter.is_satisfied)(row)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The fields that the filters look at.
pub(super) fn fields(filters: &[RowFilter]) -> Vec<&'static str> {
    let mut fields: Vec<_> = filters
        .iter()
        .flat_map(|filter| filter.fields)
        .copied()
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}
