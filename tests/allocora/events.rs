//! Events of the gateway: what a client puts into one never panics, and never reaches another route
//! than the one it names.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use http::Method;
use registry::operations;
use serde_json::{Value, json};
use shared::http::router;

use crate::captured_log::Log;
use crate::harness::{Api, request};
use crate::house::root;

pub fn router_of(api: &Api) -> Router {
    router(api.app.clone(), operations())
}

/// An event of a request with this key.
pub fn event(key: &str, method: &str, path: &str, query: &str) -> Value {
    let mut event: Value =
        serde_json::from_str(include_str!("../events/unknown-route.json")).unwrap();
    event["headers"]["authorization"] = json!(format!("Bearer {key}"));
    event["rawPath"] = json!(path);
    event["rawQueryString"] = json!(query);
    event["requestContext"]["http"]["method"] = json!(method);
    event
}

/// The status and the body of the answer to an event, which is a problem document if it is an
/// error.
pub async fn answer(router: &Router, event: String) -> Result<(u64, Value), shared::lambda::Error> {
    let deadline = SystemTime::now() + Duration::from_secs(10);
    let answer = shared::lambda::answer(router.clone(), event, deadline).await?;
    let (status, body) = (answer["statusCode"].as_u64().unwrap(), &answer["body"]);
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap_or_default();
    if status >= 400 {
        let headers = &answer["headers"];
        assert_eq!(headers["content-type"], "application/problem+json");
        assert_eq!(headers["x-request-id"], body["request_id"]);
    }
    Ok((status, body))
}

/// As they are documented for `sam local`, in an order in which each finds what it needs.
#[tokio::test]
async fn the_events_in_files_are_answered() {
    let api = Api::start().await;
    let router = router_of(&api);
    let mut found = BTreeSet::new();
    for (name, expected, says) in [
        ("ping", 200, "\"ok\""),
        ("create-payee", 201, "Ada Lovelace"),
        ("upsert-payees", 200, "crm-43"),
        ("create-revenue", 201, "order-1"),
        ("list-revenues", 200, "order-1"),
        ("preview-payouts", 200, "payee_external_id,payee_id,"),
        ("unknown-route", 404, "not_found"),
    ] {
        let file = root().join(format!("tests/events/{name}.json"));
        let event = std::fs::read_to_string(&file).unwrap();
        let event = event.replace("alc_live_…", &api.key);
        let deadline = SystemTime::now() + Duration::from_secs(10);
        let answer = shared::lambda::answer(router.clone(), event, deadline).await;
        let answer = answer.unwrap();
        assert_eq!(answer["statusCode"], json!(expected), "{name}: {answer:#}");
        let body = answer["body"].as_str().unwrap();
        assert!(body.contains(says), "{name}: {body}");
        found.insert(file);
    }
    let others = ["count-revenues", "env"].map(|name| format!("tests/events/{name}.json"));
    found.extend(others.map(|file| root().join(file)));
    let files = std::fs::read_dir(root().join("tests/events")).unwrap();
    let files: BTreeSet<_> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(found, files);
}

