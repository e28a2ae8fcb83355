//! The order of a batch: steps that depend on one another run in order, all others at the same
//! time.

use std::collections::HashMap;
use std::hash::Hash;

use futures::{StreamExt, stream};

/// How many steps of a batch run at once.
pub const STEPS_AT_ONCE_MAX: usize = 16;

/// Groups the steps: steps that share a name are in one group, in their order.
pub fn groups<K: Hash + Eq>(names: Vec<Vec<K>>) -> Vec<Vec<usize>> {
    let mut group_of: Vec<usize> = (0..names.len()).collect();
    let mut first_with: HashMap<K, usize> = HashMap::new();
    for (step, names) in names.into_iter().enumerate() {
        for name in names {
            let first = *first_with.entry(name).or_insert(step);
            let (from, to) = (
                group_of[step].max(group_of[first]),
                group_of[step].min(group_of[first]),
            );
            if from != to {
                let moved = group_of.iter_mut().filter(|group| **group == from);
                moved.for_each(|group| *group = to);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); group_of.len()];
    for (step, group) in group_of.into_iter().enumerate() {
        groups[group].push(step);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// Runs all steps: those of a group one after another, the groups at the same time. Each step has
/// its place in the batch, and so has its result.
pub async fn run<S, T, F: Future<Output = T>>(
    groups: Vec<Vec<(usize, S)>>,
    step: impl Fn(S) -> F,
) -> Vec<(usize, T)> {
    let step = &step;
    let run_group = |group: Vec<(usize, S)>| async move {
        let mut results = Vec::with_capacity(group.len());
        for (index, next) in group {
            results.push((index, step(next).await));
        }
        results
    };
    let results: Vec<Vec<(usize, T)>> = stream::iter(groups)
        .map(run_group)
        .buffer_unordered(STEPS_AT_ONCE_MAX)
        .collect()
        .await;
    results.into_iter().flatten().collect()
}
