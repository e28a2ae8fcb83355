//! Counting the revenues of a workspace anew, while the API goes on.
//!
//! A new generation of counters begins at an instant that is still to come. From then on, the stream counts new revenues
//! into both generations; what was created before is counted into the new one by a walk. A revenue's own
//! `created_at` decides which of the two counts it, so that none is counted twice or not at all.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;
use shared::app::App;
use shared::counting::Row;
use shared::id::WorkspaceId;
use shared::key;
use shared::lists::Walk;
use shared::table::Query;
use shared::totals::replay;
use shared::value::Timestamp;
use shared::workspace::Generation;

use super::lists;
use crate::{AdminError, workspaces};

/// How many revenues are counted at once.
const ROWS_AT_ONCE_MAX: usize = 1_000;

/// Counters that were made anew.
#[derive(Debug, Serialize)]
pub struct Rebuilt {
    /// Their generation.
    pub generation: u32,
    /// The revenues that were counted by a walk; those created later are counted as ever.
    pub revenues: u64,
}

/// Counts the revenues of a workspace anew and lets the API read the result. Safe to repeat: what was interrupted is
/// taken up again.
///
/// `settle` is how long it may take until everyone knows of a change, and until a request that has begun has ended.
/// Between the two, nothing may be missed: the lifetime of the cache of workspaces is 30 seconds, and a request takes at
/// most as long.
///
/// # Errors
/// [`AdminError`] if there is no such workspace, or the table does not answer.
pub async fn rebuild(app: &App, workspace: WorkspaceId, settle: Duration) -> Result<Rebuilt, AdminError> {
    let (generation, since) = begin(app, workspace, settle).await?;
    // Until the instant, and then until what was created before it is written and listed.
    let left = since.instant().duration_since(app.now().instant());
    tokio::time::sleep(Duration::try_from(left).unwrap_or_default() + settle).await;
    let revenues = count(app, workspace, generation, since).await?;
    workspaces::change(app, workspace, |found| {
        for kept in &mut found.config.counting {
            kept.ready |= kept.number == generation;
        }
        Ok(((), Vec::new()))
    })
    .await?;
    // Until nobody reads the old ones any more.
    tokio::time::sleep(settle).await;
    let old = workspaces::change(app, workspace, |found| {
        let (kept, old) = found.config.counting.iter().partition(|one| one.number == generation);
        found.config.counting = kept;
        let old: Vec<Generation> = old;
        Ok((old, Vec::new()))
    })
    .await?;
    for old in old {
        app.table.clear(&Query::all(key::counters(workspace, old.number))).await?;
    }
    Ok(Rebuilt { generation, revenues })
}

/// Begins a generation, or finds the one that was begun and not finished.
async fn begin(app: &App, workspace: WorkspaceId, settle: Duration) -> Result<(u32, Timestamp), AdminError> {
    let later = SignedDuration::try_from(settle).unwrap_or_default();
    let since = Timestamp::new(app.now().instant() + later);
    workspaces::change(app, workspace, |found| {
        let counting = &mut found.config.counting;
        let begun = counting.iter().find(|one| !one.ready).and_then(|one| Some((one.number, one.since?)));
        let begun = begun.unwrap_or_else(|| {
            let number = counting.iter().map(|one| one.number).max().unwrap_or_default() + 1;
            counting.push(Generation { number, since: Some(since), ready: false });
            (number, since)
        });
        Ok((begun, Vec::new()))
    })
    .await
}

/// Counts the revenues that were created before the generation began; gives how many there are.
async fn count(app: &App, id: WorkspaceId, generation: u32, since: Timestamp) -> Result<u64, AdminError> {
    let counters = key::counters(id, generation);
    let lists = lists(&workspaces::show(app, id).await?);
    let mut walk = Walk::<Row>::new(&app.table, &lists);
    let mut rows = Vec::with_capacity(ROWS_AT_ONCE_MAX);
    let mut counted = 0;
    loop {
        let next = walk.next().await?.map(|(_, row)| row);
        let at_the_end = next.is_none();
        rows.extend(next.filter(|row| row.created_at() < since));
        if rows.len() == ROWS_AT_ONCE_MAX || at_the_end {
            replay(&app.table, &counters, &rows, app.now()).await?;
            counted += rows.len() as u64;
            rows.clear();
        }
        if at_the_end {
            return Ok(counted);
        }
    }
}
