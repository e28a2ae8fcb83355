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
use crate::numbers::counted;
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
    let mut rows = Vec::new();
    for row in records.by_ref().take(arguments.rows) {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => {
                if output == Format::Text {
                    rows.iter().try_for_each(|row| print(&text(row)))?;
                }
                return Err(error.into());
            }
        }
    }
    let exit = match rows.iter().all(|row| row.record.is_ok()) {
        true => Exit::Done,
        false => Exit::Rejected,
    };
    let skipped = records.skipped();
    if output == Format::Json {
        let rows: Vec<Value> = rows.iter().map(row_json).collect();
        let document = json!({"exit_code": exit as u8, "rows": rows, "skipped": skipped});
        print(&document.to_string())?;
        return Ok(exit);
    }
    rows.iter().try_for_each(|row| print(&text(row)))?;
    let shown = counted(rows.len() as u64, "row");
    let skipped = counted(skipped, "row");
    print(&format!(
        "{shown} shown; the map left out {skipped} before the last of them"
    ))?;
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
