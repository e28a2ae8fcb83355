//! Values of records as cells of CSV, which `docs/mapping.md` describes.

use domain::fields::Object;
use serde_json::Value;

use crate::mapping::{Field, Shape};

/// What separates the elements of a list.
const SEPARATOR: &str = ";";

/// A column of an export.
pub struct Column {
    /// The field.
    pub name: String,
    is_list: bool,
}

impl Column {
    /// The column of a field.
    pub fn of(field: &Field) -> Self {
        Self {
            name: field.name.clone(),
            is_list: field.shape == Shape::Texts,
        }
    }

    /// The column of a field with a single value.
    pub fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_list: false,
        }
    }

    /// What a record has in this column.
    pub fn cell(&self, record: &Object) -> String {
        match record.get(&self.name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(elements)) if self.is_list => list(elements),
            Some(other) => other.to_string(),
        }
    }
}

/// Texts with semicolons between them, or as JSON if that would be read as something else.
fn list(elements: &[Value]) -> String {
    let texts: Option<Vec<&str>> = elements.iter().map(Value::as_str).collect();
    let joined = texts.unwrap_or_default().join(SEPARATOR);
    let read: Vec<Value> = joined
        .split(SEPARATOR)
        .map(|text| text.trim().into())
        .collect();
    match read == elements && !joined.is_empty() && !joined.starts_with('[') {
        true => joined,
        false => Value::from(elements).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_semicolons_cannot_separate_are_json() {
        let cell = |elements: &[&str]| {
            let elements: Vec<Value> = elements.iter().map(|text| (*text).into()).collect();
            list(&elements)
        };
        assert_eq!(cell(&["pro", "eu"]), "pro;eu");
        assert_eq!(cell(&[]), "[]");
        assert_eq!(cell(&["a;b", "c"]), r#"["a;b","c"]"#);
        assert_eq!(cell(&["[a", "b"]), r#"["[a","b"]"#);
    }
}
