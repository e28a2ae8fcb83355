//! `allocora payouts`: who is owed what, and why.

mod explain;
mod explain_text;
mod preview;
mod preview_text;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::Failed;
use crate::api::Policy;
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::output::Format;

/// Compute who is owed what, and why.
///
/// Both commands only read, with the permission read:payouts.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Preview(preview::Arguments),
    Explain(explain::Arguments),
}

/// Runs the command.
pub async fn run(
    arguments: Arguments,
    connection: &ConnectionArguments,
    output: Format,
) -> Result<Exit, Failed> {
    match arguments.command {
        Command::Preview(arguments) => preview::run(arguments, connection, output).await,
        Command::Explain(arguments) => explain::run(arguments, connection, output).await,
    }
}

/// Requests with the usual repetitions, which are reported.
fn reported() -> Policy {
    Policy {
        is_reported: true,
        ..Policy::default()
    }
}

/// A value of an answer for people: a text without quotation marks, nothing for null.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The elements of a list in an answer.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A title with a table below it; nothing if the table has no rows.
fn section(title: &str, table: &crate::table::Table) -> Vec<String> {
    if table.is_empty() {
        return Vec::new();
    }
    let rows = table.lines().into_iter().map(|line| format!("  {line}"));
    [String::new(), format!("{title}:")]
        .into_iter()
        .chain(rows)
        .collect()
}
