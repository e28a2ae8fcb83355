//! The keys of the table: the only place where a key string is made.

use uuid::Uuid;

use domain::id::WorkspaceId;
use domain::permission::Kind;
use domain::revenue;
use domain::value::{ExternalId, Timestamp, parse_uuid};

/// The names of the key attributes of the table and of its index.
pub mod attribute {
    /// Partition key of the table.
    pub const PARTITION: &str = "PK";
    /// Sort key of the table.
    pub const SORT: &str = "SK";
    /// The name of the index.
    pub const INDEX: &str = "GSI1";
    /// Partition key of the index.
    pub const INDEX_PARTITION: &str = "GSI1PK";
    /// Sort key of the index.
    pub const INDEX_SORT: &str = "GSI1SK";
}

/// The key of one item, in the table or in its index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    partition: String,
    /// Orders a query, byte by byte.
    sort: String,
}

/// The items of a partition whose sort keys begin with `prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    partition: String,
    prefix: String,
}

impl Key {
    pub(crate) fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self {
            partition: partition.into(),
            sort: sort.into(),
        }
    }

    /// The partition key.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The sort key.
    pub fn sort(&self) -> &str {
        &self.sort
    }
}

impl Range {
    fn new(partition: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            partition: partition.into(),
            prefix: prefix.into(),
        }
    }

    /// The partition key.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// What the sort keys begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key of the item with this sort key, in the same partition.
    pub fn key(&self, sort: impl Into<String>) -> Key {
        Key::new(&self.partition, sort)
    }

    /// The items of the same partition whose sort keys begin with `prefix`.
    pub fn with_prefix(&self, prefix: impl Into<String>) -> Self {
        Self::new(&self.partition, prefix)
    }
}

/// A key without an item, for a call that only opens the connection.
pub fn warm_up_key() -> Key {
    Key::new("NOTHING", "NOTHING")
}

/// The configuration of a workspace.
pub fn workspace(workspace: WorkspaceId) -> Key {
    Key::new(format!("W#{workspace}"), "CFG")
}

/// A revenue source of a workspace.
pub fn source(workspace: WorkspaceId, source: Uuid) -> Key {
    Key::new(format!("W#{workspace}"), format!("SRC#{source}"))
}

/// The configuration of a workspace and its revenue sources: what access needs, in one query.
pub fn workspace_and_sources(workspace: WorkspaceId) -> Range {
    Range::new(format!("W#{workspace}"), "")
}

/// A workspace in the directory of all workspaces.
pub fn workspace_listed(workspace: WorkspaceId) -> Key {
    workspaces().key(workspace.to_string())
}

/// The directory of all workspaces.
pub fn workspaces() -> Range {
    Range::new("WORKSPACE", "")
}

/// An API key.
pub fn api_key(key_id: &str) -> Key {
    Key::new(format!("K#{key_id}"), "K")
}

/// An API key in the directory of its workspace.
pub fn api_key_listed(workspace: WorkspaceId, key_id: &str) -> Key {
    api_keys(workspace).key(key_id)
}

/// The directory of the API keys of a workspace.
pub fn api_keys(workspace: WorkspaceId) -> Range {
    Range::new(format!("W#{workspace}#KEY"), "")
}

/// A record: a payee, a product, a rule.
pub fn record(workspace: WorkspaceId, kind: Kind, id: Uuid) -> Key {
    Key::new(partition(workspace, kind), format!("E#{id}"))
}

/// The records of one kind, in order of creation.
pub fn records(workspace: WorkspaceId, kind: Kind) -> Range {
    Range::new(partition(workspace, kind), "E#")
}

/// The claim of a record on its external id.
pub fn claim(workspace: WorkspaceId, kind: Kind, external_id: &ExternalId) -> Key {
    Key::new(
        partition(workspace, kind),
        format!("X#{}", external_id.as_str()),
    )
}

/// A saved version of a record.
pub fn saved_version(workspace: WorkspaceId, kind: Kind, id: Uuid, version: u64) -> Key {
    Key::new(partition(workspace, kind), format!("V#{id}#{version:010}"))
}

/// The saved versions of a record, in order.
pub fn saved_versions(workspace: WorkspaceId, kind: Kind, id: Uuid) -> Range {
    Range::new(partition(workspace, kind), format!("V#{id}#"))
}

/// A revenue.
pub fn revenue(workspace: WorkspaceId, id: Uuid) -> Key {
    Key::new(format!("W#{workspace}#R#{id}"), "R")
}

/// The workspace of an item that is a revenue.
pub fn workspace_of_revenue(key: &Key) -> Option<WorkspaceId> {
    let (workspace, _) = key.partition.strip_prefix("W#")?.split_once("#R#")?;
    (key.sort == "R")
        .then(|| parse_uuid(workspace).map(WorkspaceId))
        .flatten()
}

/// A revenue in one of the lists of its workspace (a key of the index).
pub fn revenue_listed(workspace: WorkspaceId, list: u32, occurred_at: Timestamp, id: Uuid) -> Key {
    revenue_list(workspace, list).key(revenue::position(occurred_at, id))
}

/// The key in the table of the revenue at a position of a list.
pub(crate) fn revenue_at(list: &Range, position: &str) -> Option<Key> {
    let (workspace, _) = list.partition.strip_prefix("W#")?.split_once("#L#")?;
    let id = revenue::id_at(position)?;
    Some(revenue(WorkspaceId(parse_uuid(workspace)?), id))
}

/// A list of the revenues of a workspace, by time (a range of the index).
pub fn revenue_list(workspace: WorkspaceId, list: u32) -> Range {
    Range::new(format!("W#{workspace}#L#{list}"), "")
}

/// The counters of one generation of a workspace.
pub fn counters(workspace: WorkspaceId, generation: u32) -> Range {
    Range::new(format!("W#{workspace}#T#{generation}"), "")
}

fn partition(workspace: WorkspaceId, kind: Kind) -> String {
    format!("W#{workspace}#{}", kind.one.to_uppercase())
}
