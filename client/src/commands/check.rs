//! `allocora push --check`: reports every problem of files, offline.

use std::hash::Hash;
use std::path::{Path, PathBuf};

use domain::problem::quote;
use domain::revenue::Revenue;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Failed;
use super::files::FileArguments;
use crate::check::{self, EXTERNAL_IDS_MAX, Place, Records, Repeats};
use crate::exit::Exit;
use crate::kind::RecordKind;
use crate::numbers::{counted, grouped};
use crate::output::{Format, print};
use crate::rows::{FileError, Row, RowProblem};

/// The most repeated external ids that are shown.
const REPEATED_SHOWN_MAX: u64 = 20;

/// Reads whole files and prints every problem. A file that cannot be read to its end does not keep
/// the others from being checked.
pub fn run(
    kind: RecordKind,
    paths: &[PathBuf],
    files: &FileArguments,
    output: Format,
) -> Result<Exit, Failed> {
    let reading = files.load()?;
    let mut check = Check {
        kind,
        output,
        repeats: Repeats::default(),
        named: 0,
        shown: 0,
    };
    let mut exit = Exit::Done;
    for path in paths {
        exit = exit.max(check.file(path, &reading.options())?);
    }
    Ok(exit)
}

/// A check of several files.
struct Check {
    kind: RecordKind,
    output: Format,
    /// The external ids of all files so far.
    repeats: Repeats,
    /// How many rows have an external id.
    named: u64,
    /// How many repeated external ids were shown.
    shown: u64,
}

/// What was found in a file.
#[derive(Default)]
struct Found {
    rows: u64,
    rejected: u64,
    skipped: u64,
    repeated: u64,
    without_external_id: u64,
    ended: Option<FileError>,
}

impl Check {
    fn file(&mut self, path: &Path, reading: &check::Options<'_>) -> Result<Exit, FileError> {
        let file = path.display().to_string();
        let mut found = Found::default();
        let mut records = Records::open(self.kind, path, reading)?;
        self.repeats.begin_file(file.clone());
        for row in records.by_ref() {
            match row {
                Ok(row) => self.row(&file, &row, &mut found),
                Err(error) => found.ended = Some(error),
            }
        }
        found.skipped = records.skipped();
        if let Some(error) = &found.ended {
            eprintln!("error: {error}");
        }
        print(&match self.output {
            Format::Text => self.summary(&file, &found),
            Format::Json => self.summary_json(&file, &found).to_string(),
        });
        Ok(match (&found.ended, found.rejected) {
            (Some(error), _) if error.is_io => Exit::Unfinished,
            (Some(_), _) => Exit::Usage,
            (None, 0) => Exit::Done,
            (None, _) => Exit::Rejected,
        })
    }

    fn row(&mut self, file: &str, row: &Row, found: &mut Found) {
        found.rows += 1;
        match &row.record {
            Ok(record) => self.accepted(file, row, record, found),
            Err(problems) => {
                found.rejected += 1;
                let problems = problems.iter();
                problems.for_each(|problem| report(file, row.line, problem, self.output));
            }
        }
    }

    fn accepted(&mut self, file: &str, row: &Row, record: &Map<String, Value>, found: &mut Found) {
        let Some(external_id) = record.get("external_id").and_then(Value::as_str) else {
            found.without_external_id += 1;
            return;
        };
        self.named += 1;
        let first = match &row.revenue {
            Some(revenue) => {
                let source = revenue.revenue_source_id;
                let values = values(revenue);
                self.repeats.take(source, external_id, values, row.line)
            }
            // Every row is sent, so it is of interest even if it has the same values.
            None => self
                .repeats
                .take(Uuid::nil(), external_id, self.named, row.line),
        };
        let Some(first) = first else { return };
        found.repeated += 1;
        if self.shown < REPEATED_SHOWN_MAX {
            self.shown += 1;
            self.report_repeated(file, row.line, external_id, &first);
        }
    }

    fn report_repeated(&self, file: &str, line: u64, external_id: &str, first: &Place) {
        let quoted = quote(external_id);
        let detail = match self.kind {
            RecordKind::Revenues => {
                format!("{quoted} is also in {first}, with other values: only one can be stored")
            }
            RecordKind::Payees | RecordKind::Products | RecordKind::Rules => {
                format!("{quoted} is also in {first}: the later row wins")
            }
        };
        print(&match self.output {
            Format::Text => format!("{file}:{line}: warning: {detail}"),
            Format::Json => json!({
                "file": file,
                "line": line,
                "warning": "repeated",
                "external_id": external_id,
                "first": {"file": first.file, "line": first.line},
                "detail": detail,
            })
            .to_string(),
        });
    }

    fn summary(&self, file: &str, found: &Found) -> String {
        let rows = counted(found.rows, "row");
        let complete = match found.ended {
            None => "",
            Some(_) => "; not read to its end",
        };
        let mut text = format!(
            "{file}: {rows}, {} rejected, {} left out by the map{complete}",
            found.rejected, found.skipped,
        );
        if found.repeated > 0 {
            let rows = counted(found.repeated, "row");
            let values = match self.kind {
                RecordKind::Revenues => ", with other values",
                RecordKind::Payees | RecordKind::Products | RecordKind::Rules => "",
            };
            text += &format!("\n  warning: {rows} with the external_id of an earlier row{values}");
        }
        if found.without_external_id > 0 {
            text += &format!("\n  {}", without_external_id(found.without_external_id));
        }
        if self.repeats.is_incomplete() {
            let most = grouped(EXTERNAL_IDS_MAX as u64);
            text += &format!("\n  note: repetitions of the first {most} external ids are found");
        }
        text
    }

    fn summary_json(&self, file: &str, found: &Found) -> Value {
        json!({
            "file": file,
            "rows": found.rows,
            "rejected": found.rejected,
            "skipped": found.skipped,
            "repeated": found.repeated,
            "all_repeated_found": !self.repeats.is_incomplete(),
            "without_external_id": found.without_external_id,
            "complete": found.ended.is_none(),
        })
    }
}

/// Everything that a caller says of a revenue, but for what names it.
fn values(revenue: &Revenue) -> impl Hash {
    (
        revenue.kind,
        revenue.amount.thousandths(),
        &revenue.currency,
        revenue.occurred_at.instant(),
        &revenue.external_product_identifier,
        &revenue.original_external_id,
        serde_json::to_string(&revenue.metadata).expect("texts and numbers are JSON"),
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

fn report(file: &str, line: u64, problem: &RowProblem, output: Format) {
    print(&match output {
        Format::Text => format!("{file}:{line}: {problem}"),
        Format::Json => {
            let mut json = problem_json(problem);
            json["file"] = file.into();
            json["line"] = line.into();
            json.to_string()
        }
    });
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
