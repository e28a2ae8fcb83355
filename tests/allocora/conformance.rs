//! Every answer of every test conforms to the document of the API, and so does every request that
//! is carried out.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use http::Method;
use jsonschema::{Registry, Validator};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::client::Reply;

/// The name under which schemas refer to the document.
const NAME: &str = "urn:allocora";
/// Headers that are documented wherever they are sent.
const HEADERS: [&str; 7] = [
    "accept-encoding",
    "allow",
    "etag",
    "location",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = registry::openapi();
    let schemas = document.pointer_mut("/components/schemas").unwrap();
    close(schemas);
    document
});

static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let registry = Registry::new().add(NAME, &*DOCUMENT).unwrap();
    registry.prepare().unwrap()
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Lets objects have no other members than those that are described: clients must tolerate new
/// ones, but none may come without being described.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.contains_key("properties") && !object.contains_key("additionalProperties") {
                object.insert("additionalProperties".to_owned(), false.into());
            }
            object.values_mut().for_each(close);
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The operation of a document with this id.
pub fn operation_of<'a>(document: &'a mut Value, id: &str) -> &'a mut Value {
    let items = document["paths"].as_object_mut().unwrap().values_mut();
    let mut operations = items.flat_map(|item| item.as_object_mut().unwrap().values_mut());
    let found = operations.find(|operation| operation["operationId"] == id);
    found.unwrap_or_else(|| panic!("there is no operation {id}"))
}

/// Checks an answer. `path` may have a query.
pub fn check_answer(method: &Method, path: &str, reply: &Reply) {
    let sent = format!("{method} {path}");
    let status = reply.status.to_string();
    let described = if *method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let Some(pointer) = operation_at(described, path) else {
        assert!(
            [400, 404, 405, 413].contains(&reply.status),
            "{sent}: {status}"
        );
        validate("/components/schemas/Problem", &reply.body, &sent);
        return;
    };
    let responses = DOCUMENT.pointer(&format!("{pointer}/responses")).unwrap();
    let response = responses.get(&status);
    let response = response.unwrap_or_else(|| panic!("{sent}: {status} {:#}", reply.body));
    let place = match response["$ref"].as_str() {
        Some(reference) => reference.trim_start_matches('#').to_owned(),
        None => format!("{pointer}/responses/{status}"),
    };
    let response = DOCUMENT.pointer(&place).unwrap();
    for name in HEADERS
        .iter()
        .filter(|name| reply.headers.contains_key(**name))
    {
        let headers = &response["headers"];
        assert!(
            headers[name].is_object(),
            "{sent}: {status} has the header {name}"
        );
    }
    if let Some(codes) = response["x-codes"]
        .as_array()
        .filter(|_| !reply.body.is_null())
    {
        assert!(
            codes.contains(&reply.body["code"]),
            "{sent}: {:#}",
            reply.body
        );
    }
    if *method == Method::HEAD {
        return;
    }
    let media_type = reply.header("content-type").split(';').next().unwrap();
    let content = response["content"].as_object().unwrap();
    assert!(
        content.contains_key(media_type),
        "{sent}: {status} {media_type}"
    );
    let place = format!("{place}/content/{}/schema", escape(media_type));
    validate(&place, &reply.body, &sent);
}

/// Checks a request that was carried out; of a batch, the records that did not fail.
pub fn check_request(method: &Method, path: &str, body: &Value, reply: &Reply) {
    if reply.status >= 300 || body.is_null() {
        return;
    }
    let pointer = operation_at(method, path).unwrap();
    let mut body = body.clone();
    let results = reply.body["data"].as_array();
    let records = body.get_mut("records").and_then(Value::as_array_mut);
    if let (Some(records), Some(results)) = (records, results) {
        let mut results = results.iter();
        records.retain(|_| results.next().unwrap()["error"].is_null());
        if records.is_empty() {
            return;
        }
    }
    let place = format!("{pointer}/requestBody/content/application~1json/schema");
    validate(&place, &body, &format!("{method} {path}"));
}

#[track_caller]
fn validate(pointer: &str, json: &Value, sent: &str) {
    let validator = validator(pointer);
    let errors: Vec<String> = validator
        .iter_errors(json)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{sent}: {errors:#?} {json:#}");
}

fn validator(pointer: &str) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap();
    let made = validators.entry(pointer.to_owned()).or_insert_with(|| {
        let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
        let schema = json!({ "$ref": format!("{NAME}#{fragment}") });
        let validator = jsonschema::options()
            .with_registry(&REGISTRY)
            .build(&schema);
        Arc::new(validator.unwrap())
    });
    made.clone()
}

/// The place of the operation that answers a request; none if there is no route.
fn operation_at(method: &Method, path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap();
    let path = percent_decode_str(path).decode_utf8_lossy();
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let matching = paths
        .iter()
        .filter(|(template, _)| matches(template, &path));
    // A fixed part of a path comes before one that varies.
    let (template, item) = matching.min_by_key(|(template, _)| template.matches('{').count())?;
    let method = method.as_str().to_ascii_lowercase();
    let item: &Map<String, Value> = item.as_object().unwrap();
    item.contains_key(&method)
        .then(|| format!("/paths/{}/{method}", escape(template)))
}

fn matches(template: &str, path: &str) -> bool {
    let (mut parts, mut sent) = (template.split('/'), path.split('/'));
    loop {
        match (parts.next(), sent.next()) {
            (None, None) => return true,
            (Some(part), Some(sent)) if part == sent => {}
            (Some(part), Some(sent)) if part.starts_with('{') && !sent.is_empty() => {}
            (_, _) => return false,
        }
    }
}

fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
