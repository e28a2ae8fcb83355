//! Setting counters aside that cannot be written, so that those of other workspaces can.
//!
//! The size of a counter is bounded, so that this should never happen. If it does, the generation
//! is marked in the configuration of its workspace: the stream no longer counts into it, lists and
//! digests read the revenues themselves, and a rebuild replaces it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::id::WorkspaceId;
use domain::workspace::{Config, Generation};
use serde::Serialize;
use shared::error::chain;
use store::key::{self, Key, Range};
use store::table::{Condition, StoreError, Table};

/// The generations of counters that a delivery adds to, by the partition of their counters.
#[derive(Default)]
pub struct Generations<'a>(HashMap<String, (&'a Config, u32)>);

impl<'a> Generations<'a> {
    /// The counters of a generation, from now on one of these.
    pub fn counters(&mut self, config: &'a Config, number: u32) -> Range {
        let counters = key::counters(config.id, number);
        let partition = counters.partition().to_owned();
        self.0.entry(partition).or_insert((config, number));
        counters
    }
}

/// The attributes of a configuration that change.
#[derive(Serialize)]
struct Change {
    counting: Vec<Generation>,
    version: u64,
}

/// Sets aside the generations of counters that could not be written, and returns their numbers.
///
/// # Errors
/// [`StoreError`] if one could not be set aside, or if its workspace changed at the same moment;
/// then the delivery has to be repeated.
pub async fn set_aside(
    table: &Table,
    generations: &Generations<'_>,
    failed: Vec<(Key, StoreError)>,
) -> Result<BTreeMap<WorkspaceId, BTreeSet<u32>>, StoreError> {
    let mut configs: BTreeMap<WorkspaceId, &Config> = BTreeMap::new();
    let mut set_aside: BTreeMap<WorkspaceId, BTreeSet<u32>> = BTreeMap::new();
    for (counter, error) in failed {
        // Every counter is one of these generations.
        let Some((config, generation)) = generations.0.get(counter.partition()) else {
            return Err(error);
        };
        configs.insert(config.id, config);
        if set_aside.entry(config.id).or_default().insert(*generation) {
            tracing::error!(
                workspace = %config.id,
                generation,
                counter = counter.sort().split('#').next(),
                error = chain(&error),
                "the counters of a workspace cannot be written and are set aside; rebuild them"
            );
        }
    }
    for (id, numbers) in &set_aside {
        mark(table, configs[id], numbers).await?;
    }
    Ok(set_aside)
}

async fn mark(table: &Table, config: &Config, numbers: &BTreeSet<u32>) -> Result<(), StoreError> {
    let mut counting = config.counting.clone();
    for generation in &mut counting {
        generation.set_aside |= numbers.contains(&generation.number);
    }
    let change = Change {
        counting,
        version: config.version + 1,
    };
    let unchanged = Condition::Version(config.version);
    match table
        .set(&key::workspace(config.id), &unchanged, &change)
        .await?
    {
        true => Ok(()),
        false => Err(StoreError::Refused(
            "setting counters aside",
            "the configuration of the workspace changed at the same moment".into(),
        )),
    }
}
