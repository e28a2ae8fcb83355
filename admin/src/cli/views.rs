//! What the output contains: never the secrets of a workspace or the hash of a key.

use std::collections::BTreeSet;

use domain::id::WorkspaceId;
use domain::value::Timestamp;
use domain::workspace::{Category, Config, ListedSource, Source};
use serde::Serialize;
use uuid::Uuid;

use super::output::Row;
use crate::keys::{KeySummary, NewKey, Rotation};
use crate::totals::{Difference, Rebuilt};

/// The table after `table create`.
#[derive(Serialize)]
pub(super) struct TableView {
    pub(super) table: String,
    /// Whether it is new.
    pub(super) created: bool,
}

impl Row for TableView {
    const COLUMNS: &'static [&'static str] = &["table", "created"];

    fn cells(&self) -> Vec<String> {
        let created = if self.created { "yes" } else { "no, it exists" };
        vec![self.table.clone(), created.to_owned()]
    }
}

/// A workspace without its secret.
#[derive(Serialize)]
pub(super) struct WorkspaceView {
    id: WorkspaceId,
    name: String,
    default_source: Uuid,
    created_at: Timestamp,
    /// The number of shards of its list of revenues.
    shards: u32,
    /// The generation of its counters; none if its revenues were never counted.
    totals: Option<u32>,
}

impl From<Config> for WorkspaceView {
    fn from(config: Config) -> Self {
        let (shards, totals) = (config.shards.count, config.counted());
        let Config {
            id,
            name,
            default_source,
            created_at,
            ..
        } = config;
        Self {
            id,
            name,
            default_source,
            created_at,
            shards,
            totals,
        }
    }
}

impl Row for WorkspaceView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "default_source",
        "created_at",
        "shards",
        "totals",
    ];

    fn cells(&self) -> Vec<String> {
        let totals = self.totals.map_or_else(
            || "never counted".to_owned(),
            |generation| generation.to_string(),
        );
        vec![
            self.id.to_string(),
            self.name.clone(),
            self.default_source.to_string(),
            self.created_at.to_string(),
            self.shards.to_string(),
            totals,
        ]
    }
}

impl Row for NewKey {
    const COLUMNS: &'static [&'static str] = &["key_id", "api_key", "permissions", "expires_at"];
    const NOTE: Option<&'static str> =
        Some("Keep the api_key in a safe place now: it cannot be shown again.");

    fn cells(&self) -> Vec<String> {
        vec![
            self.key_id.clone(),
            self.api_key.clone(),
            self.permissions.join(" "),
            time(self.expires_at, "never"),
        ]
    }
}

impl Row for Rotation {
    const COLUMNS: &'static [&'static str] = &[
        "key_id",
        "api_key",
        "permissions",
        "expires_at",
        "replaced_key_id",
        "replaced_expires_at",
    ];
    const NOTE: Option<&'static str> = NewKey::NOTE;

    fn cells(&self) -> Vec<String> {
        let mut cells = self.new.cells();
        cells.push(self.replaced_key_id.clone());
        cells.push(self.replaced_expires_at.to_string());
        cells
    }
}

impl Row for KeySummary {
    const COLUMNS: &'static [&'static str] = &[
        "key_id",
        "name",
        "status",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "permissions",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.key_id.clone(),
            self.name.clone(),
            self.status.name().to_owned(),
            self.created_at.to_string(),
            time(self.expires_at, "never"),
            time(self.revoked_at, "-"),
            time(self.last_used_at, "-"),
            self.permissions.join(" "),
        ]
    }
}

impl Row for Source {
    const COLUMNS: &'static [&'static str] = &["id", "name"];

    fn cells(&self) -> Vec<String> {
        vec![self.id.to_string(), self.name.clone()]
    }
}

impl Row for ListedSource {
    const COLUMNS: &'static [&'static str] = &["id", "name", "is_default"];

    fn cells(&self) -> Vec<String> {
        let is_default = if self.is_default { "yes" } else { "no" };
        vec![
            self.id.to_string(),
            self.name.clone(),
            is_default.to_owned(),
        ]
    }
}

impl Row for Category {
    const COLUMNS: &'static [&'static str] = &["name", "label"];

    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.label.clone()]
    }
}

impl Row for Difference {
    const COLUMNS: &'static [&'static str] = &["counter", "number", "counted", "found"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.counter.clone(),
            self.number.clone(),
            self.counted.clone(),
            self.found.clone(),
        ]
    }
}

/// How many counters differ: one can differ in several numbers.
pub(super) fn differing(differences: &[Difference]) -> String {
    let counters: BTreeSet<_> = differences.iter().map(|one| &one.counter).collect();
    match counters.len() {
        1 => "1 counter differs".to_owned(),
        count => format!("{count} counters differ"),
    }
}

impl Row for Rebuilt {
    const COLUMNS: &'static [&'static str] = &["generation", "revenues"];

    fn cells(&self) -> Vec<String> {
        vec![self.generation.to_string(), self.revenues.to_string()]
    }
}

/// The instant, or a word for its absence.
fn time(instant: Option<Timestamp>, absent: &str) -> String {
    instant.map_or_else(|| absent.to_owned(), |instant| instant.to_string())
}
