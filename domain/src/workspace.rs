//! Workspaces: the boundary of one customer's data, and its configuration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::WorkspaceId;
use crate::value::Timestamp;

/// The most revenue sources of one workspace.
pub const SOURCES_MAX: usize = 100;
/// The most category options of one workspace.
pub const CATEGORIES_MAX: usize = 100;
/// The most shards of the list of revenues of one workspace: every page of the list reads all of
/// them.
pub const SHARDS_MAX: u32 = 32;

/// What an operator has configured for a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// The id of the workspace.
    pub id: WorkspaceId,
    /// Its name for people.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The source of a revenue that names none.
    pub default_source: Uuid,
    /// The categories that a product can have.
    pub categories: Vec<Category>,
    /// Signs the cursors of this workspace: 256 random bits, in hexadecimal.
    pub cursor_secret: String,
    /// The shards of its list of revenues.
    #[serde(default, rename = "lists")]
    pub shards: Shards,
    /// The generations of its counters: one, or two while the second is being built. None if its
    /// revenues were never counted, as in a workspace that is older than counters.
    #[serde(default)]
    pub counting: Vec<Generation>,
    /// 1 at creation, and one more at each change, so that concurrent changes do not overwrite each
    /// other.
    pub version: u64,
}

/// The shards of the list of revenues of a workspace. One accepts about 1,000 new revenues a
/// second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shards {
    /// How many are read.
    pub count: u32,
    /// How many were written to before `since`.
    pub before: u32,
    /// When writing to all of them begins: after the change, so that every process reads them by
    /// then.
    pub since: Timestamp,
}

impl Default for Shards {
    fn default() -> Self {
        Self {
            count: 1,
            before: 1,
            since: Timestamp::default(),
        }
    }
}

impl Shards {
    /// How many are written to at `now`.
    pub fn written(self, now: Timestamp) -> u32 {
        if now < self.since {
            self.before
        } else {
            self.count
        }
    }
}

/// Counters that were started together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Greater than those before it, and never used again.
    pub number: u32,
    /// The stream counts revenues that were created from this instant on; those before it are
    /// counted by a walk. All of them if there is none.
    pub since: Option<Timestamp>,
    /// Whether everything is counted, so that they can be read.
    pub ready: bool,
    /// Whether one of them could not be written. They are neither written nor read any more, until
    /// a rebuild replaces them.
    #[serde(default)]
    pub set_aside: bool,
}

/// A category that a product can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CategoryOption")]
pub struct Category {
    /// What a product names.
    pub name: String,
    /// What people read.
    pub label: String,
}

/// Where revenues come from: external ids of revenues are unique per source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Made at creation.
    pub id: Uuid,
    /// Its name for people.
    pub name: String,
}

/// Where revenues come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "RevenueSource")]
pub struct ListedSource {
    /// Assigned at creation; never changes.
    pub id: Uuid,
    /// Its name for people.
    pub name: String,
    /// Whether it is the source of a revenue that names none.
    pub is_default: bool,
}

/// A workspace with its revenue sources, as access needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Workspace {
    /// Its configuration.
    pub config: Config,
    /// Its revenue sources, in order of creation.
    pub sources: Vec<Source>,
}

impl Config {
    /// The generation of counters to read, if there is one.
    pub fn counted(&self) -> Option<u32> {
        self.counting
            .iter()
            .rev()
            .find(|generation| generation.ready && !generation.set_aside)
            .map(|generation| generation.number)
    }
}

impl Generation {
    /// Whether the stream counts revenues that were created at this instant into it.
    pub fn counts(&self, created_at: Timestamp) -> bool {
        !self.set_aside && self.since.is_none_or(|since| since <= created_at)
    }
}

impl Workspace {
    /// Whether a product may have this category.
    pub fn has_category(&self, name: &str) -> bool {
        self.config
            .categories
            .iter()
            .any(|category| category.name == name)
    }

    /// Its revenue sources as clients read them, in order of creation.
    pub fn listed_sources(&self) -> Vec<ListedSource> {
        let default = self.config.default_source;
        let listed = |Source { id, name }: &Source| ListedSource {
            id: *id,
            name: name.clone(),
            is_default: *id == default,
        };
        self.sources.iter().map(listed).collect()
    }

    /// Whether a revenue may come from this source.
    pub fn has_source(&self, id: Uuid) -> bool {
        self.sources.iter().any(|source| source.id == id)
    }
}
