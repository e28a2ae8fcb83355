//! The document of the API: OpenAPI 3.1 (<https://spec.openapis.org/oas/v3.1.1>).

use serde_json::{Map, Value, json};

use super::Documented;
use super::answers::{GATEWAY_ERROR, RATE_LIMITED};
use super::schemas::{Schemas, rename, tidy};
use crate::http::log::REQUEST_ID_CHARACTERS_MAX;
use crate::http::problem::{ProblemDocument, RETRY_AFTER_SECONDS};

/// What the document says about the API as a whole.
pub struct DocumentInfo {
    /// The version of the document.
    pub version: &'static str,
    /// An introduction, in Markdown.
    pub description: &'static str,
    /// The groups of operations, in order.
    pub tags: &'static [Tag],
}

/// A group of operations.
pub struct Tag {
    /// Its name in the operations.
    pub name: &'static str,
    /// What people read.
    pub display_name: &'static str,
    /// What it is about.
    pub description: &'static str,
}

/// The document of these operations.
pub fn document(info: &DocumentInfo, operations: Vec<Documented>) -> Value {
    let mut schemas = Schemas::new();
    schemas.answered::<ProblemDocument>();
    let rate_limited = rate_limited(&mut schemas);
    let mut paths = Map::new();
    for operation in operations {
        let Documented {
            method,
            path,
            write,
        } = operation;
        let described = write(&mut schemas);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method.as_str().to_ascii_lowercase()] = described;
    }
    let mut paths = Value::Object(paths);
    let mut responses = std::mem::take(&mut schemas.problems);
    responses.insert(RATE_LIMITED.to_owned(), rate_limited);
    let (schemas, differing) = schemas.finish();
    rename_requests(&mut paths, &differing);
    tidy(&mut paths);
    let tag = |tag: &Tag| {
        json!({
            "name": tag.name,
            "x-displayName": tag.display_name,
            "description": tag.description,
        })
    };
    let tags: Vec<Value> = info.tags.iter().map(tag).collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Allocora",
            "summary": "Who is owed what, and why.",
            "version": info.version,
            "description": info.description,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The host that serves this document." }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": { "api_key": security_scheme() },
            "parameters": parameters(),
            "headers": headers(),
            "responses": responses,
            "schemas": schemas,
        },
    })
}

/// Lets the requests of all operations refer to the schemas of requests.
fn rename_requests(paths: &mut Value, differing: &std::collections::BTreeSet<String>) {
    let items = paths.as_object_mut().into_iter().flat_map(Map::values_mut);
    let operations = items
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut);
    for operation in operations {
        for part in ["requestBody", "parameters"] {
            if let Some(part) = operation.get_mut(part) {
                rename(part, differing);
            }
        }
    }
}

fn security_scheme() -> Value {
    json!({
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "alc_live_<key id>_<secret>",
        "description": "A key of one workspace. The permission that an operation needs is in `x-permission`.",
    })
}

fn parameters() -> Value {
    json!({
        "if-match": {
            "name": "if-match",
            "in": "header",
            "description": "The `etag` of the record as it was read, in quotes: the write is refused if the record \
                            has another version.",
            "schema": { "type": "string" },
            "example": "\"3\"",
        },
        "x-request-id": {
            "name": "x-request-id",
            "in": "header",
            "description": format!(
                "The caller's own id of the request, which the response and the log repeat if it has 1 to \
                 {REQUEST_ID_CHARACTERS_MAX} visible ASCII characters."
            ),
            "schema": { "type": "string" },
        },
    })
}

fn headers() -> Value {
    let header =
        |description: &str, schema: Value| json!({ "description": description, "schema": schema });
    let text = || json!({ "type": "string" });
    json!({
        "accept-encoding": header("`identity`, if the body was compressed.", text()),
        "etag": header("The version of the record in quotes, for `if-match`.", text()),
        "location": header("The path of the new record.", text()),
        "retry-after": header(
            &format!("Seconds to wait before sending the request again: {RETRY_AFTER_SECONDS}."),
            json!({ "type": "integer" }),
        ),
        "www-authenticate": header("How to authenticate (RFC 6750).", text()),
        "x-request-id": header("The id of the request, for questions about it.", text()),
    })
}

/// What API Gateway answers to too many requests.
fn rate_limited(schemas: &mut Schemas) -> Value {
    let error = json!({
        "description": "An error of API Gateway itself. With a 5xx, the outcome of a write is unknown.",
        "type": "object",
        "properties": {
            "message": { "type": "string", "description": "What happened, for people." },
        },
        "required": ["message"],
    });
    let schema = schemas.define(GATEWAY_ERROR, error);
    json!({
        "description": "Too many requests. Nothing was done: send it again later. API Gateway answers this by itself, \
                        and not with a problem document.",
        "content": {
            "application/json": {
                "schema": schema,
                "example": { "message": "Too Many Requests" },
            },
        },
    })
}
