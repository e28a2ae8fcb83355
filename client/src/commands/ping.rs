//! `allocora ping`: whether the API can be reached and what the key may do.

use clap::Args;

use super::Failed;
use crate::api::{Api, Ping, Policy};
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
    let ping = api.ping().await?;
    print(&match output {
        Format::Json => serde_json::to_string(&ping).expect("it was JSON before"),
        Format::Text => table(&connection.base_url, ping),
    })?;
    Ok(Exit::Done)
}

fn table(base_url: &str, ping: Ping) -> String {
    let rows = [
        ("address", base_url.to_owned()),
        ("workspace", ping.workspace_id),
        ("key", ping.key_id),
        ("permissions", ping.permissions.join(", ")),
        (
            "expires",
            ping.expires_at.unwrap_or_else(|| "never".to_owned()),
        ),
    ];
    let rows = rows.map(|(name, value)| format!("{name:<12} {value}"));
    rows.join("\n")
}
