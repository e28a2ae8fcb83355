//! `allocora push --check`: reports every problem of files, offline.

mod printer;

use std::hash::Hash;
use std::path::{Path, PathBuf};

use domain::problem::quote;
use domain::revenue::Revenue;
use domain::value::{ExternalId, Metadata};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Failed;
use super::files::FileArguments;
use crate::check::{self, Records, Repeats};
use crate::exit::Exit;
use crate::kind::RecordKind;
use crate::numbers::counted;
use crate::output::{Format, Unwritable};
use crate::rows::{FileError, Row, RowProblem};
use printer::{Printer, Repeated};

/// Reads whole files and prints every problem as it is found, because there may be many. A file
/// that cannot be read to its end does not keep the others from being checked.
pub fn run(
    kind: RecordKind,
    paths: &[PathBuf],
    files: &FileArguments,
    output: Format,
) -> Result<Exit, Failed> {
    let reading = files.load()?;
    let mut check = Check {
        kind,
        printer: Printer::new(kind, output),
        repeats: Repeats::default(),
        named: 0,
    };
    let mut all = Vec::new();
    for path in paths {
        let found = check.file(path, &reading.options())?;
        check.printer.summarize(path, &found)?;
        all.push(found);
    }
    let exit = all.iter().map(Found::exit).max().unwrap_or(Exit::Done);
    check.printer.close(paths, &all, exit)?;
    Ok(exit)
}

/// A check of several files.
struct Check {
    kind: RecordKind,
    printer: Printer,
    /// The external ids of all files so far.
    repeats: Repeats,
    /// How many rows have an external id.
    named: u64,
}

/// What was found in a file.
#[derive(Default)]
struct Found {
    is_open: bool,
    rows: u64,
    rejected: u64,
    skipped: u64,
    repeated: u64,
    /// Whether some repeated rows may not be among those.
    may_miss_repeated: bool,
    without_external_id: u64,
    /// Why it was not read to its end.
    ended: Option<FileError>,
}

impl Check {
    fn file(&mut self, path: &Path, reading: &check::Options<'_>) -> Result<Found, Unwritable> {
        let mut found = Found::default();
        let mut records = match Records::open(self.kind, path, reading) {
            Ok(records) => records,
            Err(error) => {
                found.ended = Some(error);
                return Ok(found);
            }
        };
        found.is_open = true;
        self.repeats.begin_file(shown(path));
        for row in records.by_ref() {
            match row {
                Ok(row) => self.row(path, &row, &mut found)?,
                Err(error) => found.ended = Some(error),
            }
        }
        found.skipped = records.skipped();
        found.may_miss_repeated = self.repeats.is_incomplete();
        Ok(found)
    }

    fn row(&mut self, path: &Path, row: &Row, found: &mut Found) -> Result<(), Unwritable> {
        found.rows += 1;
        match &row.record {
            Ok(record) => self.accepted(path, row, record, found),
            Err(problems) => {
                found.rejected += 1;
                let mut problems = problems.iter();
                problems.try_for_each(|problem| self.printer.report(path, row.line, problem))
            }
        }
    }

    fn accepted(
        &mut self,
        path: &Path,
        row: &Row,
        record: &Map<String, Value>,
        found: &mut Found,
    ) -> Result<(), Unwritable> {
        let external_id = match &row.revenue {
            Some(revenue) => revenue.external_id.as_ref().map(ExternalId::as_str),
            None => record.get("external_id").and_then(Value::as_str),
        };
        let Some(external_id) = external_id else {
            found.without_external_id += 1;
            return Ok(());
        };
        self.named += 1;
        let (line, repeats) = (row.line, &mut self.repeats);
        let first = match &row.revenue {
            Some(revenue) => {
                let source = revenue.revenue_source_id;
                repeats.take(source, external_id, values(revenue), line)
            }
            // Every row is sent, so it is of interest even if it has the same values.
            None => repeats.take(Uuid::nil(), external_id, self.named, line),
        };
        let Some(first) = first else { return Ok(()) };
        found.repeated += 1;
        let quoted = quote(external_id);
        let detail = match self.kind {
            RecordKind::Revenues => {
                format!("{quoted} is also in {first}, with other values: only one can be stored")
            }
            RecordKind::Payees | RecordKind::Products | RecordKind::Rules => {
                format!("{quoted} is also in {first}: the later row wins")
            }
        };
        self.printer.warn(Repeated {
            file: path,
            line: row.line,
            external_id,
            first,
            detail,
        })
    }
}

impl Found {
    fn exit(&self) -> Exit {
        match (&self.ended, self.rejected) {
            (Some(error), _) if self.is_open && error.is_io => Exit::Unfinished,
            (Some(_), _) => Exit::Usage,
            (None, 0) => Exit::Done,
            (None, _) => Exit::Rejected,
        }
    }
}

/// Everything that a caller says of a revenue, but for what names it.
fn values(revenue: &Revenue) -> impl Hash {
    let metadata = Some(&revenue.metadata).filter(|metadata| **metadata != Metadata::default());
    (
        revenue.kind,
        revenue.amount.thousandths(),
        &revenue.currency,
        revenue.occurred_at.instant(),
        &revenue.external_product_identifier,
        &revenue.original_external_id,
        metadata
            .map(|metadata| serde_json::to_string(metadata).expect("texts and numbers are JSON")),
    )
}

/// The warning about revenues that a push cannot recognise.
pub fn without_external_id(rows: u64) -> String {
    let rows = counted(rows, "row");
    format!(
        "warning: {rows} without an external_id: sending them again creates them again, also with \
         --resume after a crash"
    )
}

/// A path as a text. It need not be UTF-8.
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A problem for programs.
pub fn problem_json(problem: &RowProblem) -> Value {
    json!({
        "field": problem.field,
        "column": problem.column,
        "code": problem.code,
        "detail": problem.detail,
    })
}
