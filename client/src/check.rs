//! The records of a file, validated offline with the server's own types.
//!
//! A record that passes is refused by the API only for what depends on the workspace: references
//! that do not exist, a category that is no option, an external id that names another record.

mod revenue;
mod upsert;

mod repeats;

use std::path::Path;

use domain::problem::Problems;
use domain::revenue::Revenue;
use domain::upsert::UpsertMode;
use serde_json::{Map, Value};

pub use repeats::{EXTERNAL_IDS_MAX, Place, Repeats};

use crate::kind::RecordKind;
use crate::mapping::{Mapped, Mapping, Plan};
use crate::rows::{FileError, Input, Layout, RawRow, Reader, Row, RowProblem};

/// How a file is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// How its columns become fields; without a map, they are fields.
    pub map: Option<&'a Mapping>,
    /// What it looks like; where this says nothing, the map does.
    pub layout: Option<&'a Layout>,
    /// What is done with payees, products and rules that do not say it themselves.
    pub operation: UpsertMode,
}

/// The rows of a file, each with its record or with every problem that it has.
pub struct Records {
    reader: Reader,
    plan: Plan,
    kind: RecordKind,
    operation: UpsertMode,
    skipped: u64,
}

impl Records {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// What is wrong with the file as a whole, or with its map.
    pub fn open(kind: RecordKind, path: &Path, options: &Options<'_>) -> Result<Self, FileError> {
        Self::read(kind, Input::open(path)?, options)
    }

    /// Reads what is open already.
    ///
    /// # Errors
    /// What is wrong with the file as a whole, or with its map.
    pub fn read(kind: RecordKind, input: Input, options: &Options<'_>) -> Result<Self, FileError> {
        let mut layout = options
            .map
            .map(Mapping::layout)
            .transpose()?
            .unwrap_or_default();
        if let Some(given) = options.layout {
            layout.format = given.format.or(layout.format);
            layout.delimiter = given.delimiter.or(layout.delimiter);
        }
        let file = input.name.clone();
        let reader = Reader::new(input, &layout)?;
        let plan = match options.map {
            Some(map) => map.plan(kind, reader.header())?,
            None => Plan::plain(kind, reader.header()).map_err(|detail| FileError {
                file,
                line: None,
                detail,
                is_io: false,
            })?,
        };
        Ok(Self {
            reader,
            plan,
            kind,
            operation: options.operation,
            skipped: 0,
        })
    }

    /// The names of the columns, for a reject file; `None` if rows are JSON.
    pub fn header(&self) -> Option<&[String]> {
        self.reader.header()
    }

    /// How many rows the map has left out so far.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The row with its record; `None` if the map leaves it out.
    fn row(&self, raw: RawRow) -> Option<Row> {
        let RawRow {
            line,
            original,
            problem,
        } = raw;
        let (record, revenue) = match problem {
            Some(problem) => (Err(vec![problem]), None),
            None => match self.plan.apply(&original) {
                Mapped::Skipped => return None,
                Mapped::Unreadable(problems) => (Err(problems), None),
                Mapped::Record(record, problems) => self.checked(record, problems),
            },
        };
        Some(Row {
            line,
            original,
            record,
            revenue,
        })
    }

    /// The record, if neither its cells nor its fields have problems.
    fn checked(&self, record: Map<String, Value>, mut problems: Vec<RowProblem>) -> Checked {
        let (found, revenue) = validated(self.kind, &record, self.operation);
        if problems.is_empty() && found.is_empty() {
            return (Ok(record), revenue);
        }
        // A field without a value that could be read is not also a field that is missing.
        let failed: Vec<_> = problems
            .iter()
            .filter_map(|problem| problem.field.clone())
            .collect();
        for problem in found.as_slice() {
            if !failed.contains(&problem.pointer) {
                problems.push(RowProblem {
                    column: self.plan.columns_of(&problem.pointer),
                    ..RowProblem::from(problem)
                });
            }
        }
        (Err(problems), None)
    }
}

/// A record or its problems, and what it says if it is a revenue without problems.
type Checked = (Result<Map<String, Value>, Vec<RowProblem>>, Option<Revenue>);

impl Iterator for Records {
    type Item = Result<Row, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.reader.next()? {
                Err(error) => return Some(Err(error)),
                Ok(raw) => match self.row(raw) {
                    Some(row) => return Some(Ok(row)),
                    None => self.skipped += 1,
                },
            }
        }
    }
}

/// Every problem that the API would find in a record without looking anything up.
pub fn problems_of(
    kind: RecordKind,
    record: &Map<String, Value>,
    operation: UpsertMode,
) -> Problems {
    validated(kind, record, operation).0
}

fn validated(
    kind: RecordKind,
    record: &Map<String, Value>,
    operation: UpsertMode,
) -> (Problems, Option<Revenue>) {
    use domain::{payee::Payee, product::Product, rule::Rule};
    match kind {
        RecordKind::Payees => (upsert::problems::<Payee>(record, operation), None),
        RecordKind::Products => (upsert::problems::<Product>(record, operation), None),
        RecordKind::Rules => (upsert::problems::<Rule>(record, operation), None),
        RecordKind::Revenues => {
            let (revenue, problems) = revenue::read(record);
            (problems, Some(revenue))
        }
    }
}
