//! Rows on their way.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{BATCH_RECORDS_MAX, BODY_BYTES_MAX};
use crate::api::{ENVELOPE_BYTES_MAX, ItemStatus};
use crate::rows::{Original, RowProblem};

/// The most rows of a batch, with those that are already known to be wrong.
const ENTRIES_MAX: usize = 2 * BATCH_RECORDS_MAX;

/// The most bytes of memory that the rows of a batch take, unless a single one takes more: a full
/// request, the same rows as they were read, and their problems.
const BATCH_BYTES_MAX: usize = 3 * BODY_BYTES_MAX;

/// A record, ready to be sent.
#[derive(Debug)]
pub struct Prepared {
    /// Its JSON.
    pub json: String,
    /// Its external id, if it has one.
    pub external_id: Option<String>,
}

/// What became of a row.
#[derive(Debug)]
pub enum RowOutcome {
    /// The API has it.
    Done(ItemStatus),
    /// The API has it with other values.
    Conflict(Vec<Conflict>),
    /// The API has it with another amount, and now also an adjustment of the difference.
    Corrected {
        /// Whether the sum is now an amount that it was before.
        is_back: bool,
    },
    /// The API has it with another amount, and an adjustment of the difference from an earlier run.
    AlreadyCorrected,
    /// It is not accepted.
    Rejected(Vec<RowProblem>),
    /// It may have been applied, and sending it again could create it twice or cannot tell.
    Unknown(RowProblem),
    /// It may or may not have been applied; sending it again can help.
    Unfinished(RowProblem),
}

/// A field in which a revenue differs from the stored one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The line in the file.
    pub line: u64,
    /// The external id of the revenue.
    pub external_id: String,
    /// The field.
    pub field: String,
    /// What is stored, if the key may read it.
    pub stored: Option<Value>,
    /// What is in the file, if the API repeated it.
    pub submitted: Option<Value>,
    /// Why it was not corrected, although corrections were asked for.
    pub note: Option<String>,
}

impl Conflict {
    /// The columns of the file with conflicts.
    pub(super) const COLUMNS: [&str; 6] = [
        "line",
        "external_id",
        "field",
        "stored",
        "submitted",
        "note",
    ];

    /// A row of that file.
    pub(super) fn cells(&self) -> [String; 6] {
        let text = |value: &Option<Value>| match value {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        [
            self.line.to_string(),
            self.external_id.clone(),
            self.field.clone(),
            text(&self.stored),
            text(&self.submitted),
            self.note.clone().unwrap_or_default(),
        ]
    }
}

/// A row that is not accepted.
#[derive(Clone, Debug)]
pub struct RejectedRow {
    /// The line in the file.
    pub line: u64,
    /// Why.
    pub problems: Vec<RowProblem>,
}

/// A row on its way.
#[derive(Debug)]
pub struct Entry {
    /// Its first line.
    pub line: u64,
    /// What was read.
    pub original: Original,
    /// What is sent; nothing if the row cannot become a record.
    pub record: Option<Prepared>,
    /// The source of the revenue, if the API said it.
    pub source: Option<Uuid>,
    /// What became of it, once that is known.
    pub outcome: Option<RowOutcome>,
}

impl Entry {
    /// How many bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        let record = self.record.as_ref().map_or(0, |record| record.json.len());
        let problems = match &self.outcome {
            Some(RowOutcome::Rejected(problems)) => &problems[..],
            Some(_) | None => &[],
        };
        let problems = problems.iter().map(RowProblem::bytes);
        size_of::<Self>() + self.original.bytes() + record + problems.sum::<usize>()
    }
}

/// Rows that are sent in one request, and again as often as necessary.
#[derive(Debug, Default)]
pub struct Batch {
    /// The rows, in the order of the file.
    pub entries: Vec<Entry>,
    records: usize,
    body_bytes: usize,
    bytes: usize,
}

impl Batch {
    /// Whether a row does not fit any more.
    pub fn is_full_for(&self, entry: &Entry) -> bool {
        if self.entries.len() >= ENTRIES_MAX {
            return true;
        }
        if !self.is_empty() && self.bytes + entry.bytes() > BATCH_BYTES_MAX {
            return true;
        }
        entry.record.as_ref().is_some_and(|record| {
            self.records >= BATCH_RECORDS_MAX
                || ENVELOPE_BYTES_MAX + self.body_bytes + size(record) > BODY_BYTES_MAX
        })
    }

    /// Adds a row.
    pub fn push(&mut self, entry: Entry) {
        if let Some(record) = &entry.record {
            self.records += 1;
            self.body_bytes += size(record);
        }
        self.bytes += entry.bytes();
        self.entries.push(entry);
    }

    /// How many bytes of memory its rows took when they were added.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The external ids of the records.
    pub fn external_ids(&self) -> impl Iterator<Item = &str> {
        let records = self
            .entries
            .iter()
            .filter_map(|entry| entry.record.as_ref());
        records.filter_map(|record| record.external_id.as_deref())
    }
}

/// The bytes of a record with the comma after it.
fn size(record: &Prepared) -> usize {
    record.json.len() + 1
}

/// Whether a record fits into a request at all.
pub fn fits(json: &str) -> bool {
    ENVELOPE_BYTES_MAX + json.len() < BODY_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use csv::ByteRecord;

    use super::*;

    /// A rejected row that was read from so many bytes.
    fn rejected(bytes: usize) -> Entry {
        Entry {
            line: 1,
            original: Original::Json(vec![b'x'; bytes]),
            record: None,
            source: None,
            outcome: Some(RowOutcome::Rejected(Vec::new())),
        }
    }

    #[test]
    fn a_batch_is_bounded_by_the_bytes_of_rejected_rows_too() {
        const LARGE: usize = 900 * 1024;
        let mut batch = Batch::default();
        while !batch.is_full_for(&rejected(LARGE)) {
            batch.push(rejected(LARGE));
        }
        assert_eq!(batch.entries.len(), BATCH_BYTES_MAX / LARGE);
        assert!(batch.bytes() <= BATCH_BYTES_MAX);
        let largest = rejected(2 * BATCH_BYTES_MAX);
        assert!(!Batch::default().is_full_for(&largest), "it is alone");
    }

    #[test]
    fn the_empty_cells_and_the_problems_of_a_row_take_memory() {
        let cells = ByteRecord::from(vec![""; 1_000]);
        assert!(Original::Csv(cells).bytes() >= 8 * 1_000);
        let problem = RowProblem::of_row("required", "x".repeat(5_000));
        assert!(problem.bytes() > 5_000);
    }
}
