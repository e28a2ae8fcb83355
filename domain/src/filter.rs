//! Filters: which rows of a list are wanted.

use schemars::JsonSchema;

use crate::characters::lower_case;
use crate::problem::Violation;
use crate::value::FromText;

/// Whether a row belongs to a list.
pub type Predicate<T> = Box<dyn Fn(&T) -> bool + Send + Sync>;

/// Whether a row satisfies every predicate.
pub fn satisfies<T>(row: &T, predicates: &[Predicate<T>]) -> bool {
    predicates.iter().all(|predicate| predicate(row))
}

/// Takes the parameters of a query one by one: reads them, or describes them.
pub trait QueryReader {
    /// The value of a parameter, as `read` parses it; `None` if it is absent or cannot be parsed.
    /// The schema of `T` says what is accepted.
    fn take<T: JsonSchema>(
        &mut self,
        name: &'static str,
        description: &'static str,
        read: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T>;

    /// The filter that a parameter asks for: rows that `satisfy` its value.
    fn filter<R: 'static, T>(
        &mut self,
        name: &'static str,
        description: &'static str,
        satisfies: fn(&R, &T) -> bool,
    ) -> Option<Predicate<R>>
    where
        T: FromText + JsonSchema + Send + Sync + 'static,
    {
        let wanted = self.take(name, description, T::from_text)?;
        Some(Box::new(move |row| satisfies(row, &wanted)))
    }
}

/// A text that is searched for, in any case.
#[derive(JsonSchema)]
#[schemars(inline)]
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
