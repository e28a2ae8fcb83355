//! Compares files of revenues with what the API has: by digests first, and row by row only where
//! these differ.
//!
//! Memory depends on the number of days and groups, and on the rows of those that differ. Of other
//! rows, only hashes of the external ids are kept, of a limited number. Files are read twice if
//! anything differs.

mod rows;

mod corrections;
mod matching;

mod settled;

mod digests;

mod book;
mod names;
mod range;

use std::collections::BTreeSet;

use domain::revenue::Revenue;
use domain::value::Date;
use serde::Deserialize;
use uuid::Uuid;

use crate::api::{Api, ApiError};
use crate::check;
use crate::pages::Pages;
use crate::progress::Progress;
use crate::rows::FileError;
use crate::stop::Stop;

pub use book::{BookRow, FileRows, Place, RejectedRow};
pub use digests::{Cell, ListedSums};
pub use matching::{Different, FieldDifference, Twice};
pub use range::Range;

use book::{Book, Files, Wanted};
use names::Names;
use rows::Sides;
use settled::Digests;

/// The most rows on one side that are compared one by one, if nothing else is asked for.
pub const ROWS_MAX: u64 = 100_000;
/// The most rejected rows that are kept for the report.
const REJECTED_SHOWN_MAX: usize = 20;
/// The most rows that are looked for on days that were not read.
const LOOKUPS_MAX: usize = 200;

/// What is compared.
#[derive(Clone, Debug)]
pub struct Options {
    /// From this day on; by default from the first day of the files.
    pub from: Option<Date>,
    /// Up to this day; by default up to the last day of the files.
    pub to: Option<Date>,
    /// Only this source.
    pub source: Option<Uuid>,
    /// Also the sources of the workspace that the files do not have.
    pub all_sources: bool,
    /// The most rows on one side that are compared one by one.
    pub rows_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            source: None,
            all_sources: false,
            rows_max: ROWS_MAX,
        }
    }
}

/// How files are compared.
pub struct Job<'a> {
    /// The API.
    pub api: &'a Api,
    /// The files.
    pub paths: &'a [std::path::PathBuf],
    /// How they are read.
    pub reading: check::Options<'a>,
    /// What is compared.
    pub options: Options,
    /// When to end early.
    pub stop: &'a Stop,
    /// Who is told how far it is.
    pub progress: &'a Progress,
}

/// A source of revenues.
#[derive(Clone, Debug, Deserialize)]
pub struct Source {
    /// Its id.
    pub id: Uuid,
    /// Its name; its id if the workspace does not have it.
    pub name: String,
    is_default: bool,
}

/// How the files and the API differ.
pub struct Report {
    /// The days that were compared.
    pub range: Range,
    /// The sources that were compared.
    pub sources: Vec<Source>,
    /// The rows of the files.
    pub rows: FileRows,
    /// The days and groups whose digests differ.
    pub cells: Vec<Cell>,
    /// How many of these, the last ones, have too many rows to be compared one by one.
    pub not_compared: usize,
    /// The rows that differ.
    pub found: Rows,
    names: Names,
}

/// The rows that differ.
#[derive(Default)]
pub struct Rows {
    /// Rows of the files that the API does not have.
    pub only_file: Vec<BookRow>,
    /// Revenues of the API that the files do not have.
    pub only_api: Vec<Revenue>,
    /// Rows that the API has with other values.
    pub different: Vec<Different>,
    /// Rows that name the same revenue as an earlier one, with other values.
    pub twice: Vec<Twice>,
    /// How many revenues differ in their amount and are corrected by adjustments.
    pub corrected: usize,
    /// How many rows that the API does not have on their day were not looked for on others.
    pub not_looked_up: usize,
}

