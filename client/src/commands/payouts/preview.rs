//! `allocora payouts preview`: what a period gives to whom.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::json;
use domain::value::Date;
use serde_json::{Map, Value};

use super::preview_text::text;
use super::reported;
use crate::api::{Api, Method, Repeat, Request};
use crate::commands::Failed;
use crate::commands::day::day;
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::output::{Format, print, write};
use crate::stop::Stop;

/// The media types of the answers.
const JSON: &str = "application/json";
const CSV: &str = "text/csv";

/// Show what each payee earned in a period, and what is due.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allocora payouts preview --from 2026-05-01 --to 2026-05-31
  allocora payouts preview --from 2026-05-01 --to 2026-05-31 --payee crm-42
  allocora payouts preview --from 2026-05-01 --to 2026-05-31 --rules next-year.json
  allocora payouts preview --from 2026-05-01 --to 2026-05-31 --csv > may.csv")]
pub struct Arguments {
    /// The first UTC day.
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Date,
    /// The last UTC day.
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Date,
    /// The day on which sums begin; by default 1 January of the year of --from.
    #[arg(long, value_name = "DAY", value_parser = day)]
    opening: Option<Date>,
    /// The day for which holds are judged; by default the day after --to.
    #[arg(long, value_name = "DAY", value_parser = day)]
    payout_date: Option<Date>,
    /// Only the payee with this external id, with every revenue that contributed.
    #[arg(long, value_name = "EXTERNAL_ID", conflicts_with = "payee_id")]
    payee: Option<String>,
    /// Only the payee with this id, with every revenue that contributed.
    #[arg(long, value_name = "ID")]
    payee_id: Option<String>,
    /// Compute with the changed and new rules in this file, a JSON list as docs/payouts.md
    /// describes, and compare. Nothing is stored.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Print all payees as CSV, as the API writes it.
    #[arg(long)]
    csv: bool,
}

impl Arguments {
    fn body(&self) -> Result<Map<String, Value>, Failed> {
        let day = |day: Option<Date>| day.map(|day| Value::String(day.to_string()));
        let text = |text: &Option<String>| text.clone().map(Value::String);
        let rules = self.rules.as_deref().map(rules).transpose()?;
        let fields = [
            ("from", day(Some(self.from))),
            ("to", day(Some(self.to))),
            ("opening", day(self.opening)),
            ("payout_date", day(self.payout_date)),
            ("payee_external_id", text(&self.payee)),
            ("payee_id", text(&self.payee_id)),
            ("rules", rules),
        ];
        let fields = fields.into_iter();
        let fields = fields.filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Ok(fields.collect())
    }
}

fn rules(path: &Path) -> Result<Value, Failed> {
    let shown = path.display();
    let text = std::fs::read(path)
        .map_err(|error| Failed::usage(&format!("cannot read {shown}: {error}")))?;
    json::parse(&text).map_err(|error| Failed::usage(&format!("{shown} must be JSON: {error}")))
}

/// Runs the command.
pub async fn run(
    arguments: Arguments,
    connection: &ConnectionArguments,
    output: Format,
) -> Result<Exit, Failed> {
    if arguments.csv && output == Format::Json {
        return Err(Failed::usage("--csv and --output json exclude each other"));
    }
    let body = Value::Object(arguments.body()?);
    let connection = connection.resolve()?;
    let api = Api::new(&connection, reported(), Stop::default())?;
    let request = Request {
        method: Method::POST,
        path: "/api/v1/payouts/preview".to_owned(),
        query: Vec::new(),
        body: Some(body.to_string()),
        accept: if arguments.csv { CSV } else { JSON },
        // It stores nothing.
        repeat: Repeat::Always,
    };
    let answer = api.send(&request).await?;
    if arguments.csv {
        write(&answer.body)?;
        return Ok(Exit::Done);
    }
    let answer: Value = api.read(&request, &answer)?;
    print(&match output {
        Format::Text => text(&answer),
        Format::Json => answer.to_string(),
    })?;
    Ok(Exit::Done)
}
