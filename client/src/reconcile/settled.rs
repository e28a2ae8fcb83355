//! Digests that are not behind the revenues.

use std::time::Duration;

use uuid::Uuid;

use super::book::Book;
use super::digests::{self, Cell};
use super::{Job, Range, ReconcileError, Source};

/// The most revenues whose digests are exact at every moment, as docs/reconciling.md promises.
const EXACT_ROWS_MAX: u64 = 5_000;
/// How long to wait for digests that may be behind, and how often at most.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);
const LOOKS_MAX: usize = 10;

/// The days and groups that differ. The digests of many revenues come from counters, which follow a
/// write within seconds: if they may be behind, they are read again until they do not change.
///
/// # Errors
/// Why the digests cannot be read.
pub async fn cells(
    job: &Job<'_>,
    book: &Book,
    range: Range,
    sources: &[Source],
    known: &[Uuid],
) -> Result<Vec<Cell>, ReconcileError> {
    let mut cells = differing(job, book, range, sources, known).await?;
    let count = |cells: &[Cell]| cells.iter().map(|cell| cell.theirs.count).sum::<u64>();
    for _ in 0..LOOKS_MAX {
        if cells.is_empty() || book.rows.max(count(&cells)) <= EXACT_ROWS_MAX {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(BETWEEN_LOOKS) => {}
            () = job.stop.requested() => return Err(ReconcileError::Interrupted),
        }
        let before = std::mem::take(&mut cells);
        cells = differing(job, book, range, sources, known).await?;
        if cells == before {
            break;
        }
    }
    Ok(cells)
}

async fn differing(
    job: &Job<'_>,
    book: &Book,
    range: Range,
    sources: &[Source],
    known: &[Uuid],
) -> Result<Vec<Cell>, ReconcileError> {
    let mut cells = Vec::new();
    for source in sources {
        if job.stop.is_requested() {
            return Err(ReconcileError::Interrupted);
        }
        let api = known.contains(&source.id).then_some(job.api);
        cells.extend(digests::differing(api, book, range, source.id).await?);
    }
    cells.sort_by(|one, other| (one.day, &one.group).cmp(&(other.day, &other.group)));
    Ok(cells)
}
