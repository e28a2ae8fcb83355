//! Sends the rows of files, and says what became of each.
//!
//! Everything is idempotent, so a run can be repeated as a whole at any time. Memory does not
//! depend on the size of a file or of its rows: these are read as they are sent, and only batches
//! of a bounded number and size are held.

mod run;

mod deliver;
mod ledger;

mod correct;
mod stored;

mod amounts;
mod begin;
mod source;

mod entry;
mod lock;
mod output_file;
mod state;

mod codes;
mod counts;

use std::path::PathBuf;
use std::sync::Arc;

use crate::api::{Api, ApiError};
use crate::check;
use crate::kind::RecordKind;
use crate::progress::Progress;
use crate::rows::FileError;
use crate::stop::Stop;

pub use amounts::{Amounts, AmountsError};
pub use correct::adjustment_prefix;
pub use counts::Counts;
pub use entry::{Conflict, RejectedRow};
pub use lock::{LockError, LockedFile};
pub use output_file::{OutputError, OutputFile};
pub use stored::ADJUSTMENT_MARK;

/// The most records of a request.
pub const BATCH_RECORDS_MAX: usize = 100;
/// The most bytes of the body of a request.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The most conflicts that are kept for the summary; the file has all.
const CONFLICTS_SHOWN_MAX: usize = 20;

/// The most rejected rows that are kept for the summary; the file has all.
const REJECTED_SHOWN_MAX: usize = 5;

/// How to send files.
#[derive(Clone)]
pub struct Options {
    /// How many requests at once, at least one.
    pub parallel: usize,
    /// The amounts of all files, to send an adjustment for each revenue that is stored with another
    /// amount; nothing to report these.
    pub corrections: Option<Arc<Amounts>>,
    /// Whether to continue where an earlier run of the same file ended.
    pub resume: bool,
}

/// How to send a file.
pub struct Job<'a> {
    /// The API.
    pub api: Arc<Api>,
    /// What the file holds.
    pub kind: RecordKind,
    /// How it is read, and what may be done with payees, products and rules.
    pub reading: check::Options<'a>,
    /// The API and the workspace, so that the state of another one is not taken for this one.
    pub target: String,
    /// How.
    pub options: Options,
    /// When to end early.
    pub stop: Stop,
    /// Who is told how far it is.
    pub progress: &'a Progress,
}

/// What became of a file.
#[derive(Debug)]
pub struct FileReport {
    /// The file.
    pub file: PathBuf,
    /// How many rows ended how.
    pub counts: Counts,
    /// The rejected rows, if there are any.
    pub rejects: Option<PathBuf>,
    /// The conflicts, if there are any.
    pub conflicts: Option<PathBuf>,
    /// The first conflicts.
    pub first_conflicts: Vec<Conflict>,
    /// The first rejected rows.
    pub first_rejected: Vec<RejectedRow>,
    /// Why it ended early; nothing if every row was sent.
    pub ended: Option<PushError>,
}

/// Why sending a file ended early.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The file cannot be read, or not any further.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file changed while it was read.
    #[error("{} changed while it was read: run it again", .0.display())]
    Changed(PathBuf),
    /// A file with results cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A request failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Somebody asked to end.
    #[error("it was interrupted")]
    Interrupted,
}

/// Sends a file.
///
/// # Errors
/// If nothing could be sent because the file cannot be read, or its results cannot be written.
/// What goes wrong later is part of the report.
pub async fn push_file(job: &Job<'_>, file: &LockedFile) -> Result<FileReport, PushError> {
    run::push_file(job, file.path()).await
}
