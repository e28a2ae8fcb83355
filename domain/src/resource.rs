//! What a kind of record declares about itself. Everything else is the same for all kinds.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fields::{FieldReader, Object};
use crate::filter::{Filter, QueryReader};
use crate::permission::{HasKind, Kind};
use crate::problem::ErrorSink;
use crate::value::{ExternalId, Timestamp};

/// A kind of record that can be created, updated, upserted and listed.
///
/// [`Default`] is what a create begins with.
pub trait Resource:
    HasKind + Clone + Default + PartialEq + Serialize + DeserializeOwned + JsonSchema
{
    /// Whether a change saves the state it replaces.
    const SAVES_VERSIONS: bool = false;

    /// Derived fields. A body may contain them; they are ignored.
    const READ_ONLY: &'static [&'static str] = &[];

    /// What `search` looks at, for clients.
    const SEARCHED: &'static str;

    /// The fields that `search` looks at.
    const SEARCHED_FIELDS: &'static [&'static str];

    /// Whether answers have the category options of the workspace in addition to the data.
    const SHOWS_CATEGORIES: bool = false;

    /// The list filters that a query asks for, in addition to `external_id`, `search` and
    /// `updated_since`; `None` for each that it does not have.
    fn filters(query: &mut impl QueryReader) -> Vec<Option<Filter<Self>>>;

    /// The caller's own id.
    fn external_id(&self) -> Option<&ExternalId>;

    /// The values of [`Self::SEARCHED_FIELDS`].
    fn search_fields(&self) -> Vec<Option<&str>>;

    /// The records of other kinds that a body names by external id. They are looked up before
    /// [`Self::merge`] reads the body.
    fn named_in(body: &Object) -> Vec<(Kind, ExternalId)> {
        let _ = body;
        Vec::new()
    }

    /// The record after a body is applied to it. The document of the API describes the body by the
    /// fields that this asks for.
    fn merge(self, fields: &mut impl FieldReader) -> Self;

    /// Checks rules that span several fields, and computes the derived fields. What is stored must
    /// not show in a problem: a check that quotes what was sent belongs into [`Self::merge`].
    fn validate_and_derive(&mut self, errors: &mut ErrorSink<'_>) {
        let _ = errors;
    }

    /// What the record refers to, each with its place in the body.
    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }
}

/// Something that a record refers to and that must exist in the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its place in the body, a JSON pointer.
    pub pointer: String,
    /// What it refers to.
    pub target: Target,
}

/// What can be referred to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A record of some kind.
    Record(Kind, Uuid),
    /// A category option of the workspace.
    Category(String),
    /// A revenue source of the workspace.
    Source(Uuid),
}

/// A resource with its identity and history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{R}", transform = described_as::<R>)]
pub struct Record<R> {
    /// Assigned at creation; never changes.
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

/// Describes a record as its resource is described.
fn described_as<R: JsonSchema>(schema: &mut Schema) {
    let resource = R::json_schema(&mut SchemaGenerator::default());
    if let Some(description) = resource.get("description") {
        schema.insert("description".to_owned(), description.clone());
    }
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
