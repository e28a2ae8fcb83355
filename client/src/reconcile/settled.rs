//! Digests that are not behind the revenues.

use std::time::Duration;

use uuid::Uuid;

use super::book::Book;
use super::digests::{self, Cell, Month};
use super::{Job, Range, ReconcileError, Source};
use crate::api::Api;

/// The most revenues whose digests are exact at every moment, as docs/reconciling.md promises.
const EXACT_ROWS_MAX: u64 = 5_000;
/// How long to wait for digests that may be behind, and how often at most.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);
const LOOKS_MAX: usize = 10;

/// What is compared by digests.
#[derive(Clone, Copy)]
pub struct Digests<'a> {
    /// The API, and when to end early.
    pub job: &'a Job<'a>,
    /// What the files have.
    pub book: &'a Book,
    /// The days.
    pub range: Range,
    /// The sources.
    pub sources: &'a [Source],
    /// The sources that the workspace has.
    pub known: &'a [Uuid],
}

impl Digests<'_> {
    /// The days and groups that differ.
    ///
    /// # Errors
    /// Why the digests cannot be read.
    pub async fn cells(&self) -> Result<Vec<Cell>, ReconcileError> {
        let mut cells = Vec::new();
        for (source, month) in months_of(&self.settled().await?) {
            for half in self.range.halves_of(month) {
                self.look("days", cells.len())?;
                let api = self.api(source);
                cells.extend(digests::days(api, self.book, half, source).await?);
            }
        }
        cells.sort_by(|one, other| (one.day, &one.group).cmp(&(other.day, &other.group)));
        Ok(cells)
    }

    /// The months and groups that differ. The digests of many revenues come from counters, which
    /// follow a write within seconds: if they may be behind, they are read again until they do not
    /// change.
    async fn settled(&self) -> Result<Vec<Month>, ReconcileError> {
        let mut months = self.months().await?;
        for _ in 0..LOOKS_MAX {
            let theirs = months.iter().map(|month| month.theirs.count).sum();
            let is_exact = self.book.rows.compared.max(theirs) <= EXACT_ROWS_MAX;
            if is_exact || !months.iter().any(may_be_behind) {
                break;
            }
            let (what, found) = ("waiting for the counters of the API", months.len());
            self.job.progress.step(what, found as u64, "difference");
            tokio::select! {
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
                () = self.job.stop.requested() => return Err(ReconcileError::Interrupted),
            }
            let before = std::mem::replace(&mut months, self.months().await?);
            if months == before {
                break;
            }
        }
        Ok(months)
    }

    async fn months(&self) -> Result<Vec<Month>, ReconcileError> {
        let mut months = Vec::new();
        for source in self.sources {
            self.look("months", months.len())?;
            let api = self.api(source.id);
            months.extend(digests::months(api, self.book, self.range, source.id).await?);
        }
        Ok(months)
    }

    /// The API, if the workspace has the source.
    fn api(&self, source: Uuid) -> Option<&Api> {
        self.known.contains(&source).then_some(self.job.api)
    }

    fn look(&self, what: &str, found: usize) -> Result<(), ReconcileError> {
        let what = format!("comparing {what}");
        self.job.progress.step(&what, found as u64, "difference");
        match self.job.stop.is_requested() {
            true => Err(ReconcileError::Interrupted),
            false => Ok(()),
        }
    }
}

/// Whether it may differ only because not everything is counted. Counters miss revenues, but have
/// none that are not stored: with as many as the files have, or more, it differs for good.
fn may_be_behind(month: &Month) -> bool {
    month.theirs.count < month.ours.count
}

/// The sources and months, each once.
fn months_of(months: &[Month]) -> impl Iterator<Item = (Uuid, &str)> {
    let mut places: Vec<(Uuid, &str)> = months
        .iter()
        .map(|month| (month.source, month.month.as_str()))
        .collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter()
}
