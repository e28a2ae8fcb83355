//! Reads a file, fills batches, and keeps a few requests going.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::begin::Begin;
use super::correct::Adjustments;
use super::deliver::deliver;
use super::entry::{Batch, Entry};
use super::ledger::Ledger;
use super::source::Source;
use super::state::{Identity, StateFile};
use super::{Counts, FileReport, Job, PushError};
use crate::api::ApiError;
use crate::rows::FileError;

/// How many batches may be finished before an earlier one is, for each request at once. More would
/// take memory, as results are written in the order of the file.
const AHEAD: u64 = 4;

/// The most bytes of memory that the rows of all batches take that are in progress or wait for an
/// earlier one, unless a single one takes more. A request takes about as much again.
const HELD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A batch that came back.
struct Returned {
    number: u64,
    batch: Batch,
    result: Result<(), ApiError>,
}

/// Sends a file.
pub async fn push_file(job: &Job<'_>, path: &Path) -> Result<FileReport, PushError> {
    let is_corrected = job.options.corrections.is_some();
    let options = format!("{is_corrected} {:?}", job.reading);
    let identity = Identity::of(path, &job.target, job.kind.name(), &options);
    let identity = identity.map_err(|error| FileError::of_io(path, &error))?;
    let begin = Begin::of(path, identity.clone(), job.options.resume, job.progress);
    let mut source = Source::open(path, job.kind, &job.reading, begin.state.counts.rows)?;
    let ledger = Ledger::begin(path, job.kind, source.header(), begin, job.progress)?;
    let mut run = Run {
        job,
        path,
        identity,
        ledger,
        adjustments: job.options.corrections.clone().map(Adjustments::new),
        flying: JoinSet::new(),
        ids: HashMap::new(),
        dispatched: 0,
        held_bytes: 0,
        ended: None,
    };
    let sent = run.send_all(&mut source).await;
    // What is in progress is finished in every case: nobody would know what it did.
    run.land_all().await;
    let ended = run.ended.or(sent.err());
    let closed = run.ledger.close(ended.is_none());
    let ended = match ended {
        // Its rows may be of either file, and this one may come back.
        Some(PushError::Changed(file)) => {
            let removed = StateFile::of(path).remove();
            Some(removed.map_or_else(PushError::Output, |()| PushError::Changed(file)))
        }
        ended => ended.or(closed.failed.map(PushError::Output)),
    };
    Ok(FileReport {
        file: path.to_owned(),
        counts: Counts {
            skipped: source.skipped(),
            ..closed.counts
        },
        rejects: closed.rejects,
        conflicts: closed.conflicts,
        first_conflicts: closed.first_conflicts,
        first_rejected: closed.first_rejected,
        ended,
    })
}

struct Run<'a> {
    job: &'a Job<'a>,
    path: &'a Path,
    /// What the file was before it was read.
    identity: Identity,
    ledger: Ledger<'a>,
    adjustments: Option<Arc<Adjustments>>,
    flying: JoinSet<Returned>,
    /// How many batches in progress have an external id.
    ids: HashMap<String, usize>,
    dispatched: u64,
    /// The memory of the batches that are dispatched and not settled.
    held_bytes: usize,
    /// The first request that failed for good.
    ended: Option<PushError>,
}

impl Run<'_> {
    /// Sends every row. Ends early when a request fails for good or somebody asks to.
    async fn send_all(&mut self, source: &mut Source) -> Result<(), PushError> {
        let mut batch = Batch::default();
        while let Some(entry) = source.next().await {
            if self.job.stop.is_requested() {
                return Err(PushError::Interrupted);
            }
            if self.is_over() {
                return Ok(());
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.check_unchanged()?;
                    self.dispatch(&mut batch).await?;
                    return Err(error.into());
                }
            };
            if batch.is_full_for(&entry) {
                self.dispatch(&mut batch).await?;
            }
            self.await_same_id(&entry, &mut batch).await?;
            batch.push(entry);
        }
        self.check_unchanged()?;
        self.dispatch(&mut batch).await
    }

    /// Whether the file is still what it was. Otherwise, the last row may be half of one, which
    /// must not be sent.
    fn check_unchanged(&self) -> Result<(), PushError> {
        match self.identity.has_changed(self.path) {
            false => Ok(()),
            true => Err(PushError::Changed(self.path.to_owned())),
        }
    }

    /// Waits while another request has a record with the same external id, because requests that
    /// run at the same time have no order.
    async fn await_same_id(&mut self, entry: &Entry, batch: &mut Batch) -> Result<(), PushError> {
        let record = entry.record.as_ref();
        let Some(id) = record.and_then(|record| record.external_id.as_ref()) else {
            return Ok(());
        };
        while self.ids.contains_key(id) && !self.is_over() {
            self.dispatch(batch).await?;
            self.land().await;
        }
        Ok(())
    }

    /// Sends a batch, as soon as fewer requests are in progress than allowed.
    async fn dispatch(&mut self, batch: &mut Batch) -> Result<(), PushError> {
        let parallel = self.job.options.parallel.max(1);
        let ahead = AHEAD * parallel as u64;
        while self.flying.len() >= parallel
            || self.dispatched - self.ledger.settled() >= ahead
            || is_too_much(self.held_bytes, batch.bytes())
        {
            self.land().await;
        }
        if batch.is_empty() || self.is_over() {
            return Ok(());
        }
        if self.job.stop.is_requested() {
            return Err(PushError::Interrupted);
        }
        let mut batch = std::mem::take(batch);
        for id in batch.external_ids() {
            *self.ids.entry(id.to_owned()).or_default() += 1;
        }
        let (api, kind) = (self.job.api.clone(), self.job.kind);
        let operation = self.job.reading.operation;
        let adjustments = self.adjustments.clone();
        let number = self.dispatched;
        self.dispatched += 1;
        self.held_bytes += batch.bytes();
        self.flying.spawn(async move {
            let mut result = deliver(&api, kind, operation, &mut batch).await;
            if let (Ok(()), Some(adjustments)) = (&result, adjustments) {
                result = adjustments.correct(&api, &mut batch).await;
            }
            Returned {
                number,
                batch,
                result,
            }
        });
        Ok(())
    }

    /// Waits for one request.
    async fn land(&mut self) {
        let Some(returned) = self.flying.join_next().await else {
            return;
        };
        let Returned {
            number,
            batch,
            result,
        } = returned.expect("a task neither panics nor is aborted");
        for id in batch.external_ids() {
            if let Some(count) = self.ids.get_mut(id) {
                *count -= 1;
                if *count == 0 {
                    self.ids.remove(id);
                }
            }
        }
        if let Err(error) = result {
            self.ended.get_or_insert(error.into());
        }
        self.held_bytes -= self.ledger.take(number, batch);
    }

    /// Waits for every request in progress.
    async fn land_all(&mut self) {
        while !self.flying.is_empty() {
            self.land().await;
        }
    }

    /// Whether nothing more is to be sent.
    fn is_over(&self) -> bool {
        self.ended.is_some() || self.ledger.has_failed()
    }
}

/// Whether a batch has to wait until less is held. One is held in any case: nothing else would make
/// room for it.
fn is_too_much(held_bytes: usize, batch_bytes: usize) -> bool {
    held_bytes > 0 && held_bytes + batch_bytes > HELD_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_bounded_but_for_a_single_batch() {
        assert!(!is_too_much(HELD_BYTES_MAX - 5, 5));
        assert!(is_too_much(HELD_BYTES_MAX - 5, 6));
        assert!(!is_too_much(0, 2 * HELD_BYTES_MAX));
    }
}
