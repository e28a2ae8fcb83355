//! Filters of rows as the table stores them.

use domain::filter::{FieldText, Filter};
use serde::de::DeserializeOwned;
use store::table::{StoreError, Stored};

/// A filter of stored rows, whole or not.
pub enum RowFilter {
    /// These fields hold these texts.
    Equal(Vec<FieldText>),
    /// The fields satisfy a condition.
    Test {
        /// Those that it looks at.
        fields: &'static [&'static str],
        /// The condition.
        is_satisfied: Condition,
    },
}

type Condition = Box<dyn Fn(&Stored) -> Result<bool, StoreError> + Send + Sync>;

impl<R: DeserializeOwned + 'static> From<Filter<R>> for RowFilter {
    fn from(filter: Filter<R>) -> Self {
        match filter {
            Filter::Equal(texts) => Self::Equal(texts),
            Filter::Test { fields, satisfies } => Self::Test {
                fields,
                is_satisfied: Box::new(move |row| Ok(satisfies(&row.part(fields)?))),
            },
        }
    }
}

impl RowFilter {
    fn is_satisfied(&self, row: &Stored) -> Result<bool, StoreError> {
        match self {
            Self::Equal(texts) => Ok(texts.iter().all(|(field, text)| row.has(field, text))),
            Self::Test { is_satisfied, .. } => is_satisfied(row),
        }
    }
}

/// Whether a row satisfies every filter.
///
/// # Errors
/// [`StoreError::Invalid`] if a field is not of the expected form.
pub fn satisfies(row: &Stored, filters: &[RowFilter]) -> Result<bool, StoreError> {
    for filter in filters {
        if !filter.is_satisfied(row)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the table looks for by itself.
pub(super) fn equal(filters: &[RowFilter]) -> Vec<FieldText> {
    let texts = filters.iter().flat_map(|filter| match filter {
        RowFilter::Equal(texts) => texts.clone(),
        RowFilter::Test { .. } => Vec::new(),
    });
    texts.collect()
}

/// Whether the table looks for everything by itself.
pub(super) fn is_all_equal(filters: &[RowFilter]) -> bool {
    let mut filters = filters.iter();
    filters.all(|filter| matches!(filter, RowFilter::Equal(_)))
}

/// The fields that the filters look at.
pub(super) fn fields(filters: &[RowFilter]) -> Vec<&'static str> {
    let fields = filters.iter().flat_map(|filter| match filter {
        RowFilter::Equal(texts) => texts.iter().map(|(field, _)| *field).collect(),
        RowFilter::Test { fields, .. } => fields.to_vec(),
    });
    let mut fields: Vec<_> = fields.collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}
