//! Whether the counters of a workspace are right.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use shared::app::App;
use shared::counting::{Numbers, Row};
use shared::id::WorkspaceId;
use shared::key::{self, Range};
use shared::lists::Walk;
use shared::table::Query;

use super::lists;
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

/// Recounts the revenues of a workspace and gives the numbers of its counters that differ; none if all are right.
///
/// If some differ, all are looked at again after `pause`, and those are given that are still the same: the others are
/// of revenues that are being written.
///
/// # Errors
/// [`AdminError`] if there is no such workspace, if its revenues were never counted, or if the table does not answer.
pub async fn verify(app: &App, workspace: WorkspaceId, pause: Duration) -> Result<Vec<Difference>, AdminError> {
    let first = differences(app, workspace).await?;
    if first.is_empty() {
        return Ok(Vec::new());
    }
    tokio::time::sleep(pause).await;
    let second = differences(app, workspace).await?;
    Ok(first.intersection(&second).cloned().collect())
}

/// All numbers that differ at this moment.
async fn differences(app: &App, id: WorkspaceId) -> Result<BTreeSet<Difference>, AdminError> {
    let workspace = workspaces::show(app, id).await?;
    let generation = workspace.config.counted().ok_or(AdminError::NotCounted(id))?;
    let mut audit = Audit::of(app, key::counters(id, generation));
    let lists = lists(&workspace);
    let mut walk = Walk::<Row>::new(&app.table, &lists);
    let mut month = String::new();
    while let Some((_, row)) = walk.next().await? {
        if row.day().month() != month {
            audit.days(&month).await?;
            month = row.day().month();
        }
        audit.add(&row);
    }
    audit.days(&month).await?;
    audit.rest().await?;
    Ok(audit.differences)
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
        Self { app, counters, found: BTreeMap::new(), differences: BTreeSet::new() }
    }

    fn add(&mut self, row: &Row) {
        for (counter, numbers) in row.counts() {
            let found = self.found.entry(counter).or_default();
            for (name, number) in numbers {
                *found.entry(name).or_default() += number;
            }
        }
    }

    /// Compares the counters of the days of a month, and forgets what was found of them: they are most of all.
    async fn days(&mut self, month: &str) -> Result<(), AdminError> {
        if month.is_empty() { Ok(()) } else { self.compare(&key::counter::days(month)).await }
    }

    /// Compares what is left.
    async fn rest(&mut self) -> Result<(), AdminError> {
        for kind in [key::counter::years(""), key::counter::months(), key::counter::product("")] {
            self.compare(&kind).await?;
        }
        Ok(())
    }

    /// Compares the counters that begin like this.
    async fn compare(&mut self, prefix: &str) -> Result<(), AdminError> {
        let range = Range { partition: self.counters.partition.clone(), prefix: prefix.to_owned() };
        let counted: BTreeMap<String, Numbers> =
            self.app.table.counters(&Query::all(range)).await?.into_iter().collect();
        let is_meant = |counter: &String| counter.starts_with(prefix);
        let names: Vec<String> = self.found.keys().filter(|counter| is_meant(counter)).cloned().collect();
        let mut found: BTreeMap<String, Numbers> =
            names.into_iter().filter_map(|counter| self.found.remove_entry(&counter)).collect();
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
