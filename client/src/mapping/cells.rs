//! The values of a row by the names of their columns.

use std::borrow::Cow;

use csv::ByteRecord;
use domain::problem::quote;
use serde_json::{Map, Value};

use crate::rows::RowProblem;

/// A column of a file: of CSV by its place, of JSON by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The name in the header; in JSON, dots lead into objects.
    pub name: String,
    /// The place in the header; unused in JSON.
    pub index: usize,
}

/// What a row has in a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing, or an empty text.
    Empty,
    /// A text, or the text of a JSON number or boolean.
    Text(Cow<'a, str>),
    /// A JSON list or object.
    Json(&'a Value),
}

/// The values of a row.
#[derive(Clone, Copy)]
pub enum Cells<'a> {
    /// Of a CSV file.
    Csv(&'a ByteRecord),
    /// Of a JSON file.
    Json(&'a Map<String, Value>),
}

impl<'a> Cells<'a> {
    /// What is in a column, without white space around it if `trim`.
    ///
    /// # Errors
    /// A text that is not UTF-8.
    pub fn get(self, column: &Column, trim: bool) -> Result<Cell<'a>, RowProblem> {
        let text = match self {
            Self::Csv(record) => {
                let bytes = record.get(column.index).unwrap_or_default();
                Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| not_utf8(column, bytes))?)
            }
            Self::Json(object) => match find(object, &column.name) {
                None | Some(Value::Null) => return Ok(Cell::Empty),
                Some(Value::String(text)) => Cow::Borrowed(text.as_str()),
                Some(Value::Bool(bool)) => Cow::Borrowed(if *bool { "true" } else { "false" }),
                Some(Value::Number(number)) => Cow::Owned(number.to_string()),
                Some(nested @ (Value::Array(_) | Value::Object(_))) => {
                    return Ok(Cell::Json(nested));
                }
            },
        };
        let text = match (trim, text) {
            (false, text) => text,
            (true, Cow::Borrowed(text)) => Cow::Borrowed(text.trim()),
            (true, Cow::Owned(text)) => Cow::Owned(text.trim().to_owned()),
        };
        Ok(match text.is_empty() {
            true => Cell::Empty,
            false => Cell::Text(text),
        })
    }

    /// The text in a column; empty if there is none.
    ///
    /// # Errors
    /// A text that is not UTF-8, or a JSON list or object.
    pub fn text(self, column: &Column, trim: bool) -> Result<Cow<'a, str>, RowProblem> {
        match self.get(column, trim)? {
            Cell::Empty => Ok(Cow::Borrowed("")),
            Cell::Text(text) => Ok(text),
            Cell::Json(_) => Err(RowProblem {
                field: None,
                column: Some(column.name.clone()),
                code: "invalid_type",
                detail: "must be a text, a number or a boolean".to_owned(),
            }),
        }
    }
}

/// A member of an object by its name, or else by a path with dots.
fn find<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    find(object.get(first)?.as_object()?, rest)
}

fn not_utf8(column: &Column, bytes: &[u8]) -> RowProblem {
    let got = quote(&String::from_utf8_lossy(bytes));
    RowProblem {
        field: None,
        column: Some(column.name.clone()),
        code: "invalid_encoding",
        detail: format!("must be UTF-8, got {got}: save the file as UTF-8"),
    }
}
