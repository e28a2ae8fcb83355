//! Filters: which rows of a list are wanted.

use schemars::JsonSchema;

use crate::characters::lower_case;
use crate::problem::Violation;
use crate::value::{FromText, StringEnum};

/// Which rows belong to a list, judged by some of their fields.
pub enum Filter<R> {
    /// Those that have these texts in these fields, as they are stored. The table looks for them,
    /// so that others are not transferred.
    Equal(Vec<FieldText>),
    /// Those that satisfy a condition.
    Test {
        /// The fields that it looks at. It is shown rows that have no others, wherever these come
        /// from, so that one that looks at a field which is missing here never works.
        fields: &'static [&'static str],
        /// Whether a row belongs to the list.
        satisfies: Predicate<R>,
    },
}

/// The name of a field that every row has, and a text that it may hold.
pub type FieldText = (&'static str, String);

/// A condition on a row.
pub type Predicate<R> = Box<dyn Fn(&R) -> bool + Send + Sync>;

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

    /// The filter that a parameter asks for: rows that have its value in the field of that name.
    fn choice<R, T: StringEnum>(
        &mut self,
        name: &'static str,
        description: &'static str,
    ) -> Option<Filter<R>> {
        let wanted = self.take(name, description, T::from_text)?;
        Some(Filter::Equal(vec![(name, wanted.name().to_owned())]))
    }

    /// The filter that a parameter asks for: rows whose `fields` satisfy its value.
    fn filter<R: 'static, T>(
        &mut self,
        name: &'static str,
        description: &'static str,
        fields: &'static [&'static str],
        satisfies: fn(&R, &T) -> bool,
    ) -> Option<Filter<R>>
    where
        T: FromText + JsonSchema + Send + Sync + 'static,
    {
        let wanted = self.take(name, description, T::from_text)?;
        Some(Filter::Test {
            fields,
            satisfies: Box::new(move |row| satisfies(row, &wanted)),
        })
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
