//! `allocora push`: sends files of records.

mod summary;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};

use super::files::FileArguments;
use super::{Failed, check};
use crate::api::{Api, Policy};
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::kind::RecordKind;
use crate::output::{Format, print, print_error};
use crate::progress::Progress;
use crate::push::{
    Amounts, AmountsError, FileReport, Job, LockError, LockedFile, Options, PushError, push_file,
};
use crate::rows::STANDARD_INPUT;
use crate::signals::request_on_signal;
use crate::stop::Stop;
use summary::Summary;

/// The most requests at once: more would only wait for each other.
const PARALLEL_MAX: u64 = 32;
/// How many bytes of a file are looked at together, to count its lines.
const BLOCK_BYTES: usize = 64 * 1024;

/// What to do with a revenue that is stored with another amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Corrections {
    /// Report it.
    Off,
    /// Send an adjustment of the difference.
    Adjust,
}

/// Send the rows of files: payees, products and rules are created or updated by external_id,
/// revenues are created once.
///
/// Sending a file again changes nothing, so a run that failed can simply be repeated; but revenues
/// without external_id are created each time. Rows that are not accepted are written to
/// FILE.rejects.csv, each with its line, field, code and reason: correct and send that file.
/// Revenues that are stored with other values are written to FILE.conflicts.csv.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allocora push payees payees.csv
  allocora push revenues may.csv june.ndjson
  allocora push revenues report.csv --map report.toml --check
  allocora push revenues report.csv --map report.toml
  allocora push revenues may.csv --corrections adjust --output json
  allocora push revenues may.csv --resume        # after a crash, where it ended")]
pub struct Arguments {
    /// What the files hold.
    kind: RecordKind,
    /// The files: CSV, JSON or NDJSON.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: FileArguments,
    /// Only validate the files, offline, and report every problem. Also warn of external ids that
    /// are in the files more than once, and of revenues without one. Nothing is sent or written.
    #[arg(long, conflicts_with = "resume")]
    check: bool,
    /// How many requests at once.
    #[arg(long, value_name = "N", default_value_t = 4,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..=PARALLEL_MAX))]
    parallel: usize,
    /// What to do with a revenue that is stored with another amount: `adjust` sends an adjustment
    /// of the difference, once for each new amount, with the time of the revenue. A revenue stays a
    /// conflict if more than its amount differs, or if it is in the files with different amounts.
    /// Adjustments sent by hand are not counted. Needs the permission read:revenues, too.
    #[arg(long, value_name = "WHAT", default_value = "off")]
    corrections: Corrections,
    /// Continue where an earlier run of the same file ended, instead of sending every row again.
    #[arg(long)]
    resume: bool,
    /// How long everything may take, in minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 360,
          value_parser = clap::value_parser!(u64).range(1..))]
    max_time: u64,
    /// How often a request is tried.
    #[arg(long, value_name = "N", default_value_t = Policy::default().attempts,
          value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,
    /// How long an answer may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = Policy::default().timeout.as_secs(),
          value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// Print only the summary and errors: neither progress nor repeated requests.
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub async fn run(
    arguments: Arguments,
    connection: &ConnectionArguments,
    output: Format,
) -> Result<Exit, Failed> {
    if arguments.check {
        return check::run(arguments.kind, &arguments.files, &arguments.reading, output);
    }
    check_files(&arguments.files)?;
    if arguments.corrections == Corrections::Adjust && arguments.kind != RecordKind::Revenues {
        return Err(Failed::usage("--corrections adjust is only for revenues"));
    }
    let reading = arguments.reading.load()?;
    // Until the end, so that no push begins with a file that is sent later.
    let files = arguments.files.iter().map(|path| LockedFile::of(path));
    let files: Vec<LockedFile> = files.collect::<Result<_, _>>()?;
    let connection = connection.resolve()?;
    let stop = Stop::default();
    request_on_signal(&stop).map_err(|error| Failed::new(Exit::Usage, &error))?;
    let api = Arc::new(Api::new(&connection, policy(&arguments), stop.clone())?);
    let workspace = workspace(&api, arguments.kind, arguments.corrections).await?;
    let corrections = match arguments.corrections {
        Corrections::Off => None,
        Corrections::Adjust => {
            let reading = reading.options();
            let amounts = Amounts::read(&api, &arguments.files, &reading, &stop).await?;
            Some(Arc::new(amounts))
        }
    };
    let mut summary = Summary::of(arguments.corrections);
    for file in &files {
        let progress = progress(file.path(), arguments.quiet);
        let job = Job {
            api: api.clone(),
            kind: arguments.kind,
            reading: reading.options(),
            target: format!("{} {workspace}", connection.base_url),
            options: Options {
                parallel: arguments.parallel,
                corrections: corrections.clone(),
                resume: arguments.resume,
            },
            stop: stop.clone(),
            progress: &progress,
        };
        let report = push_file(&job, file)
            .await
            .unwrap_or_else(|ended| not_begun(file.path(), ended));
        progress.finish();
        let goes_on = report.goes_on();
        summary.files.push(report);
        if !goes_on {
            break;
        }
    }
    summary.files_left = files.len() - summary.files.len();
    print(&match output {
        Format::Text => summary.text(),
        Format::Json => summary.json().to_string(),
    })?;
    summary
        .errors()
        .for_each(|error| print_error(&format!("error: {error}")));
    Ok(summary.exit())
}