#[tokio::test]
async fn a_path_that_may_mean_another_is_no_route() {
    let api = Api::start().await;
    let product = api
        .post("/api/v1/products", json!({"external_id": "p", "name": "P"}))
        .await
        .expect(201)["data"]["id"]
        .clone();
    let id = product.as_str().unwrap();
    let (router, key) = (router_of(&api), &api.key);
    for path in [
        format!("/api/v1/products/x/../{id}"),
        format!("/api/v1/products/./{id}"),
        format!("/api/v1/products//{id}"),
        format!("//api/v1/products/{id}"),
        format!("/api/v1/products/{id}/"),
        format!("/api/v1/products/{id}/."),
        format!("/api/v1/products/{id}/x/.."),
        format!("/api/v1/products\\{id}"),
        format!("/api/v1/products/x\\..\\{id}"),
        format!("/api/v1/products/\t{id}"),
        format!("/api/v1/products/{id}\0"),
        format!("/api/v1/products/{id}\u{7f}"),
        format!("/api/v1/products/{id}\u{85}"),
        format!("/api/v1/payees/../products/{id}"),
        "/api/v1/products/..".to_owned(),
        "/api/v1/products/.".to_owned(),
    ] {
        // As API Gateway hands it on, to the function.
        let (status, body) = answer(&router, event(key, "DELETE", &path, "").to_string())
            .await
            .unwrap();
        assert_eq!(
            (status, &body["code"]),
            (404, &json!("not_found")),
            "{path:?}"
        );
        // Before any other check.
        let (status, _) = answer(&router, event("none", "PATCH", &path, "").to_string())
            .await
            .unwrap();
        assert_eq!(status, 404, "{path:?}");
        // As a client sends it, to the local gateway.
        let encoded: String = path
            .bytes()
            .map(|byte| match byte {
                b'/' | b'0'..=b'9' | b'a'..=b'z' => char::from(byte).to_string(),
                _ => format!("%{byte:02x}"),
            })
            .collect();
        let reply = api.delete(&encoded, Value::Null).await;
        reply.problem(404, "not_found");
    }
    let path = format!("/api/v1/products/{id}");
    let stored = api.get(&path).await.expect(200);
    assert_eq!(stored["data"]["status"], "active", "{stored:#}");
    // A path that is encoded without need is the same path, as it is in the cloud.
    api.get(&path.replace('p', "%70")).await.expect(200);
    // One that is encoded twice is another.
    api.get(&path.replace('p', "%2570"))
        .await
        .problem(404, "not_found");
    api.get(&path.replace("products", "x/%252e%252e/products"))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn what_a_query_cannot_have_is_escaped() {
    let api = Api::start().await;
    api.post("/api/v1/payees", json!({"name": "a \"<b>\" é#c"}))
        .await
        .expect(201);
    let router = router_of(&api);
    for (query, found) in [
        ("search=a \"<b>\" é#c", 1),
        ("search=a%20%22<b>", 1),
        ("search=\"<c>\"", 0),
    ] {
        let event = event(&api.key, "GET", "/api/v1/payees", query);
        let (status, body) = answer(&router, event.to_string()).await.unwrap();
        assert_eq!(
            (status, &body["meta"]["total"]),
            (200, &json!(found)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn an_event_that_is_no_request_is_answered_400_and_logged() {
    let api = Api::start_here().await;
    let (router, log) = (router_of(&api), Log::at("info"));
    let with = |pointer: &str, value: Value| {
        let mut event = event(&api.key, "POST", "/api/v1/payees", "");
        event["body"] = json!("");
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    let mut base64 = with("/isBase64Encoded", json!(true));
    base64["body"] = json!("***");
    let mut many = with("/body", json!(""));
    for index in 0..40_000 {
        many["headers"][format!("x-{index}")] = json!("");
    }
    for event in [
        base64,
        many,
        with("/requestContext/http/method", json!("")),
        with("/requestContext/http/method", json!("GET /")),
        with("/requestContext/http/method", json!(1)),
        with("/headers", json!({"a b": "c"})),
        with("/headers", json!({"a": "b\r\nc: d"})),
        with("/headers", json!({"a": 1})),
        with("/headers", json!([])),
        with("/rawPath", json!(null)),
        with("/rawPath", json!("/x".repeat(40_000))),
        with("/rawQueryString", json!(["a"])),
        with("/rawQueryString", json!("x".repeat(70_000))),
    ] {
        let (status, body) = answer(&router, event.to_string()).await.unwrap();
        let code = &body["code"];
        assert_eq!(
            (status, code),
            (400, &json!("malformed_request")),
            "{body:#}"
        );
        let line = log.request();
        assert_eq!(line["status"], 400);
        assert_eq!(line["request_id"], event["requestContext"]["requestId"]);
    }
    // Half of a surrogate pair, in everything that a client chooses.
    let event = event("KEY", "GET", "/PATH", "QUERY").to_string();
    for part in ["KEY", "/PATH", "QUERY", "\"GET\""] {
        let broken = part.replace(char::is_alphabetic, r"\ud83d");
        let (status, body) = answer(&router, event.replace(part, &broken)).await.unwrap();
        assert_eq!(
            (status, &body["code"]),
            (400, &json!("malformed_request")),
            "{part}"
        );
    }
}

#[tokio::test]
async fn names_of_the_json_library_and_odd_headers_do_no_harm() {
    let api = Api::start().await;
    let router = router_of(&api);
    let mut event = event(&api.key, "GET", "/api/v1/payees", "");
    let reserved = [
        "$serde_json::private::Number",
        "$serde_json::private::RawValue",
    ];
    for name in reserved {
        event["queryStringParameters"][name] = json!("x");
        event["requestContext"][name] = json!("x");
        event["pathParameters"][name] = json!("x");
    }
    for proto in ["", "https, http", "://", "ht tp", "é", "[", "javascript"] {
        for host in ["", "a b", "[::1", "é", "a:b:c", "a/../b"] {
            event["headers"]["x-forwarded-proto"] = json!(proto);
            event["headers"]["host"] = json!(host);
            event["requestContext"]["domainName"] = json!(host);
            let (status, _) = answer(&router, event.to_string()).await.unwrap();
            assert_eq!(status, 200, "{proto:?} {host:?}");
        }
    }
}

#[tokio::test]
async fn a_request_target_without_a_path_is_answered() {
    let api = Api::start().await;
    for (target, status, code) in [
        ("*", 404, "not_found"),
        ("a.example:443", 405, "method_not_allowed"),
    ] {
        let mut request =
            request("none", Method::OPTIONS, "/", &Value::Null).map(|_| Body::empty());
        *request.uri_mut() = target.parse().unwrap();
        api.send(request).await.problem(status, code);
    }
}
