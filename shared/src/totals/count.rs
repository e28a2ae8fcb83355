//! Counting what a stream delivers, exactly once.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::counting::{Pile, Row, Sequence};
use crate::error::chain;
use crate::id::WorkspaceId;
use crate::key::{self, Key};
use crate::table::{Added, Delivery, Inserted, Mark, StoreError, Table};
use crate::value::Timestamp;
use crate::workspace::{Config, Generation};

/// How many counters are written at once.
const COUNTERS_AT_ONCE_MAX: usize = 16;
/// How long a counter remembers how far it has taken a shard. A stream keeps its records for a day; later than that
/// nothing can come again.
const MARK_LIFETIME: SignedDuration = SignedDuration::from_hours(48);
/// What stands between the place and the time in a mark: less than any digit.
const AT: char = '!';
/// The mark of a replay.
const REPLAY: &str = "replay";
/// The most marks that are forgotten at once; others are when the counter is next added to.
const FORGOTTEN_MAX: usize = 50;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Revenues that are counted, now or already before.
    pub counted: usize,
    /// Records that are no revenue as it should be; each is logged.
    pub uncounted: usize,
}

/// Counts the revenues of a delivery. Safe to repeat, in whole or in part, at any time and at the same time.
///
/// # Errors
/// [`StoreError`] if some may not be counted; then the same records have to be delivered again.
pub async fn count(
    table: &Table,
    delivery: Delivery<Row>,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    let mut done = Counted::default();
    let mut rows = Vec::with_capacity(delivery.inserted.len());
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
            (Ok(row), Some(sequence)) => rows.push((workspace, sequence, row)),
            (_, _) => {
                // Not what is wrong with it, which may tell what is in it.
                tracing::error!(
                    item = key.partition,
                    sequence,
                    "a stream record is no revenue that can be counted"
                );
                done.uncounted += 1;
            }
        }
    }
    rows.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
    let generations = generations(table, rows.iter().map(|(workspace, ..)| *workspace)).await?;
    let mut piles = HashMap::new();
    for (workspace, sequence, row) in rows {
        let begun = |generation: &&Generation| {
            generation
                .since
                .is_none_or(|since| since <= row.created_at())
        };
        let begun: Vec<_> = generations
            .get(&workspace)
            .into_iter()
            .flatten()
            .filter(begun)
            .collect();
        for generation in &begun {
            push(
                &mut piles,
                &key::counters(workspace, generation.number).partition,
                &sequence,
                &row,
            );
        }
        done.counted += usize::from(!begun.is_empty());
    }
    add(table, &shard_name(&delivery.shard), piles, now).await?;
    Ok(done)
}

/// Counts rows of a fixed list that goes in the order of their places, such as all that were created before some
/// instant. Safe to repeat, in order.
///
/// # Errors
/// [`StoreError`] if some may not be counted.
pub async fn replay(
    table: &Table,
    counters: &key::Range,
    rows: &[Row],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut piles = HashMap::new();
    for row in rows {
        push(
            &mut piles,
            &counters.partition,
            &Sequence::of_position(row.position()),
            row,
        );
    }
    add(table, REPLAY, piles, now).await
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

fn push(piles: &mut HashMap<Key, Pile>, partition: &str, sequence: &Sequence, row: &Row) {
    for (sort, numbers) in row.counts() {
        let key = Key {
            partition: partition.to_owned(),
            sort,
        };
        piles
            .entry(key)
            .or_default()
            .push(sequence.clone(), numbers);
    }
}

async fn add(
    table: &Table,
    name: &str,
    piles: HashMap<Key, Pile>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let adding = piles
        .into_iter()
        .map(|(key, pile)| add_pile(table, name, key, pile, now));
    // Collected, because a stream that borrows from its closures cannot be sent between threads.
    let adding: Vec<_> = adding.collect();
    stream::iter(adding)
        .buffer_unordered(COUNTERS_AT_ONCE_MAX)
        .try_collect()
        .await
}

/// Adds a pile to its counter, step by step.
async fn add_pile(
    table: &Table,
    name: &str,
    key: Key,
    mut pile: Pile,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Each step takes at least one record from the pile, whether it is applied or refused.
    while let Some(step) = pile.next() {
        let reached = format!("{}{AT}{}", step.last, now.instant().as_second());
        let mark = Mark {
            name: name.to_owned(),
            reached,
        };
        match table
            .add(&key, &step.numbers, &mark, step.first.as_str())
            .await?
        {
            Added::Applied(marks) => {
                pile.taken(&step.last);
                forget(table, &key, marks, now).await;
            }
            Added::Refused { reached } => {
                let place = reached
                    .rsplit_once(AT)
                    .map_or(reached.as_str(), |(place, _)| place);
                pile.taken(&Sequence::of_position(place.to_owned()).max(step.first));
            }
        }
    }
    Ok(())
}

/// Forgets the marks of shards that ended long ago, so that counters stay small. A failure loses nothing.
async fn forget(table: &Table, key: &Key, marks: Vec<Mark>, now: Timestamp) {
    let old = |mark: &Mark| {
        let moved = mark
            .reached
            .rsplit_once(AT)
            .and_then(|(_, time)| time.parse().ok());
        let moved = moved.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        moved.is_some_and(|moved| now.instant().duration_since(moved) > MARK_LIFETIME)
    };
    let forgotten: Vec<Mark> = marks.into_iter().filter(old).take(FORGOTTEN_MAX).collect();
    if forgotten.is_empty() {
        return;
    }
    if let Err(error) = table.forget(key, &forgotten).await {
        tracing::warn!(
            error = chain(&error),
            "old marks of a counter were not forgotten"
        );
    }
}

/// What a shard is called in marks: 64 bits of its hash, because there are several in a counter, and their names are
/// long.
fn shard_name(shard: &str) -> String {
    const BYTES: usize = 8;
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(shard)[..BYTES])
}
