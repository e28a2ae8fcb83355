//! Where a run begins: at the first row, or where an earlier run ended.

use std::path::Path;

use super::Counts;
use super::output_file::{CONFLICTS, REJECTS, has, with_suffix};
use super::state::{Identity, State, StateFile};
use crate::progress::Progress;

/// Where a run begins.
pub struct Begin {
    pub state_file: StateFile,
    pub state: State,
}

impl Begin {
    /// Where a run of a file begins: at the first row, or where an earlier run ended.
    pub fn of(path: &Path, identity: Identity, resume: bool, progress: &Progress) -> Self {
        let state_file = StateFile::of(path);
        let found = state_file.read(&identity);
        let fresh = State {
            identity,
            counts: Counts::default(),
            rejects_bytes: 0,
            conflicts_bytes: 0,
        };
        let rows = found.as_ref().map_or(0, |state| state.counts.rows);
        let is_whole = found.as_ref().is_none_or(|state| {
            has(&with_suffix(path, REJECTS), state.rejects_bytes)
                && has(&with_suffix(path, CONFLICTS), state.conflicts_bytes)
        });
        let state = match (found, resume) {
            (Some(_), true) if !is_whole => {
                progress.note("the results of the earlier run are not whole; beginning at row 1");
                fresh
            }
            (Some(state), true) => {
                progress.note(&format!("continuing after row {rows}"));
                state
            }
            (Some(_), false) => {
                let note = "an earlier run ended after row";
                progress.note(&format!("{note} {rows}; --resume would continue there"));
                fresh
            }
            (None, true) => {
                progress
                    .note("there is no earlier run of this file to continue; beginning at row 1");
                fresh
            }
            (None, false) => fresh,
        };
        Self { state_file, state }
    }
}
