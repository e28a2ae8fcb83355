//! `allocora ping`: whether the API can be reached and what the key may do.

use clap::Args;
use serde_json::Value;

use super::Failed;
use crate::api::{Api, Policy};
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::output::{Format, print};
use crate::stop::Stop;

/// How often it is tried: somebody waits for the answer.
const ATTEMPTS: u32 = 3;

/// Check the address and the key, and show what the key may do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allocora ping
  allocora --profile staging --output json ping | jq .permissions")]
pub struct Arguments {}

/// Runs the command.
pub async fn run(
    _: Arguments,
    connection: &ConnectionArguments,
    output: Format,
) -> Result<Exit, Failed> {
    let connection = connection.resolve()?;
    let policy = Policy {
        attempts: ATTEMPTS,
        is_reported: true,
        ..Policy::default()
    };
    let api = Api::new(&connection, policy, Stop::default())?;
    let answer: Value = api.get("/api/allocora/ping", &[]).await?;
    print(&match output {
        Format::Json => answer.to_string(),
        Format::Text => table(&connection.base_url, &answer),
    })?;
    Ok(Exit::Done)
}

fn table(base_url: &str, answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str().unwrap_or("never").to_owned();
    let permissions = answer["permissions"].as_array().into_iter().flatten();
    let permissions: Vec<&str> = permissions.filter_map(Value::as_str).collect();
    let rows = [
        ("address", base_url.to_owned()),
        ("workspace", text("workspace_id")),
        ("key", text("key_id")),
        ("permissions", permissions.join(", ")),
        ("expires", text("expires_at")),
    ];
    let rows = rows.map(|(name, value)| format!("{name:<12} {value}"));
    rows.join("\n")
}
