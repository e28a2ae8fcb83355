//! `allocora reconcile`: compares files of revenues with the API.

mod json;
mod repair;
mod text;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use domain::upsert::UpsertMode;
use domain::value::Date;
use uuid::Uuid;

use super::Failed;
use super::day::day;
use super::files::LayoutArguments;
use super::push::check_files;
use crate::api::{Api, Policy};
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::export::Target;
use crate::output::{Format, print};
use crate::progress::Progress;
use crate::reconcile::{Job, Options, ROWS_MAX, ReconcileError, Report, reconcile};
use crate::signals::request_on_signal;
use crate::stop::Stop;

/// Compare the revenues of files with those of the API, down to the rows that differ.
///
/// The digests of the months are compared first, then the days of the months that differ, then the
/// rows of the days that differ: if everything is equal, a file of any size takes a few requests.
/// Compared are type, amount, currency and time of each revenue, by source and external_id. What
/// the files cover is taken to be every day from their first to their last row, and the sources
/// that they have.
///
/// It exits with 0 only if everything is equal, and with 1 if anything differs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allocora reconcile revenues may.csv
  allocora reconcile revenues report.csv --preset stripe-balance --from 2026-05-01 --to 2026-05-31
  allocora reconcile revenues may.csv --repair missing.ndjson && echo equal
  allocora reconcile revenues may.csv --output json | jq .different")]
pub struct Arguments {
    /// What the files hold.
    #[arg(value_parser = ["revenues"])]
    kind: String,
    /// The files: CSV, JSON or NDJSON. They are read twice.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: LayoutArguments,
    /// Compare from this UTC day on; without it, from the first day of the files.
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Date>,
    /// Compare up to this UTC day; without it, up to the last day of the files.
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<Date>,
    /// Compare only this revenue source.
    #[arg(long, value_name = "ID")]
    source: Option<Uuid>,
    /// Compare every revenue source of the workspace, also those that the files do not have.
    #[arg(long, conflicts_with = "source")]
    all_sources: bool,
    /// Write the rows that the API does not have, or has with another amount, to a file that can be
    /// pushed.
    #[arg(long, value_name = "FILE")]
    repair: Option<PathBuf>,
    /// How many rows of each table are printed.
    #[arg(long, value_name = "N", default_value_t = 50)]
    show: usize,
    /// How many rows on either side are compared one by one, at most; of further days, only the
    /// sums are reported.
    #[arg(long, value_name = "N", default_value_t = ROWS_MAX)]
    rows_max: u64,
    /// How long everything may take, in minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..))]
    max_time: u64,
    /// Print only the result and errors: neither progress nor repeated requests.
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub async fn run(
    arguments: Arguments,
    connection: &ConnectionArguments,
    output: Format,
) -> Result<Exit, Failed> {
    check_files(&arguments.files)?;
    let reading = arguments.reading.load(UpsertMode::default())?;
    let resolved = connection.resolve()?;
    let stop = Stop::default();
    request_on_signal(&stop).map_err(|error| Failed::new(Exit::Usage, &error))?;
    let policy = Policy {
        time_max: Some(Duration::from_secs(arguments.max_time.saturating_mul(60))),
        is_reported: !arguments.quiet,
        ..Policy::default()
    };
    let api = Api::new(&resolved, policy, stop.clone())?;
    let progress = match arguments.quiet {
        true => Progress::silent(),
        false => Progress::counting(),
    };
    let job = Job {
        api: &api,
        paths: &arguments.files,
        reading: reading.options(),
        options: Options {
            from: arguments.from,
            to: arguments.to,
            source: arguments.source,
            all_sources: arguments.all_sources,
            rows_max: arguments.rows_max,
        },
        stop: &stop,
        progress: &progress,
    };
    let repair = arguments.repair.as_deref().map(Target::begin).transpose()?;
    let report = reconcile(&job).await;
    progress.finish();
    let report = report?;
    if let Some(target) = repair {
        repair::write(&report, target)?;
    }
    let advice = repair::advice(&report, &arguments, connection);
    print(&match output {
        Format::Text => text::text(&report, &arguments.files, arguments.show, &advice),
        Format::Json => json::json(&report, &arguments.files, &advice).to_string(),
    })?;
    Ok(exit(&report))
}

fn exit(report: &Report) -> Exit {
    match report.is_equal() {
        true => Exit::Done,
        false => Exit::Rejected,
    }
}

impl From<ReconcileError> for Failed {
    fn from(error: ReconcileError) -> Self {
        let exit = match error {
            ReconcileError::Api(error) => return error.into(),
            // Another run would not change what a file has.
            ReconcileError::Read(ref error) if !error.is_io => Exit::Usage,
            ReconcileError::Open(_) | ReconcileError::NoRange | ReconcileError::EmptyRange(_) => {
                Exit::Usage
            }
            ReconcileError::Read(_) | ReconcileError::Changed | ReconcileError::Interrupted => {
                Exit::Unfinished
            }
        };
        Self::new(exit, &error)
    }
}
