//! Verifying the counters of a workspace.

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

use super::{check_wait, shards};
use crate::{AdminError, workspaces};

/// A number in a counter that differs from the revenues.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The counter: its sort key.
    pub counter: String,
    /// The name of the number in it.
    pub number: String,
    /// The value in the counter.
    pub counted: String,
    /// The value according to the revenues.
    pub found: String,
}

/// Recounts the revenues of a workspace and returns the numbers in its counters that differ.
///
/// If any differ, all are checked again after `pause`, and only those that differ both times are
/// returned. While revenues are being written, their counters may differ both times: only a
/// difference in a workspace at rest is an error.
///
/// # Errors
/// [`AdminError`] if `pause` is over [`WAIT_MAX`](super::WAIT_MAX), if there is no such workspace,
/// if its revenues were never counted, or if the table does not answer.
pub async fn verify(
    app: &App,
    workspace: WorkspaceId,
    pause: Duration,
) -> Result<Vec<Difference>, AdminError> {
    check_wait(pause)?;
    let first = differences(app, workspace).await?;
    if first.is_empty() {
        return Ok(Vec::new());
    }
    tokio::time::sleep(pause).await;
    let mut second = differences(app, workspace).await?;
    let place = |difference: &Difference| (difference.counter.clone(), difference.number.clone());
    let first: BTreeSet<_> = first.iter().map(place).collect();
    second.retain(|difference| first.contains(&place(difference)));
    Ok(second.into_iter().collect())
}

/// All numbers that differ at this moment.
async fn differences(app: &App, id: WorkspaceId) -> Result<BTreeSet<Difference>, AdminError> {
    let workspace = workspaces::show(app, id).await?;
    let generation = workspace
        .config
        .counted()
        .ok_or(AdminError::NotCounted(id))?;
    let mut audit = Audit::new(app, key::counters(id, generation));
    let shards = shards(&workspace);
    let mut walk = Walk::new(&app.table, &shards);
    let mut month = String::new();
    let mut compared = counter::days("");
    while let Some((_, revenue)) = walk.next::<Revenue>().await? {
        if revenue.day().month() != month {
            // Most counters are those of days, so each month is compared and dropped before the
            // next.
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

/// A text greater than all sort keys with this prefix.
fn last(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// The numbers according to the revenues, and the differences so far.
struct Audit<'a> {
    app: &'a App,
    counters: Range,
    found: BTreeMap<String, Numbers>,
    differences: BTreeSet<Difference>,
}

impl<'a> Audit<'a> {
    fn new(app: &'a App, counters: Range) -> Self {
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

    /// Compares the counters from one sort key to another, and drops what was found for them.
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
        let number =
            |numbers: &Numbers, name: &String| numbers.get(name).copied().unwrap_or_default();
        for name in counted.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            let (counted, found) = (number(counted, name), number(found, name));
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
