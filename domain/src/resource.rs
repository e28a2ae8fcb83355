//! What a kind of record declares about itself. Everything else is the same for all kinds.

use std::io::{self, Write};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fields::{FieldReader, Object};
use crate::filter::{Filter, QueryReader};
use crate::permission::{HasKind, Kind};
use crate::problem::{Code, ErrorSink};
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

/// The most bytes of one record, as JSON within a JSON string: a page or a batch of 100 records
/// fits into one response of a Lambda function, which has at most 6 MB and carries the body as a
/// string.
pub const RECORD_BYTES_MAX: usize = 56 * 1024;

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

/// Whether the record is not too large. How large it is would tell the size of what is stored.
pub fn check_size<R: Resource>(merged: &R, errors: &mut ErrorSink<'_>) -> bool {
    let mut carried = CarriedBytes(0);
    let fits = serde_json::to_writer(&mut carried, merged).is_ok() && carried.0 <= RECORD_BYTES_MAX;
    if !fits {
        let detail = format!(
            "the record must have at most {RECORD_BYTES_MAX} bytes of JSON, with each quotation mark and backslash counted \
             twice"
        );
        errors.add(Code::TooLong, detail);
    }
    fits
}

/// Counts what is written to it, as bytes within a JSON string.
struct CarriedBytes(usize);

impl Write for CarriedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let doubled = bytes.iter().filter(|byte| matches!(byte, b'"' | b'\\'));
        self.0 += bytes.len() + doubled.count();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
