//! What became of the rows, in the order of the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::begin::Begin;
use super::entry::{Batch, Conflict, Entry, RejectedRow, RowOutcome};
use super::output_file::{
    CONFLICTS, OutputError, OutputFile, REJECTS, Tail, set_aside, with_suffix,
};
use super::state::{State, StateFile};
use super::{CONFLICTS_SHOWN_MAX, Counts, REJECTED_SHOWN_MAX};
use crate::kind::RecordKind;
use crate::progress::Progress;
use crate::rows::{RejectWriter, RowProblem};

/// The most unfinished rows that are named.
const UNFINISHED_SHOWN_MAX: u64 = 10;

/// What became of the rows of a file.
pub struct Ledger<'a> {
    kind: RecordKind,
    progress: &'a Progress,
    header: Option<Vec<String>>,
    rejects_path: PathBuf,
    rejects: Option<(RejectWriter<Tail>, OutputFile)>,
    conflicts_path: PathBuf,
    conflicts: Option<(csv::Writer<Tail>, OutputFile)>,
    state_file: StateFile,
    state: State,
    /// Whether a row is not done, so that another run has to begin there.
    is_behind: bool,
    /// Why the files are not written any more.
    failed: Option<OutputError>,
    counts: Counts,
    run: Counts,
    first_conflicts: Vec<Conflict>,
    first_rejected: Vec<RejectedRow>,
    /// Batches that wait for an earlier one.
    waiting: BTreeMap<u64, Batch>,
    next: u64,
}

/// What is left of a ledger.
pub struct Closed {
    pub counts: Counts,
    pub rejects: Option<PathBuf>,
    pub conflicts: Option<PathBuf>,
    pub first_conflicts: Vec<Conflict>,
    pub first_rejected: Vec<RejectedRow>,
    pub failed: Option<OutputError>,
}

impl<'a> Ledger<'a> {
    /// Begins, and sets the results of an earlier run aside unless it continues.
    pub fn begin(
        path: &Path,
        kind: RecordKind,
        header: Option<&[String]>,
        begin: Begin,
        progress: &'a Progress,
    ) -> Result<Self, OutputError> {
        let Begin { state_file, state } = begin;
        let mut ledger = Self {
            kind,
            progress,
            header: header.map(<[String]>::to_vec),
            rejects_path: with_suffix(path, REJECTS),
            rejects: None,
            conflicts_path: with_suffix(path, CONFLICTS),
            conflicts: None,
            state_file,
            is_behind: false,
            failed: None,
            counts: state.counts,
            run: Counts::default(),
            state,
            first_conflicts: Vec::new(),
            first_rejected: Vec::new(),
            waiting: BTreeMap::new(),
            next: 0,
        };
        let (rejects, conflicts) = (ledger.state.rejects_bytes, ledger.state.conflicts_bytes);
        for (path, kept) in [
            (&ledger.rejects_path, rejects),
            (&ledger.conflicts_path, conflicts),
        ] {
            if kept == 0
                && let Some(previous) = set_aside(path)?
            {
                let (path, previous) = (path.display(), previous.display());
                progress.note(&format!("{path} of an earlier run is now {previous}"));
            }
        }
        if rejects > 0 {
            ledger.rejects(rejects)?;
        }
        if conflicts > 0 {
            ledger.conflicts(conflicts)?;
        }
        Ok(ledger)
    }

    /// How many batches are settled, in order.
    pub fn settled(&self) -> u64 {
        self.next
    }

    /// Whether a file could not be written. Rows are still counted then.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Takes a batch, which may come before earlier ones. Returns how many bytes of memory this
    /// makes free.
    pub fn take(&mut self, number: u64, batch: Batch) -> usize {
        let mut freed = 0;
        self.waiting.insert(number, batch);
        while let Some(batch) = self.waiting.remove(&self.next) {
            self.next += 1;
            freed += batch.bytes();
            self.note_all(batch);
            self.write(Self::save);
        }
        freed
    }

    /// Writes to files, unless that failed before: no file gets a gap.
    fn write(&mut self, write: impl FnOnce(&mut Self) -> Result<(), OutputError>) {
        if self.failed.is_none() {
            self.failed = write(self).err();
        }
    }

    fn note_all(&mut self, batch: Batch) {
        let mut line = 0;
        for mut entry in batch.entries {
            line = entry.line;
            match entry.outcome.take() {
                Some(outcome) => self.note(&entry, outcome),
                None => self.is_behind = true,
            }
        }
        self.progress.lines(line, self.run.rows);
    }

