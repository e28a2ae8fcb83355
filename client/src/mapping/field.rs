//! One field of the records: where its value comes from, and what it becomes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::problem::quote;
use serde_json::{Map, Value};

use super::cells::{Cell, Cells, Column};
use super::convert::{Context, Convert};
use super::file::Empty;
use crate::rows::RowProblem;

/// A field of the records that rows become.
#[derive(Clone, Debug)]
pub struct FieldPlan {
    /// Its names from the outside in: one, or two and more within an object.
    pub path: Vec<String>,
    /// Its JSON pointer, as the API writes it.
    pub pointer: String,
    /// Where its value comes from.
    pub source: Source,
    /// The rows that have it; all by default.
    pub when: Option<Condition>,
    /// The value of each text; every text is its own value by default.
    pub values: Option<BTreeMap<String, Value>>,
    /// The value of every text that `values` does not have.
    pub other: Option<Value>,
    /// The value of an empty cell.
    pub default: Option<Value>,
    /// What an empty cell means, without a `default`.
    pub empty: Empty,
    /// How a text becomes a value.
    pub convert: Convert,
}

/// Where the value of a field comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A column.
    Column(Column),
    /// Texts and columns, one after another.
    Template(Vec<Part>),
    /// The same for every row.
    Value(Value),
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum Part {
    /// A fixed text.
    Text(String),
    /// What a column has.
    Column {
        /// The column.
        column: Column,
        /// Whether it may be empty.
        is_optional: bool,
    },
}

/// Rows with one of these values in a column, or with any other value.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The column.
    pub column: Column,
    /// The values.
    pub values: Vec<String>,
    /// Whether the value must be one of them, or must not be.
    pub is_one: bool,
}

impl Condition {
    /// Whether it holds for a row.
    ///
    /// # Errors
    /// A cell that is not a text.
    pub fn holds(&self, cells: Cells<'_>, trim: bool) -> Result<bool, RowProblem> {
        let text = cells.text(&self.column, trim)?;
        let is_listed = self.values.iter().any(|value| *value == text);
        Ok(is_listed == self.is_one)
    }
}

impl FieldPlan {
    /// The names of the columns that it is made of; `None` if there are none.
    pub fn columns(&self) -> Option<String> {
        match &self.source {
            Source::Column(column) => Some(column.name.clone()),
            Source::Value(_) => None,
            Source::Template(parts) => {
                let names = parts.iter().filter_map(|part| match part {
                    Part::Text(_) => None,
                    Part::Column { column, .. } => Some(&*column.name),
                });
                Some(names.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Puts the value of a row into a record.
    ///
    /// # Errors
    /// Why the row has no value.
    pub fn apply(
        &self,
        cells: Cells<'_>,
        trim: bool,
        currency: Option<&str>,
        record: &mut Map<String, Value>,
    ) -> Result<(), RowProblem> {
        let value = self.value(cells, trim, currency, record);
        let (value, problem) = match value {
            Ok(value) => (value, None),
            Err(problem) => (None, Some(problem)),
        };
        put(record, &self.path, value);
        problem.map_or(Ok(()), Err)
    }

    fn value(
        &self,
        cells: Cells<'_>,
        trim: bool,
        currency: Option<&str>,
        record: &Map<String, Value>,
    ) -> Result<Option<Value>, RowProblem> {
        if let Some(when) = &self.when
            && !when
                .holds(cells, trim)
                .map_err(|problem| self.place(problem))?
        {
            return Ok(None);
        }
        let cell = match &self.source {
            Source::Value(value) => return Ok(Some(value.clone())),
            Source::Column(column) => cells
                .get(column, trim)
                .map_err(|problem| self.place(problem))?,
            Source::Template(parts) => self.filled(parts, cells, trim)?,
        };
        if let Some(value) = self.listed(&cell)? {
            return Ok(Some(value));
        }
        if cell == Cell::Empty {
            return self.empty();
        }
        let text = |name: Option<&str>| record.get(name?)?.as_str();
        let context = match &self.convert {
            Convert::Number(_) => Context {
                currency: text(currency),
                kind: text(Some("type")),
            },
            _ => Context::default(),
        };
        let value = self.convert.value(cell, context);
        value
            .map(Some)
            .map_err(|(code, detail)| self.refuse(code, detail))
    }

    fn empty(&self) -> Result<Option<Value>, RowProblem> {
        if let Some(default) = &self.default {
            return Ok(Some(default.clone()));
        }
        match self.empty {
            Empty::Omit => Ok(None),
            Empty::Null => Ok(Some(Value::Null)),
            Empty::Reject => Err(self.refuse("required", "must not be empty")),
        }
    }

    /// The value that the map gives to a text.
    fn listed(&self, cell: &Cell<'_>) -> Result<Option<Value>, RowProblem> {
        let Some(values) = &self.values else {
            return Ok(None);
        };
        let text = match cell {
            Cell::Empty => "",
            Cell::Text(text) => text,
            Cell::Json(_) => return Err(self.refuse("invalid_type", "must be a single value")),
        };
        if let Some(value) = values.get(text) {
            return Ok(Some(value.clone()));
        }
        if text.is_empty() {
            return Ok(None);
        }
        if let Some(other) = &self.other {
            return Ok(Some(other.clone()));
        }
        let known: Vec<_> = values.keys().map(|key| quote(key)).collect();
        let detail = format!("must be one of {}, got {}", known.join(", "), quote(text));
        Err(self.refuse("invalid_value", detail))
    }

    /// The template with the values of a row; empty if all of its columns are.
    fn filled<'a>(
        &self,
        parts: &[Part],
        cells: Cells<'_>,
        trim: bool,
    ) -> Result<Cell<'a>, RowProblem> {
        let mut filled = String::new();
        let mut missing = None;
        let mut has_value = false;
        for part in parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Column {
                    column,
                    is_optional,
                } => {
                    let text = cells
                        .text(column, trim)
                        .map_err(|problem| self.place(problem))?;
                    has_value |= !text.is_empty();
                    if text.is_empty() && !is_optional {
                        missing = missing.or(Some(&column.name));
                    }
                    filled.push_str(&text);
                }
            }
        }
        match missing {
            _ if !has_value => Ok(Cell::Empty),
            Some(name) => {
                let detail = format!("column {} must not be empty", quote(name));
                Err(self.refuse("required", detail))
            }
            None => Ok(Cell::Text(Cow::Owned(filled))),
        }
    }

    fn refuse(&self, code: &'static str, detail: impl Into<String>) -> RowProblem {
        RowProblem {
            field: Some(self.pointer.clone()),
            column: self.columns(),
            code,
            detail: detail.into(),
        }
    }

    fn place(&self, problem: RowProblem) -> RowProblem {
        RowProblem {
            field: Some(self.pointer.clone()),
            ..problem
        }
    }
}

/// Puts a value at its place. Objects on the way are made even for nothing: a record has a whole
/// object or none, so that an empty column clears a key.
fn put(record: &mut Map<String, Value>, path: &[String], value: Option<Value>) {
    match path {
        [] => {}
        [name] => {
            if let Some(value) = value {
                record.insert(name.clone(), value);
            }
        }
        [name, rest @ ..] => {
            let object = record
                .entry(name.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(object) = object {
                put(object, rest, value);
            }
        }
    }
}
