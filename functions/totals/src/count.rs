//! Counting what a stream delivers, exactly once.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::counting::{PendingUpdates, Sequence, contribution};
use domain::id::WorkspaceId;
use domain::revenue::Revenue;
use domain::value::Timestamp;
use domain::workspace::{Config, Generation};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use shared::error::chain;
use store::key::{self, Key, Range};
use store::table::{Added, Checkpoint, Delivery, Inserted, StoreError, Table};

/// How many counters are written at once.
const COUNTERS_AT_ONCE_MAX: usize = 16;
/// How long a counter keeps its checkpoint of a shard. A stream keeps its records for a day; after
/// that, none can be delivered again.
const CHECKPOINT_LIFETIME: SignedDuration = SignedDuration::from_hours(48);
/// Separates the position and the time in a checkpoint; less than every digit.
const AT: char = '!';
/// The name of the checkpoint of a replay.
const REPLAY: &str = "replay";
/// The most checkpoints that are removed at once; the others are removed with later updates.
const FORGOTTEN_MAX: usize = 50;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Revenues that are counted, now or already before.
    pub counted: usize,
    /// Records that cannot be parsed as revenues; each is logged.
    pub uncounted: usize,
}

/// Counts the revenues of a delivery. Safe to repeat, in whole or in part, at any time and at the
/// same time.
///
/// # Errors
/// [`StoreError`] if some may not be counted; then the same records have to be delivered again.
pub async fn count(
    table: &Table,
    delivery: Delivery<Revenue>,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    let mut done = Counted::default();
    let mut revenues = Vec::with_capacity(delivery.inserted.len());
    for Inserted {
        key,
        sequence,
        item,
    } in delivery.inserted
    {
        let Some(workspace) = key::workspace_of_revenue(&key) else {
            continue;
        };
        match (item, Sequence::of_stream(&sequence)) {
            (Ok(revenue), Some(sequence)) => revenues.push((workspace, sequence, revenue)),
            (_, _) => {
                // Without the error, which may contain stored values.
                tracing::error!(
                    item = key.partition(),
                    sequence,
                    "a stream record cannot be counted as a revenue"
                );
                done.uncounted += 1;
            }
        }
    }
    revenues.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
    let generations = generations(table, revenues.iter().map(|(workspace, ..)| *workspace)).await?;
    let mut pending = HashMap::new();
    for (workspace, sequence, revenue) in revenues {
        let begun = |generation: &&Generation| {
            generation
                .since
                .is_none_or(|since| since <= revenue.created_at)
        };
        let begun: Vec<_> = generations
            .get(&workspace)
            .into_iter()
            .flatten()
            .filter(begun)
            .collect();
        for generation in &begun {
            push(
                &mut pending,
                &key::counters(workspace, generation.number),
                &sequence,
                &revenue,
            );
        }
        done.counted += usize::from(!begun.is_empty());
    }
    add(table, &shard_name(&delivery.shard), pending, now).await?;
    Ok(done)
}

/// Counts revenues of a fixed list in the order of their positions, such as all that were created
/// before some instant. Safe to repeat, in order.
///
/// # Errors
/// [`StoreError`] if some may not be counted.
pub async fn replay(
    table: &Table,
    counters: &Range,
    revenues: &[Revenue],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut pending = HashMap::new();
    for revenue in revenues {
        push(
            &mut pending,
            counters,
            &Sequence::of_position(revenue.position()),
            revenue,
        );
    }
    add(table, REPLAY, pending, now).await
}

/// The generations of counters that each workspace has at this moment.
async fn generations(
    table: &Table,
    workspaces: impl Iterator<Item = WorkspaceId>,
) -> Result<HashMap<WorkspaceId, Vec<Generation>>, StoreError> {
    let keys: BTreeMap<WorkspaceId, Key> = workspaces.map(|id| (id, key::workspace(id))).collect();
    let found = table
        .get::<Config>(&keys.into_values().collect::<Vec<_>>())
        .await?;
    Ok(found
        .into_iter()
        .flatten()
        .map(|config| (config.id, config.counting))
        .collect())
}

fn push(
    pending: &mut HashMap<Key, PendingUpdates>,
    counters: &Range,
    sequence: &Sequence,
    revenue: &Revenue,
) {
    for (sort, numbers) in contribution(revenue) {
        let updates = pending.entry(counters.key(sort)).or_default();
        updates.push(sequence.clone(), numbers);
    }
}

async fn add(
    table: &Table,
    name: &str,
    pending: HashMap<Key, PendingUpdates>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let adding = pending
        .into_iter()
        .map(|(key, updates)| add_updates(table, name, key, updates, now));
    // Collected, because a stream that borrows from its closures cannot be sent between threads.
    let adding: Vec<_> = adding.collect();
    stream::iter(adding)
        .buffer_unordered(COUNTERS_AT_ONCE_MAX)
        .try_collect()
        .await
}

/// Adds pending updates to their counter, one after another.
async fn add_updates(
    table: &Table,
    name: &str,
    key: Key,
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
            .add(&key, &update.numbers, &checkpoint, update.first.as_str())
            .await?
        {
            Added::Applied(checkpoints) => {
                updates.taken(&update.last);
                forget(table, &key, checkpoints, now).await;
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

/// Removes the checkpoints of shards that ended long ago, so that counters stay small. A failure
/// loses nothing.
async fn forget(table: &Table, key: &Key, checkpoints: Vec<Checkpoint>, now: Timestamp) {
    let old = |checkpoint: &Checkpoint| {
        let moved = checkpoint
            .reached
            .rsplit_once(AT)
            .and_then(|(_, time)| time.parse().ok());
        let moved = moved.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        moved.is_some_and(|moved| now.instant().duration_since(moved) > CHECKPOINT_LIFETIME)
    };
    let forgotten: Vec<Checkpoint> = checkpoints
        .into_iter()
        .filter(old)
        .take(FORGOTTEN_MAX)
        .collect();
    if forgotten.is_empty() {
        return;
    }
    if let Err(error) = table.forget(key, &forgotten).await {
        tracing::warn!(
            error = chain(&error),
            "old checkpoints of a counter were not forgotten"
        );
    }
}

/// The name of a shard in checkpoints: 64 bits of its hash, because a counter has several and their
/// own names are long.
fn shard_name(shard: &str) -> String {
    const BYTES: usize = 8;
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(shard)[..BYTES])
}
