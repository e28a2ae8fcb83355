//! Writes lists of the API to files that can be pushed again.
//!
//! Lists are read by cursor and written page after page, so that memory does not depend on their
//! length.

mod cells;
mod target;

use std::io::{self, Write};

use clap::ValueEnum;
use domain::fields::Object;
use serde_json::Value;

use crate::api::{Api, ApiError};
use crate::kind::RecordKind;
use crate::mapping::KindFields;
use crate::pages::Pages;
use crate::progress::Progress;
use crate::stop::Stop;

pub use target::{Target, TargetError};

/// The field whose value is a precondition when a record is sent back.
const VERSION: &str = "version";
/// The fields that the API makes, before those that it was sent and after them.
const FIRST: [&str; 1] = ["id"];
const LAST: [&str; 3] = [VERSION, "created_at", "updated_at"];

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A header, and one line for each record.
    Csv,
    /// One JSON object on each line, as in the API.
    Ndjson,
}

/// What is exported.
pub struct Job<'a> {
    /// The API.
    pub api: &'a Api,
    /// The kind of record.
    pub kind: RecordKind,
    /// The parameters of the list.
    pub filters: Vec<(&'static str, String)>,
    /// How it is written.
    pub format: ExportFormat,
    /// Whether records have their versions, so that they are only accepted unless they changed.
    pub with_version: bool,
    /// When to end early.
    pub stop: &'a Stop,
    /// Who is told how far it is.
    pub progress: &'a Progress,
}

/// What was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// How many records.
    pub records: u64,
    /// How many of them have no external id.
    pub without_external_id: u64,
}

/// Why not everything was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A request failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The output cannot be written.
    #[error("the export cannot be written")]
    Output(#[from] io::Error),
    /// Somebody asked to end.
    #[error("it was interrupted")]
    Interrupted,
}

impl ExportError {
    /// Whether nobody reads the output any more, as in `| head`.
    pub fn is_closed_pipe(&self) -> bool {
        match self {
            Self::Output(error) => error.kind() == io::ErrorKind::BrokenPipe,
            Self::Api(_) | Self::Interrupted => false,
        }
    }
}

/// Writes a list.
///
/// # Errors
/// Why not everything is written.
pub async fn export(job: &Job<'_>, output: impl Write) -> Result<Exported, ExportError> {
    let mut writer = Writer::new(job, output)?;
    let mut exported = Exported::default();
    let mut pages = Pages::new(job.api, job.kind.name(), job.filters.clone());
    while let Some(page) = pages.next::<Object>().await? {
        if job.stop.is_requested() {
            return Err(ExportError::Interrupted);
        }
        for record in page {
            exported.records += 1;
            let is_named = record.get("external_id").is_some_and(|id| !id.is_null());
            exported.without_external_id += u64::from(!is_named);
            writer.write(record)?;
        }
        writer.flush()?;
        let kind = job.kind.name();
        job.progress.step(kind, exported.records, "record");
    }
    Ok(exported)
}

enum Writer<W: Write> {
    Csv(Box<csv::Writer<W>>, Vec<cells::Column>),
    Ndjson(io::BufWriter<W>, bool),
}

impl<W: Write> Writer<W> {
    fn new(job: &Job<'_>, output: W) -> io::Result<Self> {
        if job.format == ExportFormat::Ndjson {
            return Ok(Self::Ndjson(io::BufWriter::new(output), job.with_version));
        }
        let columns = columns(job.kind, job.with_version);
        let mut writer = csv::Writer::from_writer(output);
        let names = columns.iter().map(|column| &*column.name);
        writer.write_record(names).map_err(written)?;
        Ok(Self::Csv(Box::new(writer), columns))
    }

    fn write(&mut self, mut record: Object) -> io::Result<()> {
        match self {
            Self::Csv(writer, columns) => {
                let cells = columns.iter().map(|column| column.cell(&record));
                writer.write_record(cells).map_err(written)
            }
            Self::Ndjson(writer, with_version) => {
                if !*with_version {
                    record.shift_remove(VERSION);
                }
                writeln!(writer, "{}", Value::Object(record))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Csv(writer, _) => writer.flush(),
            Self::Ndjson(writer, _) => writer.flush(),
        }
    }
}

/// Why CSV could not be written, as the output said it: otherwise a closed pipe would not look
/// like one.
fn written(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// The columns of a kind: its fields, and of those that the API makes the ones that every record
/// has.
fn columns(kind: RecordKind, with_version: bool) -> Vec<cells::Column> {
    let fields = KindFields::of(kind);
    let made = |names: &[&str]| {
        let is_in = |name: &&str| fields.others.iter().any(|field| field.name == *name);
        let names = names.iter().copied().filter(is_in);
        let names = names.filter(|name| *name != VERSION || with_version);
        names.map(cells::Column::plain).collect::<Vec<_>>()
    };
    let (first, last) = (made(&FIRST), made(&LAST));
    let mut writable: Vec<cells::Column> = fields.writable.iter().map(cells::Column::of).collect();
    // What names a record comes first.
    writable.sort_by_key(|column| column.name != "external_id");
    first.into_iter().chain(writable).chain(last).collect()
}
