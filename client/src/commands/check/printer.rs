//! What a check prints.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Found, problem_json, shown, without_external_id};
use crate::check::{EXTERNAL_IDS_MAX, Place};
use crate::exit::Exit;
use crate::kind::RecordKind;
use crate::numbers::{counted, grouped};
use crate::output::{Format, Unwritable, print, print_error};
use crate::rows::RowProblem;

/// The most repeated external ids that are shown.
const REPEATED_SHOWN_MAX: usize = 20;
/// How the document of `--output json` begins.
const PROBLEMS: &str = r#"{"problems":["#;

/// A row with the external id of an earlier one.
pub(super) struct Repeated<'a> {
    pub(super) file: &'a Path,
    pub(super) line: u64,
    pub(super) external_id: &'a str,
    pub(super) first: Place,
    pub(super) detail: String,
}

/// Prints lines, or one document whose list of problems grows while files are read.
pub(super) struct Printer {
    kind: RecordKind,
    output: Format,
    problems: u64,
    warnings: Vec<Value>,
}

impl Printer {
    pub(super) fn new(kind: RecordKind, output: Format) -> Self {
        Self {
            kind,
            output,
            problems: 0,
            warnings: Vec::new(),
        }
    }

    pub(super) fn report(
        &mut self,
        path: &Path,
        line: u64,
        problem: &RowProblem,
    ) -> Result<(), Unwritable> {
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

    /// Warns of a repeated external id, unless many were shown already.
    pub(super) fn warn(&mut self, repeated: Repeated<'_>) -> Result<(), Unwritable> {
        if self.warnings.len() == REPEATED_SHOWN_MAX {
            return Ok(());
        }
        let Repeated {
            file,
            line,
            external_id,
            first,
            detail,
        } = repeated;
        let text = format!("{}:{line}: warning: {detail}", shown(file));
        self.warnings.push(json!({
            "file": shown(file),
            "line": line,
            "warning": "repeated",
            "external_id": external_id,
            "first": {"file": first.file, "line": first.line},
            "detail": detail,
        }));
        match self.output {
            Format::Text => print(&text),
            Format::Json => Ok(()),
        }
    }

    pub(super) fn summarize(&self, path: &Path, found: &Found) -> Result<(), Unwritable> {
        if let Some(error) = &found.ended {
            print_error(&format!("error: {error}"));
        }
        match self.output {
            Format::Text if found.is_open => print(&self.text(path, found)),
            Format::Text | Format::Json => Ok(()),
        }
    }

    fn text(&self, path: &Path, found: &Found) -> String {
        let rows = counted(found.rows, "row");
        let (rejected, skipped) = (grouped(found.rejected), grouped(found.skipped));
        let complete = match found.ended {
            None => "",
            Some(_) => "; not read to its end",
        };
        let mut text = format!(
            "{}: {rows}, {rejected} rejected, {skipped} left out by the map{complete}",
            shown(path)
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
        if found.may_miss_repeated {
            let most = grouped(EXTERNAL_IDS_MAX as u64);
            text += &format!("\n  note: repetitions of the first {most} external ids are found");
        }
        text
    }

    pub(super) fn close(
        self,
        paths: &[PathBuf],
        all: &[Found],
        exit: Exit,
    ) -> Result<(), Unwritable> {
        if self.output == Format::Text {
            return Ok(());
        }
        let files = paths.iter().zip(all);
        let files: Value = files.map(|(path, found)| json(path, found)).collect();
        let before = if self.problems == 0 { PROBLEMS } else { "" };
        let (warnings, exit) = (Value::Array(self.warnings), exit as u8);
        print(&format!(
            r#"{before}],"warnings":{warnings},"files":{files},"exit_code":{exit}}}"#
        ))
    }
}

fn json(path: &Path, found: &Found) -> Value {
    json!({
        "file": shown(path),
        "rows": found.rows,
        "rejected": found.rejected,
        "skipped": found.skipped,
        "repeated": found.repeated,
        "all_repeated_found": !found.may_miss_repeated,
        "without_external_id": found.without_external_id,
        "complete": found.ended.is_none(),
        "error": found.ended.as_ref().map(ToString::to_string),
    })
}