fn policy(arguments: &Arguments) -> Policy {
    Policy {
        attempts: arguments.attempts,
        timeout: Duration::from_secs(arguments.timeout),
        time_max: Some(Duration::from_secs(arguments.max_time.saturating_mul(60))),
        is_reported: !arguments.quiet,
        ..Policy::default()
    }
}

/// Looks at every file before anything is sent.
pub fn check_files(files: &[PathBuf]) -> Result<(), Failed> {
    let mut seen = HashSet::new();
    for path in files {
        if path.as_os_str() == STANDARD_INPUT {
            let detail = "standard input cannot be sent or compared, only checked with push --check: \
                          give the path of a file";
            return Err(Failed::usage(detail));
        }
        let shown = path.display();
        let unreadable = |error| Failed::usage(&format!("cannot read {shown}: {error}"));
        // Before it is opened, because that waits for the other end of a pipe.
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(Failed::usage(&format!("{shown} is not a file")));
        }
        File::open(path).map_err(unreadable)?;
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if !seen.insert(real) {
            return Err(Failed::usage(&format!("{shown} is given twice")));
        }
    }
    Ok(())
}

/// The workspace of the key, which must hold the permissions. Corrections depend on what is stored.
async fn workspace(
    api: &Api,
    kind: RecordKind,
    corrections: Corrections,
) -> Result<String, Failed> {
    let mut needed = vec![format!("write:{}", kind.name())];
    needed.extend((corrections == Corrections::Adjust).then(|| "read:revenues".to_owned()));
    let ping = api.ping().await?;
    match needed
        .iter()
        .find(|needed| !ping.permissions.contains(needed))
    {
        None => Ok(ping.workspace_id),
        Some(missing) => {
            let sentence = format!("this needs a key with the permission {missing}");
            Err(Failed::usage(&sentence))
        }
    }
}

impl From<LockError> for Failed {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Running(_) => Self::new(Exit::Unfinished, &error),
            LockError::Output(_) => Self::new(Exit::Usage, &error),
        }
    }
}

impl From<AmountsError> for Failed {
    fn from(error: AmountsError) -> Self {
        match error {
            AmountsError::TooMany => Self::new(Exit::Usage, &error),
            AmountsError::File(_) | AmountsError::Interrupted => {
                Self::new(Exit::Unfinished, &error)
            }
            AmountsError::Api(error) => error.into(),
        }
    }
}

fn not_begun(path: &Path, ended: PushError) -> FileReport {
    FileReport {
        file: path.to_owned(),
        counts: Default::default(),
        rejects: None,
        conflicts: None,
        first_conflicts: Vec::new(),
        first_rejected: Vec::new(),
        ended: Some(ended),
    }
}

fn progress(path: &Path, is_quiet: bool) -> Progress {
    if is_quiet {
        return Progress::silent();
    }
    // Only a bar has a use for the number, and reading a file twice takes time.
    let lines = match std::io::stderr().is_terminal() {
        true => lines_of(path).unwrap_or_default(),
        false => 0,
    };
    Progress::of_lines(lines)
}

fn lines_of(path: &Path) -> std::io::Result<u64> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK_BYTES];
    let mut lines = 0;
    loop {
        match file.read(&mut block)? {
            0 => return Ok(lines),
            read => lines += block[..read].iter().filter(|byte| **byte == b'\n').count() as u64,
        }
    }
}
