//! `allocora export`: writes lists of the API to files that can be pushed again.

mod filters;

use std::io::{IsTerminal, stderr, stdout};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::Failed;
use super::check::shown;
use crate::api::{Api, Policy};
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::export::{ExportError, ExportFormat, Exported, Job, Target, TargetError, export};
use crate::kind::RecordKind;
use crate::numbers::{counted, grouped};
use crate::output::{Format, print, print_error};
use crate::progress::Progress;
use crate::signals::request_on_signal;
use crate::stop::Stop;
use filters::Filters;

/// Write all payees, products, rules or revenues, or those that match filters, as CSV or NDJSON.
///
/// What is written can be pushed again, and then changes nothing. Memory does not depend on how
/// much there is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allocora export payees --out payees.csv
  allocora export revenues --from 2026-05-01 --to 2026-05-31 --currency EUR > may.csv
  allocora export rules --status active --format ndjson | jq .name")]
pub struct Arguments {
    /// What is written.
    kind: RecordKind,
    /// Write to a file instead of the output. A file that exists is replaced when everything is
    /// written; a symbolic link stays. Anything else that exists is refused.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The format; by default that of the name of the file, or else csv.
    #[arg(long, value_name = "FORMAT")]
    format: Option<ExportFormat>,
    /// Write the versions of records too: when they are pushed, a record that has changed since is
    /// refused.
    #[arg(long)]
    with_version: bool,
    #[command(flatten)]
    filters: Filters,
    /// Print only errors: neither progress, repeated requests nor how many records there are.
    #[arg(long, short)]
    quiet: bool,
}

impl Arguments {
    fn format(&self) -> ExportFormat {
        let extension = self.out.as_deref().and_then(Path::extension);
        let extension = extension.map(|extension| extension.to_ascii_lowercase());
        let is_lines = extension.is_some_and(|name| name == "ndjson" || name == "jsonl");
        self.format.unwrap_or(match is_lines {
            true => ExportFormat::Ndjson,
            false => ExportFormat::Csv,
        })
    }
}

/// Runs the command.
pub async fn run(
    arguments: Arguments,
    connection: &ConnectionArguments,
    output: Format,
) -> Result<Exit, Failed> {
    if output == Format::Json && arguments.out.is_none() {
        return Err(Failed::usage(
            "--output json needs --out FILE, because the records are the output; --format ndjson writes them as JSON",
        ));
    }
    let filters = arguments.filters.query(arguments.kind)?;
    let connection = connection.resolve()?;
    let stop = Stop::default();
    request_on_signal(&stop).map_err(|error| Failed::new(Exit::Usage, &error))?;
    let policy = Policy {
        is_reported: !arguments.quiet,
        ..Policy::default()
    };
    let api = Api::new(&connection, policy, stop.clone())?;
    let progress = match arguments.quiet || !is_seen(&arguments) {
        true => Progress::silent(),
        false => Progress::counting(),
    };
    let job = Job {
        api: &api,
        kind: arguments.kind,
        filters,
        format: arguments.format(),
        with_version: arguments.with_version,
        stop: &stop,
        progress: &progress,
    };
    let target = arguments.out.as_deref().map(Target::begin).transpose()?;
    let exported = match target {
        Some(target) => to_file(&job, target).await?,
        None => match export(&job, stdout().lock()).await {
            Err(error) if error.is_closed_pipe() => return Ok(Exit::Done),
            exported => exported?,
        },
    };
    progress.finish();
    if output == Format::Json {
        print(&json(&arguments, &exported).to_string())?;
    }
    report(&arguments, &exported);
    Ok(Exit::Done)
}

/// Writes to a file that gets its name at the end, so that nobody takes half of it for the whole.
async fn to_file(job: &Job<'_>, target: Target) -> Result<Exported, Failed> {
    let exported = export(job, target.writer()).await?;
    let completed = target.complete();
    completed.map_err(|error| Failed::new(Exit::Unfinished, &error))?;
    Ok(exported)
}

/// Whether what is on the error output is not between the records.
fn is_seen(arguments: &Arguments) -> bool {
    arguments.out.is_some() || !stdout().is_terminal() || !stderr().is_terminal()
}

fn json(arguments: &Arguments, exported: &Exported) -> Value {
    json!({
        "exit_code": Exit::Done as u8,
        "file": arguments.out.as_deref().map(shown),
        "records": exported.records,
        "without_external_id": exported.without_external_id,
    })
}

fn report(arguments: &Arguments, exported: &Exported) {
    if arguments.quiet || !is_seen(arguments) {
        return;
    }
    print_error(&format!("{} {}", grouped(exported.records), arguments.kind));
    if exported.without_external_id > 0 {
        let rows = counted(exported.without_external_id, "record");
        let what = match arguments.kind {
            RecordKind::Revenues => "would be created again if they were pushed",
            RecordKind::Payees | RecordKind::Products | RecordKind::Rules => "cannot be pushed",
        };
        print_error(&format!("warning: {rows} without an external_id {what}"));
    }
}

impl From<TargetError> for Failed {
    /// Nothing was read yet.
    fn from(error: TargetError) -> Self {
        Self::new(Exit::Usage, &error)
    }
}

impl From<ExportError> for Failed {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Api(error) => error.into(),
            ExportError::Output(_) | ExportError::Interrupted => {
                Self::new(Exit::Unfinished, &error)
            }
        }
    }
}
