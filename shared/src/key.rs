//! The keys of the table: the only place where a key string is made.

use uuid::Uuid;

use crate::id::{self, WorkspaceId};
use crate::resource::Noun;
use crate::value::{ExternalId, Timestamp};

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

/// The place of one item, in the table or in its index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The partition.
    pub partition: String,
    /// The place within the partition; its bytes order a query.
    pub sort: String,
}

/// A part of a partition: the items whose sort key begins with `prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The partition.
    pub partition: String,
    /// What the sort keys begin with.
    pub prefix: String,
}

impl Key {
    fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self {
            partition: partition.into(),
            sort: sort.into(),
        }
    }
}

/// The key of no item, for a call whose answer does not matter.
pub fn nothing() -> Key {
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
    Range {
        partition: format!("W#{workspace}"),
        prefix: String::new(),
    }
}

/// A workspace in the directory of all workspaces.
pub fn workspace_listed(workspace: WorkspaceId) -> Key {
    Key::new("WORKSPACE", workspace.to_string())
}

/// The directory of all workspaces.
pub fn workspaces() -> Range {
    Range {
        partition: "WORKSPACE".to_owned(),
        prefix: String::new(),
    }
}

/// An API key.
pub fn api_key(key_id: &str) -> Key {
    Key::new(format!("K#{key_id}"), "K")
}

/// An API key in the directory of its workspace.
pub fn api_key_listed(workspace: WorkspaceId, key_id: &str) -> Key {
    Key::new(format!("W#{workspace}#KEY"), key_id)
}

/// The directory of the API keys of a workspace.
pub fn api_keys(workspace: WorkspaceId) -> Range {
    Range {
        partition: format!("W#{workspace}#KEY"),
        prefix: String::new(),
    }
}

/// A record: a payee, a product, a rule.
pub fn record(workspace: WorkspaceId, noun: Noun, id: Uuid) -> Key {
    Key::new(partition(workspace, noun), format!("E#{id}"))
}

/// The records of one kind, in order of creation.
pub fn records(workspace: WorkspaceId, noun: Noun) -> Range {
    Range {
        partition: partition(workspace, noun),
        prefix: "E#".to_owned(),
    }
}

/// The claim of a record on its external id.
pub fn claim(workspace: WorkspaceId, noun: Noun, external_id: &ExternalId) -> Key {
    Key::new(
        partition(workspace, noun),
        format!("X#{}", external_id.as_str()),
    )
}

/// A saved version of a record.
pub fn saved_version(workspace: WorkspaceId, noun: Noun, id: Uuid, version: u64) -> Key {
    Key::new(partition(workspace, noun), format!("V#{id}#{version:010}"))
}

/// The saved versions of a record, in order.
pub fn saved_versions(workspace: WorkspaceId, noun: Noun, id: Uuid) -> Range {
    Range {
        partition: partition(workspace, noun),
        prefix: format!("V#{id}#"),
    }
}

/// A revenue.
pub fn revenue(workspace: WorkspaceId, id: Uuid) -> Key {
    Key::new(format!("W#{workspace}#R#{id}"), "R")
}

/// The workspace of an item that is a revenue.
pub fn workspace_of_revenue(key: &Key) -> Option<WorkspaceId> {
    let (workspace, _) = key.partition.strip_prefix("W#")?.split_once("#R#")?;
    (key.sort == "R")
        .then(|| id::parse(workspace).map(WorkspaceId))
        .flatten()
}

/// Where a revenue stands in the lists of its workspace: by time, then by id.
pub fn revenue_position(occurred_at: Timestamp, id: Uuid) -> String {
    format!("{}#{id}", occurred_at.sortable())
}

/// A revenue in one of the lists of its workspace (a key of the index).
pub fn revenue_listed(workspace: WorkspaceId, list: u32, occurred_at: Timestamp, id: Uuid) -> Key {
    Key::new(
        revenue_list(workspace, list).partition,
        revenue_position(occurred_at, id),
    )
}

/// A list of the revenues of a workspace, by time (a range of the index).
pub fn revenue_list(workspace: WorkspaceId, list: u32) -> Range {
    Range {
        partition: format!("W#{workspace}#L#{list}"),
        prefix: String::new(),
    }
}

/// The counters of one generation of a workspace.
pub fn counters(workspace: WorkspaceId, generation: u32) -> Range {
    Range {
        partition: format!("W#{workspace}#T#{generation}"),
        prefix: String::new(),
    }
}

/// The sort keys of counters, by what they count: `group` is one kind of revenues, or all.
pub mod counter {
    /// The days of a year.
    pub fn year(group: &str, year: &str) -> String {
        format!("{}#{year}", years(group))
    }

    /// The years of groups that begin like this.
    pub fn years(group: &str) -> String {
        format!("Y#{group}")
    }

    /// The parts of a day.
    pub fn day(day: &str, group: &str) -> String {
        format!("{}#{group}", days(day))
    }

    /// The days that begin like this, as those of a month.
    pub fn days(prefix: &str) -> String {
        format!("D#{prefix}")
    }

    /// The sums of the days of a month.
    pub fn month(month: &str, group: &str) -> String {
        format!("{}{month}#{group}", months())
    }

    /// The months.
    pub fn months() -> String {
        "M#".to_owned()
    }

    /// The revenues that name a product.
    pub fn product(identifier: &str) -> String {
        format!("P#{identifier}")
    }

    /// The group and the year of a key that [`year`] made.
    pub fn parse_year(sort: &str) -> Option<(&str, &str)> {
        sort.strip_prefix("Y#")?.rsplit_once('#')
    }

    /// The day or the month and the group of a key that [`day`] or [`month`] made.
    pub fn parse_period(sort: &str) -> Option<(&str, &str)> {
        sort.get(2..)?.split_once('#')
    }
}

fn partition(workspace: WorkspaceId, noun: Noun) -> String {
    format!("W#{workspace}#{}", noun.one.to_uppercase())
}