    fn note(&mut self, entry: &Entry, outcome: RowOutcome) {
        self.counts.add(&outcome);
        self.run.add(&outcome);
        let is_anonymous = |record: &super::entry::Prepared| record.external_id.is_none();
        if self.kind == RecordKind::Revenues && entry.record.as_ref().is_some_and(is_anonymous) {
            self.counts.without_external_id += 1;
        }
        match outcome {
            RowOutcome::Done(_) | RowOutcome::Corrected { .. } | RowOutcome::AlreadyCorrected => {}
            RowOutcome::Rejected(problems) => self.reject(entry, &problems),
            RowOutcome::Unknown(problem) => self.reject(entry, &[problem]),
            RowOutcome::Unfinished(problem) => {
                self.is_behind = true;
                if self.run.unfinished <= UNFINISHED_SHOWN_MAX {
                    let (line, code, detail) = (entry.line, problem.code, problem.detail);
                    let note = format!("line {line} is not finished: {code}: {detail}");
                    self.progress.note(&note);
                }
            }
            RowOutcome::Conflict(conflicts) => {
                for conflict in conflicts {
                    self.write(|ledger| ledger.write_conflict(&conflict));
                    if self.first_conflicts.len() < CONFLICTS_SHOWN_MAX {
                        self.first_conflicts.push(conflict);
                    }
                }
            }
        }
    }

    fn reject(&mut self, entry: &Entry, problems: &[RowProblem]) {
        if self.first_rejected.len() < REJECTED_SHOWN_MAX {
            self.first_rejected.push(RejectedRow {
                line: entry.line,
                problems: problems.to_vec(),
            });
        }
        self.write(|ledger| ledger.write_reject(entry, problems));
    }

    fn write_reject(&mut self, entry: &Entry, problems: &[RowProblem]) -> Result<(), OutputError> {
        let (rejects, _) = self.rejects(0)?;
        let written = rejects.write(entry.line, &entry.original, problems);
        written.map_err(|error| OutputError::new(&self.rejects_path, error))
    }

    fn write_conflict(&mut self, conflict: &Conflict) -> Result<(), OutputError> {
        let written = self.conflicts(0)?.0.write_record(conflict.cells());
        written.map_err(|error| OutputError::new(&self.conflicts_path, error.into()))
    }

    /// The file with rejected rows, which exists once there is one.
    fn rejects(&mut self, kept: u64) -> Result<&mut (RejectWriter<Tail>, OutputFile), OutputError> {
        if self.rejects.is_none() {
            let failed = |error| OutputError::new(&self.rejects_path, error);
            let header = self.header.as_deref();
            let mut first = Vec::new();
            let written = RejectWriter::new(&mut first, header).and_then(|mut file| file.flush());
            written.map_err(failed)?;
            let file = OutputFile::begin(&self.rejects_path, kept)?;
            let omitted = if kept > 0 { first.len() as u64 } else { 0 };
            let writer = RejectWriter::new(file.writer(omitted)?, header).map_err(failed)?;
            self.rejects = Some((writer, file));
        }
        Ok(self.rejects.as_mut().expect("it was made above"))
    }

    /// The file with conflicts, which exists once there is one.
    fn conflicts(
        &mut self,
        kept: u64,
    ) -> Result<&mut (csv::Writer<Tail>, OutputFile), OutputError> {
        if self.conflicts.is_none() {
            let file = OutputFile::begin(&self.conflicts_path, kept)?;
            let mut writer = csv::Writer::from_writer(file.writer(0)?);
            if kept == 0 {
                let written = writer.write_record(Conflict::COLUMNS);
                written.map_err(|error| OutputError::new(&self.conflicts_path, error.into()))?;
            }
            self.conflicts = Some((writer, file));
        }
        Ok(self.conflicts.as_mut().expect("it was made above"))
    }

    /// Saves how far every row is done.
    fn save(&mut self) -> Result<(), OutputError> {
        if self.is_behind {
            return Ok(());
        }
        self.flush()?;
        let length = |file: Option<&OutputFile>| file.map_or(Ok(0), OutputFile::length);
        self.state.counts = self.counts;
        self.state.rejects_bytes = length(self.rejects.as_ref().map(|(_, file)| file))?;
        self.state.conflicts_bytes = length(self.conflicts.as_ref().map(|(_, file)| file))?;
        self.state_file.write(&self.state)
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        if let Some((writer, _)) = &mut self.rejects {
            let flushed = writer.flush();
            flushed.map_err(|error| OutputError::new(&self.rejects_path, error))?;
        }
        if let Some((writer, _)) = &mut self.conflicts {
            let flushed = writer.flush();
            flushed.map_err(|error| OutputError::new(&self.conflicts_path, error))?;
        }
        Ok(())
    }

    /// Completes the files, unless they could not be written. `is_done` says whether every row of
    /// the file was taken.
    pub fn close(mut self, is_done: bool) -> Closed {
        let waiting = std::mem::take(&mut self.waiting);
        if !is_done || !waiting.is_empty() {
            self.is_behind = true;
        }
        waiting.into_values().for_each(|batch| self.note_all(batch));
        self.write(Self::flush);
        let (mut rejects, mut conflicts) = (None, None);
        self.write(|ledger| {
            let complete = |file: Option<OutputFile>| file.map(OutputFile::complete).transpose();
            rejects = complete(ledger.rejects.take().map(|(_, file)| file))?;
            conflicts = complete(ledger.conflicts.take().map(|(_, file)| file))?;
            if ledger.is_behind {
                return Ok(());
            }
            ledger.state_file.remove()
        });
        Closed {
            counts: self.counts,
            rejects,
            conflicts,
            first_conflicts: self.first_conflicts,
            first_rejected: self.first_rejected,
            failed: self.failed,
        }
    }
}
