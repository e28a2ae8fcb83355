//! `allocora payouts explain`: why a revenue gives what to whom.

use clap::Args;
use domain::value::Date;
use serde_json::Value;

use super::explain_text::text;
use super::reported;
use crate::api::Api;
use crate::commands::Failed;
use crate::commands::day::day;
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::output::{Format, print};
use crate::stop::Stop;

/// Show which rule decided a revenue, why the others did not, and how each amount came about.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allocora payouts explain order-2
  allocora payouts explain order-2 --source 01a217c3-438e-73e5-90ec-efa2db55d7b9
  allocora payouts explain --id 5f71505a-adcb-8b26-a81e-f641b50765d0 --output json")]
pub struct Arguments {
    /// The external id of the revenue.
    #[arg(required_unless_present = "id", conflicts_with = "id")]
    external_id: Option<String>,
    /// The id of the revenue, instead of its external id.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The source of the revenue with this external id; by default that of revenues that name none.
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    source: Option<String>,
    /// The day on which sums begin; by default the first day of the window of the rule.
    #[arg(long, value_name = "DAY", value_parser = day)]
    opening: Option<Date>,
}

/// Runs the command.
pub async fn run(
    arguments: Arguments,
    connection: &ConnectionArguments,
    output: Format,
) -> Result<Exit, Failed> {
    let parameters = [
        ("external_id", arguments.external_id),
        ("revenue_id", arguments.id),
        ("revenue_source_id", arguments.source),
        ("opening", arguments.opening.map(|day| day.to_string())),
    ];
    let query = parameters.into_iter();
    let query: Vec<_> = query
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let connection = connection.resolve()?;
    let api = Api::new(&connection, reported(), Stop::default())?;
    let answer: Value = api.get("/api/v1/payouts/explain", &query).await?;
    print(&match output {
        Format::Text => text(&answer),
        Format::Json => answer.to_string(),
    })?;
    Ok(Exit::Done)
}