/// Why nothing is known.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// A file cannot be read at all.
    #[error(transparent)]
    Open(FileError),
    /// A file cannot be read to its end.
    #[error(transparent)]
    Read(FileError),
    /// A request failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// There is nothing to compare.
    #[error(
        "the files have no revenues to compare, so they do not say which days they cover: say it with --from and --to"
    )]
    NoRange,
    /// The days that were asked for are none.
    #[error("there is no day from {} to {}: --from must not be after --to", .0.from, .0.to)]
    EmptyRange(Range),
    /// The files are not what they were when they were read first.
    #[error("a file has changed while it was compared")]
    Changed,
    /// Somebody asked to end.
    #[error("it was interrupted")]
    Interrupted,
}

impl Report {
    /// Whether the files and the API have the same revenues.
    pub fn is_equal(&self) -> bool {
        let Rows {
            only_file,
            only_api,
            different,
            twice: _,
            corrected: _,
            not_looked_up: _,
        } = &self.found;
        let rows = only_file.len() + only_api.len() + different.len();
        let unclear = self.rows.rejected + self.rows.contradicting;
        unclear == 0 && self.not_compared == 0 && rows == 0
    }

    /// Whether the files have one value of what a row names, so that it can be sent.
    pub fn is_clear(&self, row: &BookRow) -> bool {
        !self.names.has_several(&row.revenue)
    }
}

/// Compares files with the API.
///
/// # Errors
/// Why they cannot be compared.
pub async fn reconcile(job: &Job<'_>) -> Result<Report, ReconcileError> {
    let listed: Vec<Source> = Pages::new(job.api, "revenue-sources", Vec::new())
        .all()
        .await?;
    let default = listed.iter().find(|source| source.is_default);
    let files = Files {
        paths: job.paths,
        reading: job.reading,
        default_source: default.map_or(Uuid::nil(), |source| source.id),
        stop: job.stop,
        progress: job.progress,
    };
    let wanted = Wanted {
        from: job.options.from,
        to: job.options.to,
        source: job.options.source,
    };
    let mut book = Book::read(&files, wanted)?;
    let range = book.range(wanted).ok_or(ReconcileError::NoRange)?;
    if range.to < range.from {
        return Err(ReconcileError::EmptyRange(range));
    }
    let sources = sources(&job.options, &book, &listed);
    let known: Vec<Uuid> = listed.iter().map(|source| source.id).collect();
    let digests = Digests {
        job,
        book: &book,
        range,
        sources: &sources,
        known: &known,
    };
    let cells = digests.cells().await?;
    let compared = within(&cells, job.options.rows_max);
    let sides = Sides {
        job,
        files: &files,
        wanted,
        compared: &cells[..compared],
        known_sources: &known,
    };
    let found = match compared > 0 || book.names.is_contradictory() {
        true => sides.compare(&mut book.names).await?,
        false => Rows::default(),
    };
    Ok(Report {
        range,
        sources,
        rows: book.rows,
        not_compared: cells.len() - compared,
        cells,
        found,
        names: book.names,
    })
}

/// The sources that are compared, those of the workspace first.
fn sources(options: &Options, book: &Book, listed: &[Source]) -> Vec<Source> {
    let mut wanted: BTreeSet<Uuid> = book.sources();
    wanted.extend(options.source);
    let is_all = options.all_sources && options.source.is_none();
    let is_wanted = |source: &&Source| wanted.contains(&source.id) || is_all;
    let mut sources: Vec<Source> = listed.iter().filter(is_wanted).cloned().collect();
    let is_unknown = |id: &&Uuid| listed.iter().all(|source| source.id != **id);
    let unknown = wanted.iter().filter(is_unknown).map(|id| Source {
        id: *id,
        name: id.to_string(),
        is_default: false,
    });
    sources.extend(unknown);
    // Files without rows have no source: then it is the one of rows that name none.
    if sources.is_empty() {
        sources.extend(listed.iter().filter(|source| source.is_default).cloned());
    }
    sources
}

/// How many of the first cells have at most so many rows on either side.
fn within(cells: &[Cell], rows_max: u64) -> usize {
    let mut rows = (0, 0);
    let fits = |cell: &&Cell| {
        rows.0 += cell.ours.count;
        rows.1 += cell.theirs.count;
        rows.0.max(rows.1) <= rows_max
    };
    cells.iter().take_while(fits).count()
}
