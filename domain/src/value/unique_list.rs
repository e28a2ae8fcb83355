//! Lists with a limit and without duplicates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FromJson, wrong_type};
use crate::problem::{Code, ErrorSink};

/// At most `MAX` different values, in the order they were sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, rename = "{T}List{MAX}", extend("uniqueItems" = true, "maxItems" = MAX))]
pub struct UniqueList<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for UniqueList<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> std::ops::Deref for UniqueList<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: FromJson + PartialEq, const MAX: usize> FromJson for UniqueList<T, MAX> {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        let values = each_with(json, 0, MAX, errors, T::from_json)?;
        let mut unique = true;
        for (index, value) in values
            .iter()
            .enumerate()
            .filter(|(_, value)| value.is_some())
        {
            if let Some(first) = values[..index].iter().position(|earlier| earlier == value) {
                errors.at(index).add(
                    Code::Duplicate,
                    format!("duplicates the value at index {first}"),
                );
                unique = false;
            }
        }
        values
            .into_iter()
            .collect::<Option<_>>()
            .filter(|_| unique)
            .map(Self)
    }
}

/// Reads a JSON list of `min` to `max` elements and reports the problems of every element; an
/// element that cannot be read is `None`.
pub fn each_with<T>(
    json: &Value,
    min: usize,
    max: usize,
    errors: &mut ErrorSink<'_>,
    read: impl Fn(&Value, &mut ErrorSink<'_>) -> Option<T>,
) -> Option<Vec<Option<T>>> {
    let elements = errors.take(json.as_array().ok_or_else(|| wrong_type("a list", json)))?;
    if elements.len() < min {
        errors.add(
            Code::TooFew,
            format!("must have at least {min} element, got {}", elements.len()),
        );
        return None;
    }
    if elements.len() > max {
        errors.add(
            Code::TooMany,
            format!("must have at most {max} elements, got {}", elements.len()),
        );
        return None;
    }
    Some(
        elements
            .iter()
            .enumerate()
            .map(|(index, element)| read(element, &mut errors.at(index)))
            .collect(),
    )
}
