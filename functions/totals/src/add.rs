//! Adding pending updates to counters.

use std::collections::HashMap;

use domain::counting::{PendingUpdates, Sequence};
use domain::value::Timestamp;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use shared::error::chain;
use store::key::Key;
use store::table::{Added, Checkpoint, StoreError, Table};

/// How many counters are written at once.
const COUNTERS_AT_ONCE_MAX: usize = 16;
/// How long a counter keeps its checkpoint of a shard. A stream keeps its records for a day; after
/// that, none can be delivered again.
const CHECKPOINT_LIFETIME: SignedDuration = SignedDuration::from_hours(30);
/// The most checkpoints of one counter. A shard of the stream lasts about four hours, so that each
/// partition of the table has about nine within [`CHECKPOINT_LIFETIME`]: enough for a hundred
/// partitions, which hold a terabyte.
const CHECKPOINTS_MAX: usize = 1_000;
/// The most checkpoints that are removed at once; the others are removed with later updates.
const FORGOTTEN_MAX: usize = 50;
/// Separates the position and the time in a checkpoint; less than every digit.
const AT: char = '!';

/// What each counter has to add.
pub type Pending = HashMap<Key, PendingUpdates>;

/// Adds pending updates of the source `name`, and returns the counters that cannot be written and
/// for which no retry will help, each with its error.
///
/// # Errors
/// [`StoreError`] if some may not be added, and a retry may help.
pub async fn add(
    table: &Table,
    name: &str,
    pending: Pending,
    now: Timestamp,
) -> Result<Vec<(Key, StoreError)>, StoreError> {
    let adding = pending.into_iter().map(async |(key, updates)| {
        match add_updates(table, name, &key, updates, now).await {
            Ok(()) => Ok(None),
            Err(error @ StoreError::Invalid(..)) => Ok(Some((key, error))),
            Err(
                error @ (StoreError::Refused(..)
                | StoreError::Unknown(..)
                | StoreError::Inaccessible(..)),
            ) => Err(error),
        }
    });
    // Collected, because a stream that borrows from its closures cannot be sent between threads.
    let adding: Vec<_> = adding.collect();
    let failed: Vec<_> = stream::iter(adding)
        .buffer_unordered(COUNTERS_AT_ONCE_MAX)
        .try_collect()
        .await?;
    Ok(failed.into_iter().flatten().collect())
}

/// Adds pending updates to their counter, one after another.
async fn add_updates(
    table: &Table,
    name: &str,
    key: &Key,
    mut updates: PendingUpdates,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Each update removes at least one pending record, whether it is applied or refused.
    while let Some(update) = updates.next() {
        let reached = format!("{}{AT}{}", update.last, now.instant().as_second());
        let checkpoint = Checkpoint {
            name: name.to_owned(),
            reached,
        };
        match table
            .add(key, &update.numbers, &checkpoint, update.first.as_str())
            .await?
        {
            Added::Applied(checkpoints) => {
                updates.taken(&update.last);
                forget(table, key, checkpoints, now).await?;
            }
            Added::Refused { reached } => {
                let place = reached
                    .rsplit_once(AT)
                    .map_or(reached.as_str(), |(place, _)| place);
                updates.taken(&Sequence::of_position(place.to_owned()).max(update.first));
            }
        }
    }
    Ok(())
}

/// Removes the checkpoints of shards that ended long ago, so that counters stay small. A failure to
/// do so loses nothing.
///
/// # Errors
/// [`StoreError::Invalid`] if the counter has too many others.
async fn forget(
    table: &Table,
    key: &Key,
    checkpoints: Vec<Checkpoint>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (mut old, kept): (Vec<_>, Vec<_>) = checkpoints
        .into_iter()
        .partition(|checkpoint| is_old(checkpoint, now));
    if kept.len() > CHECKPOINTS_MAX {
        let error = format!("it has {} checkpoints of shards", kept.len());
        return Err(StoreError::Invalid("adding to a counter", error.into()));
    }
    old.truncate(FORGOTTEN_MAX);
    if old.is_empty() {
        return Ok(());
    }
    if let Err(error) = table.forget(key, &old).await {
        tracing::warn!(
            error = chain(&error),
            "old checkpoints of a counter were not forgotten"
        );
    }
    Ok(())
}

/// Whether the shard of a checkpoint ended so long ago that none of its records is delivered again.
fn is_old(checkpoint: &Checkpoint, now: Timestamp) -> bool {
    let moved = checkpoint
        .reached
        .rsplit_once(AT)
        .and_then(|(_, time)| time.parse().ok());
    let moved = moved.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    moved.is_some_and(|moved| now.instant().duration_since(moved) > CHECKPOINT_LIFETIME)
}
