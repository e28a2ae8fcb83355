//! Reads a file on a thread of its own, a few rows ahead.

use std::path::Path;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::entry::{Entry, Prepared, RowOutcome, fits};
use super::{BODY_BYTES_MAX, codes};
use crate::check::{self, Records};
use crate::kind::RecordKind;
use crate::rows::{FileError, Row, RowProblem};

/// How many rows go from the thread to the sender at once.
const CHUNK_ROWS: usize = 100;
/// How many such chunks wait at most.
const CHUNKS_AHEAD: usize = 4;

/// Rows, and how many the map has left out up to their end.
struct Chunk {
    rows: Vec<Result<Entry, FileError>>,
    skipped: u64,
}

/// The rows of a file.
pub struct Source {
    header: Option<Vec<String>>,
    chunks: mpsc::Receiver<Chunk>,
    chunk: std::vec::IntoIter<Result<Entry, FileError>>,
    skipped: u64,
}

impl Source {
    /// Opens a file and begins to read, after the first `done` rows.
    pub fn open(
        path: &Path,
        kind: RecordKind,
        reading: &check::Options<'_>,
        done: u64,
    ) -> Result<Self, FileError> {
        let rows = Records::open(kind, path, reading)?;
        let header = rows.header().map(<[String]>::to_vec);
        let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
        std::thread::spawn(move || read(rows, done, &sender));
        Ok(Self {
            header,
            chunks,
            chunk: Vec::new().into_iter(),
            skipped: 0,
        })
    }

    /// The columns of a CSV file.
    pub fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// The next row.
    pub async fn next(&mut self) -> Option<Result<Entry, FileError>> {
        loop {
            if let Some(row) = self.chunk.next() {
                return Some(row);
            }
            let Chunk { rows, skipped } = self.chunks.recv().await?;
            self.chunk = rows.into_iter();
            self.skipped = skipped;
        }
    }

    /// How many rows the map has left out so far, of the whole file.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// Ends with the file, or when nobody reads the rows any more.
fn read(mut records: Records, done: u64, sender: &mpsc::Sender<Chunk>) {
    let mut seen = 0;
    loop {
        let rows = records.by_ref().filter(|row| {
            seen += 1;
            seen > done || row.is_err()
        });
        let rows: Vec<_> = rows.map(|row| row.map(entry)).take(CHUNK_ROWS).collect();
        let is_end = rows.is_empty();
        let skipped = records.skipped();
        if sender.blocking_send(Chunk { rows, skipped }).is_err() || is_end {
            return;
        }
    }
}

fn entry(row: Row) -> Entry {
    let prepared = row.record.and_then(prepared);
    let (record, outcome) = match prepared {
        Ok(record) => (Some(record), None),
        Err(problems) => (None, Some(RowOutcome::Rejected(problems))),
    };
    Entry {
        line: row.line,
        original: row.original,
        record,
        source: None,
        outcome,
    }
}

fn prepared(record: Map<String, Value>) -> Result<Prepared, Vec<RowProblem>> {
    let external_id = record.get("external_id").and_then(Value::as_str);
    let external_id = external_id.map(str::to_owned);
    let json = Value::Object(record).to_string();
    if !fits(&json) {
        let detail = format!("must have less than {BODY_BYTES_MAX} bytes, the most of a request");
        let code = codes::named("too_long");
        return Err(vec![RowProblem::of_row(code, detail)]);
    }
    Ok(Prepared { json, external_id })
}
