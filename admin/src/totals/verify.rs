//! Whether the counters of a workspace are right.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::counting::{Numbers, contribution, counter};
use domain::id::WorkspaceId;
use domain::revenue::Revenue;
use serde::Serialize;
use shared::app::App;
use shared::lists::Walk;
use store::key::{self, Range};
use store::table::Query;

use super::shards;
use crate::{AdminError, workspaces};

/// A number of a counter that is not what was counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The counter: its sort key.
    pub counter: String,
    /// The number in it.
    pub number: String,
    /// What the counter has.
    pub counted: String,
    /// What the revenues add up to.
    pub found: String,
}

/// Recounts the revenues of a workspace and gives the numbers of its counters that differ; none if
/// all are right.
///
/// If some differ, all are looked at again after `pause`, and those are given that still do. While
/// revenues are being written, their counters may differ both times: only what differs at rest is
/// wrong.
///
/// # Errors
/// [`AdminError`] if there is no such workspace, if its revenues were never counted, or if the
/// table does not answer.
pub async fn verify(
    app: &App,
    workspace: WorkspaceId,
    pause: Duration,
) -> Result<Vec<Difference>, AdminError> {
    let first = differences(app, workspace).await?;
    if first.is_empty() {
        return Ok(Vec::new());
    }
    tokio::time::sleep(pause).await;
    let mut second = differences(app, workspace).await?;
    let of = |difference: &Difference| (difference.counter.clone(), difference.number.clone());
    let first: BTreeSet<_> = first.iter().map(of).collect();
    second.retain(|difference| first.contains(&of(difference)));
    Ok(second.into_iter().collect())
}

/// All numbers that differ at this moment.
async fn differences(app: &App, id: WorkspaceId) -> Result<BTreeSet<Difference>, AdminError> {
    let workspace = workspaces::show(app, id).await?;
    let generation = workspace
        .config
        .counted()
        .ok_or(AdminError::NotCounted(id))?;
    let mut audit = Audit::of(app, key::counters(id, generation));
    let shards = shards(&workspace);
    let mut walk = Walk::<Revenue>::new(&app.table, &shards);
    let mut month = String::new();
    let mut compared = counter::days("");
    while let Some((_, revenue)) = walk.next().await? {
        if revenue.day().month() != month {
            // The days are most of all counters: those of the past are compared and forgotten.
            let next = counter::days(&revenue.day().month());
            audit.compare(&compared, &next).await?;
            (month, compared) = (revenue.day().month(), next);
        }
        audit.add(&revenue);
    }
    audit.compare(&compared, &last(&counter::days(""))).await?;
    for kind in [counter::years(""), counter::months(), counter::product("")] {
        audit.compare(&kind, &last(&kind)).await?;
    }
    Ok(audit.differences)
}

/// What is greater than all sort keys that begin like this.
fn last(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// What was found, and where it differs.
struct Audit<'a> {
    app: &'a App,
    counters: Range,
    found: BTreeMap<String, Numbers>,
    differences: BTreeSet<Difference>,
}

impl<'a> Audit<'a> {
    fn of(app: &'a App, counters: Range) -> Self {
        Self {
            app,
            counters,
            found: BTreeMap::new(),
            differences: BTreeSet::new(),
        }
    }

    fn add(&mut self, revenue: &Revenue) {
        for (counter, numbers) in contribution(revenue) {
            let found = self.found.entry(counter).or_default();
            for (name, number) in numbers {
                *found.entry(name).or_default() += number;
            }
        }
    }

    /// Compares the counters from one sort key to another, and forgets what was found of them.
    async fn compare(&mut self, from: &str, to: &str) -> Result<(), AdminError> {
        let range = Query::all(self.counters.clone()).between(from.to_owned(), to.to_owned());
        let counted: BTreeMap<String, Numbers> =
            self.app.table.counters(&range).await?.into_iter().collect();
        let mut found = self.found.split_off(from);
        self.found.append(&mut found.split_off(to));
        for (counter, counted) in counted {
            let found = found.remove(&counter).unwrap_or_default();
            self.numbers(&counter, &counted, &found);
        }
        for (counter, found) in found {
            self.numbers(&counter, &Numbers::new(), &found);
        }
        Ok(())
    }

    fn numbers(&mut self, counter: &str, counted: &Numbers, found: &Numbers) {
        let of = |numbers: &Numbers, name: &String| numbers.get(name).copied().unwrap_or_default();
        for name in counted.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            let (counted, found) = (of(counted, name), of(found, name));
            if counted != found {
                self.differences.insert(Difference {
                    counter: counter.to_owned(),
                    number: name.clone(),
                    counted: counted.to_string(),
                    found: found.to_string(),
                });
            }
        }
    }
}
