//! The rows of a file, one after another in constant memory.

mod csv;
mod format;
mod input;
mod json;
mod ndjson;
mod rejects;

use std::fmt;

use ::csv::ByteRecord;
use domain::problem::{Problem, quote};
use domain::revenue::Revenue;
use serde_json::{Map, Value};

pub use format::{Format, Layout, is_delimiter};
pub use input::{FileError, Input, STANDARD_INPUT};
pub use rejects::{REJECTED_COLUMNS, RejectWriter};

/// The most bytes of one record of a file: no request of the API is larger.
pub const ROW_BYTES_MAX: u64 = 1024 * 1024;

/// A record of a file with its place.
#[derive(Debug)]
pub struct Row {
    /// Its first line in the file, from 1.
    pub line: u64,
    /// What was read, to be written to a reject file.
    pub original: Original,
    /// The record as the API accepts it, or every reason why it does not.
    pub record: Result<Map<String, Value>, Vec<RowProblem>>,
    /// What the record says, if it is a revenue. Its id and the time of its creation are not known,
    /// and without a source it has the nil one.
    pub revenue: Option<Revenue>,
}

/// What was read of a row, exactly.
#[derive(Clone, Debug, PartialEq)]
pub enum Original {
    /// The cells of a CSV file.
    Csv(ByteRecord),
    /// The text of a JSON value.
    Json(Vec<u8>),
}

impl Original {
    /// How many bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Csv(cells) => cells.as_slice().len() + cells.len() * size_of::<usize>(),
            Self::Json(text) => text.len(),
        }
    }
}

/// Why a row is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The field, as the API names it: a JSON pointer such as `#/amount`.
    pub field: Option<String>,
    /// The column that the field is made of; several are separated by commas.
    pub column: Option<String>,
    /// For programs: a field code of the API, or one of those in `docs/mapping.md`.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

impl RowProblem {
    /// A problem with the row as a whole.
    pub fn of_row(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            field: None,
            column: None,
            code,
            detail: detail.into(),
        }
    }

    /// How many bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        size_of::<Self>() + length(&self.field) + length(&self.column) + self.detail.len()
    }
}

impl fmt::Display for RowProblem {
    /// As in `#/amount (column "Betrag") invalid_format: must be …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field} ")?;
        }
        if let Some(column) = &self.column {
            write!(f, "(column {}) ", quote(column))?;
        }
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl From<&Problem> for RowProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            field: Some(problem.pointer.clone()),
            column: None,
            code: problem.code.into(),
            detail: problem.detail.clone(),
        }
    }
}

/// A row before its columns are mapped.
#[derive(Debug)]
pub struct RawRow {
    /// Its first line in the file, from 1.
    pub line: u64,
    /// What was read.
    pub original: Original,
    /// Why it cannot be mapped, if it cannot.
    pub problem: Option<RowProblem>,
}

/// Reads the rows of a file of any format.
pub enum Reader {
    /// Rows with a header.
    Csv(csv::CsvReader),
    /// A document with a list of records.
    Json(json::JsonReader),
    /// One JSON value on each line.
    Ndjson(ndjson::NdjsonReader),
}

impl Reader {
    /// Reads `input`, whose format is detected where `layout` does not say it.
    ///
    /// # Errors
    /// What is wrong with the file as a whole, such as its header.
    pub fn new(input: Input, layout: &Layout) -> Result<Self, FileError> {
        Ok(match layout.format_of(&input)? {
            Format::Csv => Self::Csv(csv::CsvReader::new(input, layout)?),
            Format::Json => Self::Json(json::JsonReader::new(input)?),
            Format::Ndjson => Self::Ndjson(ndjson::NdjsonReader::new(input)),
        })
    }

    /// The names of the columns of a CSV file; `None` if rows are JSON.
    pub fn header(&self) -> Option<&[String]> {
        match self {
            Self::Csv(reader) => reader.header(),
            Self::Json(_) | Self::Ndjson(_) => None,
        }
    }
}

impl Iterator for Reader {
    type Item = Result<RawRow, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(reader) => reader.next(),
            Self::Json(reader) => reader.next(),
            Self::Ndjson(reader) => reader.next(),
        }
    }
}
