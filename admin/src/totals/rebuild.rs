//! Counting the revenues of a workspace anew, while the API goes on.
//!
//! A new generation of counters begins at an instant that is still to come. From then on, the
//! stream counts new revenues into both generations; what was created before is counted into the
//! new one by a walk. A revenue's own `created_at` decides which of the two counts it, so that none
//! is counted twice or not at all.

use std::time::Duration;

use ::totals::replay;
use domain::id::WorkspaceId;
use domain::revenue::Revenue;
use domain::value::Timestamp;
use domain::workspace::Generation;
use jiff::SignedDuration;
use serde::Serialize;
use shared::app::App;
use shared::lists::Walk;
use store::key;
use store::table::Query;

use super::shards;
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

/// Counts the revenues of a workspace anew and lets the API read the result. Safe to repeat: each
/// time begins from nothing, and takes over from one that is still going on.
///
/// `settle` is how long it may take until everyone knows of a change, and until a request that has
/// begun has ended. Between the two, nothing may be missed: the lifetime of the cache of workspaces
/// is 30 seconds, and a request takes at most as long. The clock of this process must not be
/// further from that of the functions than that.
///
/// # Errors
/// [`AdminError`] if there is no such workspace, if another rebuild took over, or if the table does
/// not answer.
pub async fn rebuild(
    app: &App,
    workspace: WorkspaceId,
    settle: Duration,
) -> Result<Rebuilt, AdminError> {
    let begun = begin(app, workspace, settle).await?;
    // Until the instant, and then until what was created before it is written and listed.
    tokio::time::sleep(settle + settle).await;
    let revenues = count(app, workspace, begun.generation, begun.since).await?;
    let replaced = finish(app, workspace, begun.generation).await?;
    // Until nobody reads the old ones any more, or adds to them.
    tokio::time::sleep(settle).await;
    for old in begun.given_up.into_iter().chain(replaced) {
        app.table
            .clear(&Query::all(key::counters(workspace, old)))
            .await?;
    }
    Ok(Rebuilt {
        generation: begun.generation,
        revenues,
    })
}

/// A generation that was begun.
struct Begun {
    generation: u32,
    since: Timestamp,
    /// Those that were never finished.
    given_up: Vec<u32>,
}

/// Begins a generation, in the place of any that was not finished.
async fn begin(app: &App, workspace: WorkspaceId, settle: Duration) -> Result<Begun, AdminError> {
    let later = SignedDuration::try_from(settle).unwrap_or_default();
    let since = Timestamp::new(app.now().instant() + later);
    workspaces::change(app, workspace, |found| {
        let config = &mut found.config;
        let given_up = config
            .counting
            .extract_if(.., |one| !one.ready)
            .map(|one| one.number)
            .collect();
        // The version grows with each change, so that no number is ever used again.
        let generation = u32::try_from(config.version)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        config.counting.push(Generation {
            number: generation,
            since: Some(since),
            ready: false,
        });
        Ok((
            Begun {
                generation,
                since,
                given_up,
            },
            Vec::new(),
        ))
    })
    .await
}

/// Lets the API read a generation; gives those that it replaces.
async fn finish(
    app: &App,
    workspace: WorkspaceId,
    generation: u32,
) -> Result<Vec<u32>, AdminError> {
    workspaces::change(app, workspace, |found| {
        let counting = &mut found.config.counting;
        let begun = counting
            .iter_mut()
            .find(|one| one.number == generation)
            .ok_or(AdminError::TakenOver)?;
        begun.ready = true;
        let replaced = counting
            .extract_if(.., |one| one.number < generation)
            .map(|one| one.number)
            .collect();
        Ok((replaced, Vec::new()))
    })
    .await
}

/// Counts the revenues that were created before the generation began; gives how many there are.
async fn count(
    app: &App,
    id: WorkspaceId,
    generation: u32,
    since: Timestamp,
) -> Result<u64, AdminError> {
    let counters = key::counters(id, generation);
    let shards = shards(&workspaces::show(app, id).await?);
    let mut walk = Walk::<Revenue>::new(&app.table, &shards);
    let mut revenues = Vec::with_capacity(ROWS_AT_ONCE_MAX);
    let mut counted = 0;
    loop {
        let next = walk.next().await?.map(|(_, revenue)| revenue);
        let at_the_end = next.is_none();
        revenues.extend(next.filter(|revenue| revenue.created_at < since));
        if revenues.len() == ROWS_AT_ONCE_MAX || at_the_end {
            replay(&app.table, &counters, &revenues, app.now()).await?;
            counted += revenues.len() as u64;
            revenues.clear();
        }
        if at_the_end {
            return Ok(counted);
        }
    }
}
