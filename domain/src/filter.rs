//! Filters: which rows of a list are wanted.

use crate::problem::Violation;
use crate::value::FromText;

/// Whether a row belongs to a list.
pub type Predicate<T> = Box<dyn Fn(&T) -> bool + Send + Sync>;

/// Whether a row satisfies every predicate.
pub fn satisfies<T>(row: &T, predicates: &[Predicate<T>]) -> bool {
    predicates.iter().all(|predicate| predicate(row))
}

/// A filter of a list.
pub struct Filter<T> {
    /// The query parameter.
    pub name: &'static str,
    /// Parses its value.
    pub parse: fn(&str) -> Result<Predicate<T>, Violation>,
}

/// A predicate that compares a part of a row with a value parsed from text.
///
/// # Errors
/// Why the text is not such a value.
pub fn equals<T, V>(text: &str, part: fn(&T) -> Option<V>) -> Result<Predicate<T>, Violation>
where
    T: 'static,
    V: FromText + PartialEq + Send + Sync + 'static,
{
    let wanted = V::from_text(text)?;
    Ok(Box::new(move |row| {
        part(row).is_some_and(|value| value == wanted)
    }))
}

/// Whether one of the texts contains `wanted`, in any case.
pub fn contains(texts: &[Option<&str>], wanted_in_lower_case: &str) -> bool {
    texts
        .iter()
        .flatten()
        .any(|text| text.to_lowercase().contains(wanted_in_lower_case))
}
