//! Rebuilding the counters of a workspace from its revenues, while the API keeps working.
//!
//! A new generation of counters starts at an instant in the near future. From then on, the stream
//! counts new revenues into both generations; a walk over the list counts older ones into the new
//! generation. The `created_at` of a revenue decides which of the two counts it, so that each is
//! counted exactly once.

use std::time::Duration;

use ::totals::replay;
use domain::id::WorkspaceId;
use domain::revenue::Revenue;
use domain::value::Timestamp;
use domain::workspace::Generation;
use serde::Serialize;
use shared::app::App;
use shared::lists::Walk;
use store::key;
use store::table::Query;

use super::{check_wait, shards};
use crate::{AdminError, workspaces};

/// The most revenues that are counted at once.
const ROWS_AT_ONCE_MAX: usize = 1_000;

/// The result of a rebuild.
#[derive(Debug, Serialize)]
pub struct Rebuilt {
    /// The generation of the new counters.
    pub generation: u32,
    /// The revenues that the walk counted; the stream counts those created later.
    pub revenues: u64,
}

/// Rebuilds the counters of a workspace, and then lets the API read them. Safe to repeat: each run
/// starts from scratch and takes over from any run still in progress.
///
/// `wait` must cover the time until all functions know about a change, plus the longest request:
/// functions cache workspaces for 30 seconds, and a request takes at most as long. The clock of
/// this process must not differ from those of the functions by more than that.
///
/// # Errors
/// [`AdminError`] if `wait` is over [`WAIT_MAX`](super::WAIT_MAX), if there is no such workspace,
/// if another rebuild took over, or if the table does not answer.
pub async fn rebuild(
    app: &App,
    workspace: WorkspaceId,
    wait: Duration,
) -> Result<Rebuilt, AdminError> {
    check_wait(wait)?;
    let started = start(app, workspace, wait).await?;
    // First until that instant, then until all revenues created before it are in the list.
    tokio::time::sleep(wait + wait).await;
    let revenues = count(app, workspace, started.generation, started.since).await?;
    let replaced = finish(app, workspace, started.generation).await?;
    // Until nothing reads the old counters any more, or adds to them.
    tokio::time::sleep(wait).await;
    for old in started.abandoned.into_iter().chain(replaced) {
        app.table
            .clear(&Query::all(key::counters(workspace, old)))
            .await?;
    }
    Ok(Rebuilt {
        generation: started.generation,
        revenues,
    })
}

/// A new generation, not yet complete.
struct Started {
    generation: u32,
    since: Timestamp,
    /// Generations that were never completed, or were set aside.
    abandoned: Vec<u32>,
}

/// Starts a generation, which replaces any that was not completed or was set aside.
async fn start(app: &App, workspace: WorkspaceId, wait: Duration) -> Result<Started, AdminError> {
    let since = Timestamp::new(app.now().instant() + wait);
    workspaces::change(app, workspace, |found| {
        let config = &mut found.config;
        let abandoned = config
            .counting
            .extract_if(.., |one| !one.ready || one.set_aside)
            .map(|one| one.number)
            .collect();
        // The version grows with each change, so that no number is ever used twice.
        let generation = u32::try_from(config.version)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        config.counting.push(Generation {
            number: generation,
            since: Some(since),
            ready: false,
            set_aside: false,
        });
        Ok((
            Started {
                generation,
                since,
                abandoned,
            },
            Vec::new(),
        ))
    })
    .await
}

/// Lets the API read a generation, and returns those that it replaces.
async fn finish(
    app: &App,
    workspace: WorkspaceId,
    generation: u32,
) -> Result<Vec<u32>, AdminError> {
    workspaces::change(app, workspace, |found| {
        let counting = &mut found.config.counting;
        let generation_started = counting
            .iter_mut()
            .find(|one| one.number == generation)
            .ok_or(AdminError::TakenOver)?;
        if generation_started.set_aside {
            return Err(AdminError::SetAside(workspace));
        }
        generation_started.ready = true;
        let replaced = counting
            .extract_if(.., |one| one.number < generation)
            .map(|one| one.number)
            .collect();
        Ok((replaced, Vec::new()))
    })
    .await
}

/// Counts the revenues created before `since`, and returns how many there are.
async fn count(
    app: &App,
    id: WorkspaceId,
    generation: u32,
    since: Timestamp,
) -> Result<u64, AdminError> {
    let counters = key::counters(id, generation);
    let shards = shards(&workspaces::show(app, id).await?);
    let mut walk = Walk::new(&app.table, &shards);
    let mut revenues = Vec::with_capacity(ROWS_AT_ONCE_MAX);
    let mut counted = 0;
    loop {
        let next = walk.next::<Revenue>().await?.map(|(_, revenue)| revenue);
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
