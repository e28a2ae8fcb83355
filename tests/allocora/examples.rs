//! The examples of the document: requests of `tests/fixtures/examples.json`, with real answers.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::body::Body;
use http::Request;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::client::Reply;
use crate::conformance::operation_of;
use crate::counted_ids::CountedIds;
use crate::hand_clock::HandClock;
use crate::harness::Api;

const EXAMPLES: &str = include_str!("../fixtures/examples.json");
/// How long after the beginning of time of tests the examples are made: after all that they are
/// about.
const AFTER: Duration = Duration::from_hours(24 * 30);
/// What a cursor looks like; real ones are signed with random secrets.
const CURSOR: &str = "AQAzMDE5ZTZmYjAtMDAwMC03MDAw.Yl3q9wU6yZ0m1Qd4";

/// A request of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    /// The id of the operation.
    operation: String,
    /// What the example shows.
    name: String,
    /// Method, path and query, with `{name}` for what was saved.
    request: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The permissions of the key; all of them if absent, and no key if empty.
    permissions: Option<Vec<String>>,
    body: Option<Value>,
    /// A body that is not JSON, in its place.
    text: Option<String>,
    #[serde(default = "json_type")]
    content_type: String,
    /// Names for parts of the answer.
    #[serde(default)]
    save: BTreeMap<String, String>,
}

fn json_type() -> String {
    "application/json".to_owned()
}

/// Adds the examples to the document.
pub async fn add_examples(document: &mut Value) {
    let clock = HandClock::new();
    clock.forward(AFTER);
    let ids = CountedIds(AtomicU64::new(1));
    let api = Api::start_in(Box::new(clock), Box::new(ids)).await;
    let examples: Vec<Example> = serde_json::from_str(EXAMPLES).unwrap();
    let mut saved = BTreeMap::new();
    for example in examples {
        let text = fill(&json!(example.request), &saved);
        let (method, path) = text.as_str().unwrap().split_once(' ').unwrap();
        let body = example.body.as_ref().map(|body| fill(body, &saved));
        let reply = send(&api, &example, method, path, body.as_ref()).await;
        for (name, pointer) in &example.save {
            let value = reply.body.pointer(pointer).and_then(Value::as_str);
            saved.insert(name.clone(), value.unwrap().to_owned());
        }
        let operation = operation_of(document, &example.operation);
        if let Some(body) = body.filter(|_| reply.status < 300) {
            let content = &mut operation["requestBody"]["content"]["application/json"];
            content["examples"][&example.name] = json!({ "value": body });
        }
        add_answer(document, &example, reply);
    }
}

async fn send(
    api: &Api,
    example: &Example,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in &example.headers {
        request = request.header(name, value);
    }
    let key = match example.permissions.as_deref() {
        None => Some(api.key.clone()),
        Some([]) => None,
        Some(permissions) => {
            let permissions: Vec<&str> = permissions.iter().map(String::as_str).collect();
            Some(api.key_with(&permissions).await)
        }
    };
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let text = body.map(Value::to_string).or(example.text.clone());
    let request = match text {
        Some(text) => request
            .header("content-type", &example.content_type)
            .body(Body::from(text)),
        None => request.body(Body::empty()),
    };
    api.send(request.unwrap()).await
}

/// Adds an answer to the response that the document has for it.
fn add_answer(document: &mut Value, example: &Example, reply: Reply) {
    let content_type = reply.header("content-type").to_owned();
    let mut body = reply.body;
    if body["meta"]["next_cursor"].is_string() {
        body["meta"]["next_cursor"] = CURSOR.into();
    }
    let responses = &mut operation_of(document, &example.operation)["responses"];
    let response = &mut responses[reply.status.to_string()];
    assert!(response.is_object(), "{}: {}", example.name, reply.status);
    let shared = response["$ref"].as_str().map(str::to_owned);
    let response = match shared {
        Some(reference) => document
            .pointer_mut(reference.trim_start_matches('#'))
            .unwrap(),
        None => response,
    };
    response["content"][content_type]["examples"][&example.name] = json!({ "value": body });
}

/// The JSON with what was saved.
fn fill(json: &Value, saved: &BTreeMap<String, String>) -> Value {
    match json {
        Value::String(text) => {
            let fill = |text: String, (name, value): (&String, &String)| {
                text.replace(&format!("{{{name}}}"), value)
            };
            Value::String(saved.iter().fold(text.clone(), fill))
        }
        Value::Array(elements) => elements.iter().map(|one| fill(one, saved)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            let members: Map<String, Value> = members
                .map(|(name, value)| (name.clone(), fill(value, saved)))
                .collect();
            Value::Object(members)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => json.clone(),
    }
}
