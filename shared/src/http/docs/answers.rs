//! The responses of an operation.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::http::problem::ProblemCode;

/// The name of what API Gateway answers by itself.
pub(super) const RATE_LIMITED: &str = "rate_limited";

/// The name of the schema of errors of API Gateway itself.
pub(super) const GATEWAY_ERROR: &str = "GatewayError";

/// A header of a response, by its name in the components of the document.
pub(super) type Header = &'static str;

/// The responses of an operation.
#[derive(Default)]
pub(super) struct Answers {
    successes: BTreeMap<StatusCode, Value>,
    problems: BTreeSet<ProblemCode>,
}

impl Answers {
    /// Adds a successful response with this content.
    pub(super) fn add(
        &mut self,
        status: StatusCode,
        description: &str,
        headers: &[Header],
        content: Value,
    ) {
        let response = json!({
            "description": description,
            "headers": headers_of(headers),
            "content": content,
        });
        self.successes.insert(status, response);
    }

    pub(super) fn add_problems(&mut self, codes: &[ProblemCode]) {
        self.problems.extend(codes);
    }

    /// The responses object of the document; those with problems are added to `shared`.
    pub(super) fn finish(self, shared: &mut BTreeMap<String, Value>) -> Value {
        let mut codes: BTreeMap<StatusCode, Vec<ProblemCode>> = BTreeMap::new();
        for code in self.problems {
            codes.entry(code.status()).or_default().push(code);
        }
        let mut responses = self.successes;
        for (status, codes) in codes {
            let names: Vec<&str> = codes.iter().map(|code| code.name()).collect();
            let name = names.join("-or-");
            responses.insert(status, reference(&name));
            shared
                .entry(name)
                .or_insert_with(|| problem(status, &names));
        }
        responses.insert(StatusCode::TOO_MANY_REQUESTS, reference(RATE_LIMITED));
        let responses = responses.into_iter();
        let responses: Map<String, Value> = responses
            .map(|(status, response)| (status.as_str().to_owned(), response))
            .collect();
        Value::Object(responses)
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// The response with one of these codes.
fn problem(status: StatusCode, names: &[&str]) -> Value {
    let explained: Vec<String> = names.iter().map(|name| explain(name)).collect();
    let headers: &[Header] = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => &["www-authenticate"],
        StatusCode::UNSUPPORTED_MEDIA_TYPE => &["accept-encoding"],
        StatusCode::SERVICE_UNAVAILABLE => &["retry-after"],
        _ => &[],
    };
    let mut content = json!({
        "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
    });
    if status.is_server_error() {
        content["application/json"] =
            json!({ "schema": { "$ref": format!("#/components/schemas/{GATEWAY_ERROR}") } });
    }
    json!({
        "description": explained.join("\n"),
        "headers": headers_of(headers),
        "content": content,
        "x-codes": names,
    })
}

/// What a code means, with a link to what to do about it.
fn explain(name: &str) -> String {
    let schema = ProblemCode::json_schema(&mut SchemaGenerator::default());
    let all = schema.get("description").and_then(Value::as_str);
    let start = format!("- `{name}`: ");
    let mut lines = all.unwrap_or_default().lines();
    let meaning = lines.find_map(|line| line.strip_prefix(&start));
    let meaning = meaning.unwrap_or_default();
    format!("[`{name}`](/docs/errors.md#{name}): {meaning}")
}

/// These headers, and the one that every response has.
fn headers_of(headers: &[Header]) -> Value {
    let all = headers.iter().chain(&["x-request-id"]);
    let headers: Map<String, Value> = all
        .map(|name| {
            let reference = json!({ "$ref": format!("#/components/headers/{name}") });
            ((*name).to_owned(), reference)
        })
        .collect();
    Value::Object(headers)
}
