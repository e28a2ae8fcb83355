//! The counters of the revenues of a workspace: whether they are right, and counting anew.

mod rebuild;
mod verify;

use shared::key;
use shared::table::{Query, Through};
use shared::workspace::Workspace;

pub use rebuild::{Rebuilt, rebuild};
pub use verify::{Difference, verify};

/// The lists of a workspace, in the order of time.
fn lists(workspace: &Workspace) -> Vec<Query> {
    let config = &workspace.config;
    let list = |list| Query {
        through: Through::Index,
        ..Query::all(key::revenue_list(config.id, list))
    };
    (0..config.lists.count).map(list).collect()
}
