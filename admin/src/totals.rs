//! The counters of the revenues of a workspace: verifying and rebuilding them.

mod rebuild;
mod verify;

use std::time::Duration;

use domain::workspace::Workspace;
use store::key;
use store::table::{Query, ReadSource};

use crate::AdminError;

pub use rebuild::{Rebuilt, rebuild};
pub use verify::{Difference, verify};

/// The longest pause of a command.
pub const WAIT_MAX: Duration = Duration::from_secs(60 * 60);

fn check_wait(wait: Duration) -> Result<(), AdminError> {
    if wait > WAIT_MAX {
        return Err(AdminError::Wait);
    }
    Ok(())
}

/// The shards of the list of revenues of a workspace, in order of time.
fn shards(workspace: &Workspace) -> Vec<Query> {
    let config = &workspace.config;
    let shard = |shard| {
        let range = key::revenue_list(config.id, shard);
        Query::all(range).through(ReadSource::Index)
    };
    (0..config.shards.count).map(shard).collect()
}
