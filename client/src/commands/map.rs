//! `allocora map`: prints what the first rows of a file become.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::Failed;
use super::check::problem_json;
use super::files::FileArguments;
use crate::check::Records;
use crate::exit::Exit;
use crate::kind::RecordKind;
use crate::output::{Format, print};
use crate::rows::Row;

/// Print what the first rows of a file become, to rehearse a map: each as the record that would be
/// sent, or with the reasons why it is rejected.
///
/// Nothing is sent: it needs no key and no network.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allocora map revenues --map shop.toml --sample orders.csv
  allocora map revenues --preset stripe-balance --sample may.csv --rows 3")]
pub struct Arguments {
    /// What the rows become.
    kind: RecordKind,
    /// The file.
    #[arg(long, value_name = "FILE")]
    sample: PathBuf,
    /// How many rows.
    #[arg(long, value_name = "N", default_value_t = 10)]
    rows: usize,
    #[command(flatten)]
    files: FileArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, output: Format) -> Result<Exit, Failed> {
    let reading = arguments.files.load()?;
    let mut records = Records::open(arguments.kind, &arguments.sample, &reading.options())?;
    let mut exit = Exit::Done;
    let mut shown = 0;
    for row in records.by_ref().take(arguments.rows) {
        let row = row?;
        if row.record.is_err() {
            exit = Exit::Rejected;
        }
        shown += 1;
        print(&match output {
            Format::Text => text(&row),
            Format::Json => row_json(&row).to_string(),
        });
    }
    if output == Format::Text {
        let skipped = records.skipped();
        print(&format!(
            "{shown} rows shown; the map left out {skipped} before the last of them"
        ));
    }
    Ok(exit)
}

fn text(row: &Row) -> String {
    let line = row.line;
    match &row.record {
        Ok(record) => {
            let record = Value::Object(record.clone());
            format!("line {line}: {record:#}")
        }
        Err(problems) => {
            let mut lines = vec![format!("line {line}: rejected")];
            lines.extend(problems.iter().map(|problem| format!("  {problem}")));
            lines.join("\n")
        }
    }
}

fn row_json(row: &Row) -> Value {
    match &row.record {
        Ok(record) => json!({"line": row.line, "record": record}),
        Err(problems) => {
            let problems: Vec<_> = problems.iter().map(problem_json).collect();
            json!({"line": row.line, "problems": problems})
        }
    }
}
