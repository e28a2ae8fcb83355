//! How many rows ended how.

use serde::{Deserialize, Serialize};

use super::entry::RowOutcome;
use crate::api::ItemStatus;
use crate::exit::Exit;

/// How many rows ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All rows that were read, without those that the map left out.
    pub rows: u64,
    /// Left out by the map.
    pub skipped: u64,
    /// New.
    pub created: u64,
    /// Changed.
    pub updated: u64,
    /// Already as in the file.
    pub unchanged: u64,
    /// Revenues that exist, as in the file.
    pub skipped_duplicate: u64,
    /// Revenues that are stored with another amount, for which an adjustment was sent.
    pub corrected: u64,
    /// Those among them whose amount is one that they had before: files may contradict each other.
    pub corrected_back: u64,
    /// Revenues for which an earlier run sent an adjustment.
    pub already_corrected: u64,
    /// Revenues that are stored with other values.
    pub conflicts: u64,
    /// Not accepted.
    pub rejected: u64,
    /// Perhaps applied by an attempt whose answer was lost: sending them again would create them
    /// twice, or was refused.
    pub outcome_unknown: u64,
    /// Not finished: another run can help.
    pub unfinished: u64,
    /// Revenues without an external id: another run would create them again.
    pub without_external_id: u64,
}

impl Counts {
    /// Counts a row.
    pub(super) fn add(&mut self, outcome: &RowOutcome) {
        self.rows += 1;
        let count = match outcome {
            RowOutcome::Done(ItemStatus::Created) => &mut self.created,
            RowOutcome::Done(ItemStatus::Updated) => &mut self.updated,
            RowOutcome::Done(ItemStatus::Unchanged) => &mut self.unchanged,
            RowOutcome::Done(ItemStatus::SkippedDuplicate) => &mut self.skipped_duplicate,
            RowOutcome::Corrected { is_back } => {
                self.corrected_back += u64::from(*is_back);
                &mut self.corrected
            }
            RowOutcome::AlreadyCorrected => &mut self.already_corrected,
            RowOutcome::Conflict(_) => &mut self.conflicts,
            RowOutcome::Rejected(_) => &mut self.rejected,
            RowOutcome::Unknown(_) => &mut self.outcome_unknown,
            RowOutcome::Unfinished(_)
            | RowOutcome::Done(ItemStatus::Failed | ItemStatus::OutcomeUnknown) => {
                &mut self.unfinished
            }
        };
        *count += 1;
    }

    /// Adds those of another file.
    pub fn add_all(&mut self, other: &Self) {
        let Self {
            rows,
            skipped,
            created,
            updated,
            unchanged,
            skipped_duplicate,
            corrected,
            corrected_back,
            already_corrected,
            conflicts,
            rejected,
            outcome_unknown,
            unfinished,
            without_external_id,
        } = other;
        self.rows += rows;
        self.skipped += skipped;
        self.created += created;
        self.updated += updated;
        self.unchanged += unchanged;
        self.skipped_duplicate += skipped_duplicate;
        self.corrected += corrected;
        self.corrected_back += corrected_back;
        self.already_corrected += already_corrected;
        self.conflicts += conflicts;
        self.rejected += rejected;
        self.outcome_unknown += outcome_unknown;
        self.unfinished += unfinished;
        self.without_external_id += without_external_id;
    }

    /// Each count with its name, in the order of a summary.
    pub fn named(&self) -> [(&'static str, u64); 11] {
        [
            ("skipped by the map", self.skipped),
            ("created", self.created),
            ("updated", self.updated),
            ("unchanged", self.unchanged),
            ("skipped_duplicate", self.skipped_duplicate),
            ("corrected", self.corrected),
            ("already_corrected", self.already_corrected),
            ("conflicts", self.conflicts),
            ("rejected", self.rejected),
            ("outcome_unknown", self.outcome_unknown),
            ("unfinished", self.unfinished),
        ]
    }

    /// What these counts mean for a scheduler, if every row was read.
    pub fn exit(&self) -> Exit {
        match (
            self.unfinished,
            self.rejected + self.conflicts + self.outcome_unknown,
        ) {
            (0, 0) => Exit::Done,
            (0, _) => Exit::Rejected,
            (_, _) => Exit::Unfinished,
        }
    }
}
