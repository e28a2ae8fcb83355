//! What the document of the API says of each operation.
//!
//! Every operation has such a description next to its handler in the table. Programs of functions
//! contain none of it: they build a table of handlers, and the compiler drops what that does not
//! use.

mod answers;
mod bodies;
mod document;
mod envelopes;
mod records;
mod schemas;

use axum::http::Method;
use domain::filter::QueryReader;
use domain::permission::{Permission, Verb};
use domain::problem::Violation;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

pub use document::{DocumentInfo, Tag, document};
pub use records::{
    archive, archive_batch, create, create_batch, list, read_as, set_status, update, update_batch,
    upsert_batch,
};

use self::answers::Answers;
use self::schemas::Schemas;
use super::problem::ProblemCode;

/// The description of one operation, as it is written.
pub struct Docs<'a> {
    schemas: &'a mut Schemas,
    path: String,
    security: Option<Vec<String>>,
    id: String,
    tag: &'static str,
    summary: String,
    description: String,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Answers,
}

impl<'a> Docs<'a> {
    fn new(schemas: &'a mut Schemas, path: &str) -> Self {
        Self {
            schemas,
            path: path.to_owned(),
            security: None,
            id: String::new(),
            tag: "",
            summary: String::new(),
            description: String::new(),
            parameters: Vec::new(),
            body: None,
            answers: Answers::default(),
        }
    }

    /// Names the operation: its id in the document, which generated clients use as the name of a
    /// function, the group that it belongs to, and what it does in a few words.
    pub fn name(&mut self, id: impl Into<String>, tag: &'static str, summary: impl Into<String>) {
        self.id = id.into();
        self.tag = tag;
        self.summary = summary.into();
    }

    /// Explains the operation, in Markdown.
    pub fn describe(&mut self, description: impl Into<String>) {
        self.description = description.into();
    }

    /// Adds problems that the operation can answer with, in addition to those that follow from its
    /// method, path, body and permissions.
    pub fn problems(&mut self, codes: &[ProblemCode]) {
        self.answers.add_problems(codes);
    }

    /// The version that the record must have, as a header.
    fn if_match(&mut self) {
        self.parameters
            .push(json!({ "$ref": "#/components/parameters/if-match" }));
        self.problems(&[
            ProblemCode::PreconditionFailed,
            ProblemCode::VersionConflict,
        ]);
    }

    /// The operation takes a key with these permissions.
    fn require(&mut self, permissions: &[Permission]) {
        self.security = Some(permissions.iter().map(Permission::to_string).collect());
        self.problems(&[
            ProblemCode::MalformedRequest,
            ProblemCode::MalformedQuery,
            ProblemCode::Unauthenticated,
            ProblemCode::InternalError,
            ProblemCode::Unavailable,
        ]);
        if !permissions.is_empty() {
            self.problems(&[ProblemCode::PermissionDenied]);
        }
        if permissions
            .iter()
            .any(|permission| permission.verb == Verb::Write)
        {
            self.problems(&[ProblemCode::OutcomeUnknown]);
        }
    }

    /// The operation object of the document.
    fn finish(mut self) -> Value {
        if self.path.contains('{') {
            self.answers.add_problems(&[ProblemCode::NotFound]);
        }
        if self.body.is_some() {
            self.answers.add_problems(&[
                ProblemCode::MalformedJson,
                ProblemCode::PayloadTooLarge,
                ProblemCode::UnsupportedMediaType,
                ProblemCode::ValidationFailed,
            ]);
        }
        let mut operation = Map::new();
        let mut insert = |name: &str, value: Value| drop(operation.insert(name.to_owned(), value));
        insert("operationId", json!(self.id));
        insert("tags", json!([self.tag]));
        insert("summary", json!(self.summary));
        if !self.description.is_empty() {
            insert("description", json!(self.description));
        }
        match self.security {
            Some(permissions) => {
                insert("security", json!([{ "api_key": permissions }]));
                if let [permission] = permissions.as_slice() {
                    insert("x-permission", json!(permission));
                }
            }
            None => insert("security", json!([])),
        }
        let mut parameters = path_parameters(&self.path);
        parameters.append(&mut self.parameters);
        parameters.push(json!({ "$ref": "#/components/parameters/x-request-id" }));
        insert("parameters", json!(parameters));
        if let Some(body) = self.body {
            insert("requestBody", body);
        }
        insert("responses", self.answers.finish(&mut self.schemas.problems));
        Value::Object(operation)
    }
}

/// The parts of a path that vary. Text of another form selects no record.
fn path_parameters(path: &str) -> Vec<Value> {
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        let (description, schema) = match name {
            "version" => (
                "The number of the version.",
                json!({ "type": "integer", "minimum": 1 }),
            ),
            _ => (
                "The id of the record.",
                json!({ "type": "string", "format": "uuid" }),
            ),
        };
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": description,
            "schema": schema,
        })
    };
    names.map(parameter).collect()
}

/// Describes the parameters that are taken from it.
impl QueryReader for Docs<'_> {
    fn take<T: JsonSchema>(
        &mut self,
        name: &'static str,
        description: &'static str,
        _: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        let mut schema = self.schemas.sent::<T>();
        schema.remove("description");
        self.parameters.push(json!({
            "name": name,
            "in": "query",
            "description": description,
            "schema": schema,
        }));
        None
    }
}

/// An operation with its description, for the document.
pub struct Documented {
    /// The HTTP method.
    pub method: Method,
    /// The whole path.
    pub path: String,
    /// What writes the description.
    write: Box<dyn FnOnce(&mut Schemas) -> Value>,
}

impl Documented {
    /// An operation that takes a key.
    pub(super) fn of_operation(
        method: Method,
        path: String,
        permissions: Vec<Permission>,
        docs: impl FnOnce(&mut Docs<'_>) + 'static,
    ) -> Self {
        Self::of(method, path, move |description| {
            docs(description);
            description.require(&permissions);
        })
    }

    /// A page that takes none.
    pub(super) fn of_page(path: String, docs: impl FnOnce(&mut Docs<'_>) + 'static) -> Self {
        Self::of(Method::GET, path, docs)
    }

    fn of(method: Method, path: String, docs: impl FnOnce(&mut Docs<'_>) + 'static) -> Self {
        let of_path = path.clone();
        let write = move |schemas: &mut Schemas| {
            let mut description = Docs::new(schemas, &of_path);
            docs(&mut description);
            description.finish()
        };
        Self {
            method,
            path,
            write: Box::new(write),
        }
    }
}
