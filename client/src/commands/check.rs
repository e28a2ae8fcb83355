//! `allocora push --check`: reports every problem of files, offline.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Failed;
use super::files::FileArguments;
use crate::check::Records;
use crate::exit::Exit;
use crate::kind::RecordKind;
use crate::numbers::counted;
use crate::output::{Format, print};
use crate::rows::RowProblem;

/// What was found in a file.
#[derive(Default)]
struct Found {
    rows: u64,
    rejected: u64,
    skipped: u64,
}

/// Reads whole files and prints every problem. A file that cannot be read to its end does not keep
/// the others from being checked.
pub fn run(
    kind: RecordKind,
    paths: &[PathBuf],
    files: &FileArguments,
    output: Format,
) -> Result<Exit, Failed> {
    let reading = files.load()?;
    let mut exit = Exit::Done;
    for path in paths {
        let file = path.display().to_string();
        let mut found = Found::default();
        let mut records = Records::open(kind, path, &reading.options())?;
        let mut ended = None;
        for row in records.by_ref() {
            match row {
                Ok(row) => {
                    found.rows += 1;
                    if let Err(problems) = &row.record {
                        found.rejected += 1;
                        let problems = problems.iter();
                        problems.for_each(|problem| report(&file, row.line, problem, output));
                    }
                }
                Err(error) => ended = Some(error),
            }
        }
        found.skipped = records.skipped();
        let worst = match (&ended, found.rejected) {
            (Some(_), _) => Exit::Unfinished,
            (None, 0) => Exit::Done,
            (None, _) => Exit::Rejected,
        };
        exit = exit.max(worst);
        if let Some(error) = &ended {
            eprintln!("error: {error}");
        }
        summarize(&file, &found, ended.is_none(), output);
    }
    Ok(exit)
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

fn summarize(file: &str, found: &Found, is_complete: bool, output: Format) {
    let Found {
        rows,
        rejected,
        skipped,
    } = found;
    print(&match output {
        Format::Text => {
            let rows = counted(*rows, "row");
            let complete = if is_complete { "" } else { "; not read to its end" };
            format!("{file}: {rows}, {rejected} rejected, {skipped} left out by the map{complete}")
        }
        Format::Json => json!({
            "file": file, "rows": rows, "rejected": rejected, "skipped": skipped, "complete": is_complete,
        })
        .to_string(),
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
