//! What a kind of record says of itself. Everything else is the same for all of them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::filter::Filter;
use crate::patch::Fields;
use crate::problem::Report;
use crate::value::{ExternalId, Timestamp};
use crate::workspace::Workspace;

/// The name of a kind, once for everything: paths, permissions, keys and log fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Noun {
    /// As in `payee`.
    pub one: &'static str,
    /// As in `payees`: the path and the permissions.
    pub many: &'static str,
}

/// A kind that permissions are given for.
pub trait Named: Send + Sync + 'static {
    /// Its name.
    const NOUN: Noun;
}

/// A kind of record that can be created, updated, upserted and listed.
///
/// [`Default`] is what a create begins with.
pub trait Resource: Named + Clone + Default + PartialEq + Serialize + DeserializeOwned {
    /// Whether a change saves the state it replaces.
    const SAVES_VERSIONS: bool = false;

    /// The fields that follow from others: they may be sent back and are ignored.
    const READ_ONLY: &'static [&'static str] = &[];

    /// The list filters beside `external_id`, `search` and `updated_since`.
    const FILTERS: &'static [Filter<Self>];

    /// The caller's own id.
    fn external_id(&self) -> Option<&ExternalId>;

    /// The texts that `search` looks into.
    fn searched(&self) -> Vec<Option<&str>>;

    /// The record after a body was applied to it.
    fn merge(self, fields: &mut Fields<'_>) -> Self;

    /// Checks the whole record, when each field is valid, and computes what follows from the fields.
    fn settle(&mut self, report: &mut Report<'_>) {
        let _ = report;
    }

    /// What the record refers to, with the place of each reference.
    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }

    /// What the envelope of an answer carries beside the data.
    fn envelope(workspace: &Workspace) -> Option<(&'static str, Value)> {
        let _ = workspace;
        None
    }
}

/// Something that a record refers to and that must exist in the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where it stands in the body.
    pub pointer: String,
    /// What it refers to.
    pub target: Target,
}

/// What can be referred to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A record of some kind.
    Record(Noun, Uuid),
    /// A category option of the workspace.
    Category(String),
    /// A revenue source of the workspace.
    Source(Uuid),
}

/// A resource with its identity and history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record<R> {
    /// Made at creation; never changes.
    pub id: Uuid,
    /// The resource itself.
    #[serde(flatten)]
    pub body: R,
    /// 1 at creation, and one more at each change.
    pub version: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A state that a change replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedVersion<R> {
    /// The version of the saved state.
    pub version: u64,
    /// When it was replaced.
    pub saved_at: Timestamp,
    /// The id of the key that replaced it.
    pub saved_by: String,
    /// The fields that the change gave other values.
    pub changed_fields: Vec<String>,
    /// The whole state.
    pub record: Record<R>,
}
