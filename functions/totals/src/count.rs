//! Counting what a stream delivers, exactly once.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::counting::{Sequence, contribution};
use domain::id::WorkspaceId;
use domain::revenue::Revenue;
use domain::value::Timestamp;
use domain::workspace::Config;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use store::key::{self, Key, Range};
use store::table::{Delivery, Inserted, StoreError, Table};

use crate::add::{Pending, add};
use crate::set_aside::{Generations, set_aside};

/// The name of the checkpoint of a replay.
const REPLAY: &str = "replay";

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Revenues that are counted, now or already before; without those of workspaces whose counters
    /// were set aside.
    pub counted: usize,
    /// Records that cannot be parsed as revenues, or whose workspace cannot be parsed; each is
    /// logged.
    pub uncounted: usize,
    /// Generations of counters that cannot be written and were set aside; each is logged.
    pub set_aside: usize,
}

/// A new revenue of the stream.
struct Delivered {
    workspace: WorkspaceId,
    sequence: Sequence,
    revenue: Revenue,
}

/// Counts the revenues of a delivery. Safe to repeat, in whole or in part, at any time and at the
/// same time.
///
/// If the counters of a workspace cannot be written, and no retry will help, they are set aside, so
/// that those of the other workspaces can be counted.
///
/// # Errors
/// [`StoreError`] if some may not be counted; then the same records have to be delivered again.
pub async fn count(
    table: &Table,
    delivery: Delivery<Revenue>,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    let mut done = Counted::default();
    let mut delivered: Vec<Delivered> = delivery
        .inserted
        .into_iter()
        .filter_map(|inserted| parse(inserted, &mut done))
        .collect();
    delivered.sort_by(|one, other| one.sequence.cmp(&other.sequence));
    let configs = configs(table, delivered.iter().map(|one| one.workspace)).await?;
    let mut pending = Pending::new();
    let mut generations = Generations::default();
    let mut counted: HashMap<WorkspaceId, usize> = HashMap::new();
    for Delivered {
        workspace,
        sequence,
        revenue,
    } in delivered
    {
        let config = match configs.get(&workspace) {
            Some(Configuration::Valid(config)) => config,
            Some(Configuration::Invalid(_)) => {
                tracing::error!(%workspace, "a workspace whose configuration is invalid is not counted");
                done.uncounted += 1;
                continue;
            }
            None => continue,
        };
        let created_at = revenue.created_at;
        for generation in config.counting.iter().filter(|one| one.counts(created_at)) {
            let counters = generations.counters(config, generation.number);
            push(&mut pending, &counters, &sequence, &revenue);
        }
        if config.counting.iter().any(|one| one.counts(created_at)) {
            *counted.entry(workspace).or_default() += 1;
        }
    }
    let failed = add(table, &shard_name(&delivery.shard), pending, now).await?;
    for (workspace, numbers) in set_aside(table, &generations, failed).await? {
        counted.remove(&workspace);
        done.set_aside += numbers.len();
    }
    done.counted = counted.into_values().sum();
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
    let mut pending = Pending::new();
    for revenue in revenues {
        let sequence = Sequence::of_position(revenue.position());
        push(&mut pending, counters, &sequence, revenue);
    }
    let failed = add(table, REPLAY, pending, now).await?;
    failed
        .into_iter()
        .next()
        .map_or(Ok(()), |(_, error)| Err(error))
}

/// The revenue of a stream record; `None` if it is not a revenue, or not a valid one.
fn parse(inserted: Inserted<Revenue>, done: &mut Counted) -> Option<Delivered> {
    let Inserted {
        key,
        sequence,
        item,
    } = inserted;
    let workspace = key::workspace_of_revenue(&key)?;
    match (item, Sequence::of_stream(&sequence)) {
        (Ok(revenue), Some(sequence)) => Some(Delivered {
            workspace,
            sequence,
            revenue,
        }),
        (_, _) => {
            // Without the error, which may contain stored values.
            tracing::error!(
                item = key.partition(),
                sequence,
                "a stream record cannot be counted as a revenue"
            );
            done.uncounted += 1;
            None
        }
    }
}

/// The configuration of a workspace, as far as it can be parsed.
#[derive(Deserialize)]
#[serde(untagged)]
enum Configuration {
    Valid(Config),
    /// That of one workspace must not stop the others.
    Invalid(IgnoredAny),
}

/// The configuration of each workspace at this moment.
async fn configs(
    table: &Table,
    workspaces: impl Iterator<Item = WorkspaceId>,
) -> Result<BTreeMap<WorkspaceId, Configuration>, StoreError> {
    let keys: BTreeMap<WorkspaceId, Key> = workspaces.map(|id| (id, key::workspace(id))).collect();
    let (ids, keys): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
    let found = table.get::<Configuration>(&keys).await?;
    let found = ids.into_iter().zip(found);
    Ok(found
        .filter_map(|(id, config)| Some((id, config?)))
        .collect())
}

fn push(pending: &mut Pending, counters: &Range, sequence: &Sequence, revenue: &Revenue) {
    for (sort, numbers) in contribution(revenue) {
        let updates = pending.entry(counters.key(sort)).or_default();
        updates.push(sequence.clone(), numbers);
    }
}

/// The name of a shard in checkpoints: 64 bits of its hash, because a counter has several and their
/// own names are long.
fn shard_name(shard: &str) -> String {
    const BYTES: usize = 8;
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(shard)[..BYTES])
}
