//! `allocora push --check`: reports every problem of files, offline.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Failed;
use super::files::FileArguments;
use crate::check::{Options, Records};
use crate::exit::Exit;
use crate::kind::RecordKind;
use crate::numbers::{counted, grouped};
use crate::output::{Format, Unwritable, print, print_error};
use crate::rows::{FileError, RowProblem};

/// How the document of `--output json` begins.
const PROBLEMS: &str = r#"{"problems":["#;

/// What was found in a file.
#[derive(Default)]
struct Found {
    rows: u64,
    rejected: u64,
    skipped: u64,
    /// Why it was not read to its end, and what that means for a scheduler.
    ended: Option<(FileError, Exit)>,
}

/// Reads whole files and prints every problem as it is found, because there may be many. A file
/// that cannot be read to its end does not keep the others from being checked.
pub fn run(
    kind: RecordKind,
    paths: &[PathBuf],
    files: &FileArguments,
    output: Format,
) -> Result<Exit, Failed> {
    let reading = files.load()?;
    let mut printer = Printer {
        output,
        problems: 0,
    };
    let mut all = Vec::new();
    for path in paths {
        let found = check(kind, path, &reading.options(), &mut printer)?;
        printer.summarize(path, &found)?;
        all.push(found);
    }
    let exit = all.iter().map(Found::exit).max().unwrap_or(Exit::Done);
    printer.close(paths, &all, exit)?;
    Ok(exit)
}

fn check(
    kind: RecordKind,
    path: &Path,
    options: &Options<'_>,
    printer: &mut Printer,
) -> Result<Found, Unwritable> {
    let mut found = Found::default();
    let mut records = match Records::open(kind, path, options) {
        Ok(records) => records,
        Err(error) => {
            found.ended = Some((error, Exit::Usage));
            return Ok(found);
        }
    };
    for row in records.by_ref() {
        match row {
            Ok(row) => {
                found.rows += 1;
                if let Err(problems) = &row.record {
                    found.rejected += 1;
                    let mut problems = problems.iter();
                    problems.try_for_each(|problem| printer.report(path, row.line, problem))?;
                }
            }
            Err(error) => found.ended = Some((error, Exit::Unfinished)),
        }
    }
    found.skipped = records.skipped();
    Ok(found)
}

impl Found {
    fn exit(&self) -> Exit {
        match (&self.ended, self.rejected) {
            (Some((_, exit)), _) => *exit,
            (None, 0) => Exit::Done,
            (None, _) => Exit::Rejected,
        }
    }

    fn json(&self, path: &Path) -> Value {
        json!({
            "file": shown(path),
            "rows": self.rows,
            "rejected": self.rejected,
            "skipped": self.skipped,
            "complete": self.ended.is_none(),
            "error": self.ended.as_ref().map(|(error, _)| error.to_string()),
        })
    }
}

/// Prints lines, or one document whose list of problems grows while files are read.
struct Printer {
    output: Format,
    problems: u64,
}

impl Printer {
    fn report(&mut self, path: &Path, line: u64, problem: &RowProblem) -> Result<(), Unwritable> {
        self.problems += 1;
        print(&match self.output {
            Format::Text => format!("{}:{line}: {problem}", shown(path)),
            Format::Json => {
                let mut json = problem_json(problem);
                json["file"] = shown(path).into();
                json["line"] = line.into();
                let before = if self.problems == 1 { PROBLEMS } else { "," };
                format!("{before}{json}")
            }
        })
    }

    fn summarize(&self, path: &Path, found: &Found) -> Result<(), Unwritable> {
        if let Some((error, _)) = &found.ended {
            print_error(&format!("error: {error}"));
        }
        let was_opened = found.exit() != Exit::Usage;
        if self.output == Format::Json || !was_opened {
            return Ok(());
        }
        let rows = counted(found.rows, "row");
        let (rejected, skipped) = (grouped(found.rejected), grouped(found.skipped));
        let complete = match found.ended {
            None => "",
            Some(_) => "; not read to its end",
        };
        print(&format!(
            "{}: {rows}, {rejected} rejected, {skipped} left out by the map{complete}",
            shown(path)
        ))
    }

    fn close(self, paths: &[PathBuf], all: &[Found], exit: Exit) -> Result<(), Unwritable> {
        if self.output == Format::Text {
            return Ok(());
        }
        let files = paths.iter().zip(all);
        let files: Value = files.map(|(path, found)| found.json(path)).collect();
        let before = if self.problems == 0 { PROBLEMS } else { "" };
        let exit = exit as u8;
        print(&format!(
            r#"{before}],"files":{files},"exit_code":{exit}}}"#
        ))
    }
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
