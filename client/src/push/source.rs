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
/// How many bytes of memory they take at least to go with fewer rows.
const CHUNK_BYTES: usize = 512 * 1024;
/// How many such chunks wait at most, besides the one that is read and the one that is sent.
const CHUNKS_AHEAD: usize = 1;

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
        let rows = chunk(rows.map(|row| row.map(entry)));
        let is_end = rows.is_empty();
        let skipped = records.skipped();
        if sender.blocking_send(Chunk { rows, skipped }).is_err() || is_end {
            return;
        }
    }
}

/// The next rows that go together.
fn chunk(
    mut rows: impl Iterator<Item = Result<Entry, FileError>>,
) -> Vec<Result<Entry, FileError>> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < CHUNK_ROWS && bytes < CHUNK_BYTES {
        let Some(row) = rows.next() else { break };
        bytes += row.as_ref().map_or(0, Entry::bytes);
        chunk.push(row);
    }
    chunk
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Original;

    #[test]
    fn a_chunk_is_bounded_by_rows_and_by_bytes() {
        let rows = |bytes: usize| {
            std::iter::repeat_with(move || {
                Ok(entry(Row {
                    line: 1,
                    original: Original::Json(vec![b'x'; bytes]),
                    record: Err(Vec::new()),
                    revenue: None,
                }))
            })
        };
        for (bytes, expected) in [(10, CHUNK_ROWS), (CHUNK_BYTES / 2, 2), (CHUNK_BYTES, 1)] {
            assert_eq!(chunk(rows(bytes)).len(), expected, "{bytes}");
        }
    }
}
