//! Filters: which rows of a list are wanted.

use crate::characters::lower_case;
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

/// A text that is searched for, in any case.
pub struct Search(String);

impl Search {
    /// The search for a text.
    pub fn new(text: &str) -> Self {
        Self(lower_case(text))
    }

    /// Whether one of the texts contains it.
    pub fn finds(&self, texts: &[Option<&str>]) -> bool {
        let mut texts = texts.iter().flatten();
        texts.any(|text| lower_case(text).contains(&self.0))
    }
}
