//! A precondition holds, or the request is refused: none is ever ignored.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Method, Request};
use serde_json::{Value, json};

use crate::fixture::{create, kinds, path_of};
use crate::harness::{Api, request};

/// A request with headers of these bytes.
fn with_headers(mut request: Request<Body>, headers: &[(&str, &[u8])]) -> Request<Body> {
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_bytes(value).unwrap();
        request.headers_mut().append(name, value);
    }
    request
}

#[tokio::test]
async fn an_if_match_that_cannot_be_read_matches_nothing() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let path = path_of(&kind, &create(&api, &kind, json!({})).await);
        let body = json!({"name": "Changed"});
        for tags in [
            &["“1”".as_bytes()][..],
            &[b"\"9\xe9\""],
            &[b"\xff"],
            &["„1“".as_bytes()],
            &["”1”".as_bytes(), b"\"1\""],
            &[b"1, \"1\""],
            &[b"'1'"],
            &[b"\"1"],
            &[b""],
        ] {
            let headers: Vec<_> = tags.iter().map(|tag| ("if-match", *tag)).collect();
            let request = request(&api.key, Method::PUT, &path, &body);
            let reply = api.send(with_headers(request, &headers)).await;
            let problem = reply.problem(412, "precondition_failed");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("plain quotes"), "{kind} {tags:?}: {detail}");
        }
        let stored = api.get(&path).await.expect(200)["data"].clone();
        assert_eq!(stored["version"], json!(1), "{kind}: {stored}");
        let request = request(&api.key, Method::PUT, &path, &body);
        let request = with_headers(request, &[("if-match", b" , \"7\" ,, \"1\",")]);
        api.send(request).await.expect(200);
    }
}

#[tokio::test]
async fn a_content_coding_that_cannot_be_read_is_refused() {
    let api = Api::start().await;
    for coding in ["“gzip”".as_bytes(), b"gz\xefp"] {
        let body = json!({"name": "Ada"});
        let request = request(&api.key, Method::POST, "/api/v1/payees", &body);
        let request = with_headers(request, &[("content-encoding", coding)]);
        let problem = api.send(request).await;
        problem.problem(415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn headers_that_cannot_be_read_are_never_taken_for_something_else() {
    let api = Api::start().await;
    let body = json!({"name": "Ada"});
    let payees = "/api/v1/payees";
    let replaced = |name: &str, value: &[u8]| {
        let mut request = request(&api.key, Method::POST, payees, &body);
        request.headers_mut().remove(name);
        with_headers(request, &[(name, value)])
    };
    let key = format!("Bearer {}é", api.key);
    api.send(replaced("authorization", key.as_bytes()))
        .await
        .problem(401, "unauthenticated");
    for content_type in [
        "application/jsoné",
        "application/é+json",
        "“application/json”",
    ] {
        api.send(replaced("content-type", content_type.as_bytes()))
            .await
            .problem(415, "unsupported_media_type");
    }
    let reply = api.send(replaced("x-request-id", "jób".as_bytes())).await;
    assert_eq!(
        reply.header("x-request-id"),
        reply.header("apigw-requestid")
    );
    reply.expect(201);
}

/// Every write that cannot keep a precondition of the header, with a body that it would accept.
async fn without_if_match(api: &Api) -> Vec<(Method, String, Value)> {
    let mut requests = Vec::new();
    for kind in kinds(api).await {
        let stored = create(api, &kind, json!({"external_id": "stored"})).await;
        let record = |external_id: &str| kind.body(&json!({"external_id": external_id}));
        let path = |suffix: &str| format!("{}{suffix}", kind.path());
        let update = json!({"id": stored["id"], "name": "Changed"});
        requests.extend([
            (Method::POST, path(""), record("one")),
            (
                Method::POST,
                path("/batch"),
                json!({"records": [record("two")]}),
            ),
            (Method::PUT, path("/batch"), json!({"records": [update]})),
            (
                Method::POST,
                path("/upsert"),
                json!({"records": [record("stored")]}),
            ),
        ]);
        if kind.path().ends_with("/products") {
            let named = json!({"records": [{"id": stored["id"]}]});
            requests.push((Method::DELETE, path("/batch"), named));
        }
    }
    let revenue = json!({"external_id": "r", "type": "sale", "amount": 1, "currency": "EUR",
        "occurred_at": "2026-05-31"});
    let batch = json!({"records": [revenue]});
    requests.push((Method::POST, "/api/v1/revenues".to_owned(), revenue));
    requests.push((Method::POST, "/api/v1/revenues/batch".to_owned(), batch));
    requests
}

#[tokio::test]
async fn if_match_is_refused_where_no_single_record_is_updated() {
    let api = Api::start_here().await;
    let requests = without_if_match(&api).await;
    for (method, path, body) in &requests {
        for (tag, writes) in [(Some("\"1\""), false), (Some("“9”"), false), (None, true)] {
            api.wire.take();
            let mut request = request(&api.key, method.clone(), path, body);
            if let Some(tag) = tag {
                request = with_headers(request, &[("if-match", tag.as_bytes())]);
            }
            let reply = api.send(request).await;
            if writes {
                assert!(reply.status < 300, "{method} {path}: {reply:?}");
                continue;
            }
            let problem = reply.problem(400, "malformed_request");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("if-match"), "{method} {path}: {detail}");
            assert!(detail.contains("version"), "{method} {path}: {detail}");
            let calls = api.wire.count();
            assert!(!calls.contains_key("TransactWriteItems"), "{calls:?}");
            assert!(!calls.contains_key("PutItem"), "{calls:?}");
        }
    }
}

#[tokio::test]
async fn other_preconditions_are_refused_by_every_write() {
    let api = Api::start().await;
    let payee = format!("/api/v1/payees/{}", api.payee().await);
    let product = api
        .post("/api/v1/products", json!({"name": "Course"}))
        .await;
    let product = product.expect(201)["data"]["id"].clone();
    let product = format!("/api/v1/products/{}", product.as_str().unwrap());
    for (method, path, body) in [
        (Method::PUT, payee.as_str(), json!({"name": "Changed"})),
        (Method::POST, "/api/v1/payees", json!({"name": "New"})),
        (Method::DELETE, &product, Value::Null),
    ] {
        for (name, value) in [
            ("if-none-match", "*"),
            ("if-unmodified-since", "Sun, 31 May 2026 10:00:00 GMT"),
        ] {
            let request = request(&api.key, method.clone(), path, &body);
            let request = with_headers(request, &[(name, value.as_bytes())]);
            let problem = api.send(request).await.problem(400, "malformed_request");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(name), "{method} {path}: {detail}");
        }
    }
    for path in [&payee, &product] {
        let stored = api.get(path).await.expect(200);
        assert_eq!(stored["data"]["version"], json!(1), "{stored}");
    }
}

#[tokio::test]
async fn a_version_is_a_whole_number_however_it_is_written() {
    let api = Api::start().await;
    let path = format!("/api/v1/payees/{}", api.payee().await);
    let versions = [("1", 200), ("1.0", 200), ("1e0", 200), ("2.0", 409)];
    let refused = ["1.5", "0.0", "-1.0", "1e-1", "1e300"].map(|version| (version, 422));
    for (version, status) in versions.into_iter().chain(refused) {
        let body = serde_json::from_str(&format!(r#"{{"version": {version}}}"#)).unwrap();
        let reply = api.put(&path, body).await;
        assert_eq!(reply.status, status, "{version}: {reply:?}");
    }
}
