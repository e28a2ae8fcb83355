//! What surrounds every answer: routes, methods, headers, request ids, and the Lambda entry itself.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};
use shared::http::router;

use crate::harness::{Api, request};
use registry::operations;

#[tokio::test]
async fn unknown_routes_and_methods_have_problems_of_their_own() {
    let api = Api::start().await;
    api.get("/api/v1/payees/%FF")
        .await
        .problem(404, "not_found");
    api.send(request(
        "none",
        Method::GET,
        "/api/v1/payees/%FF",
        &Value::Null,
    ))
    .await
    .problem(401, "unauthenticated");
    for path in [
        "/api",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v1/payees/a/b",
        "/api/v2/payees",
        "/api/v1/payees/",
        "//",
    ] {
        api.send(request("none", Method::GET, path, &Value::Null))
            .await
            .problem(404, "not_found");
    }
    let cases = [
        (Method::DELETE, "/api/v1/payees", "GET, HEAD, POST"),
        (Method::PATCH, "/api/v1/payees/x", "GET, HEAD, PUT"),
        (Method::GET, "/api/v1/payees/batch", "POST, PUT"),
        (Method::GET, "/api/v1/payees/upsert", "POST"),
        (Method::POST, "/api/v1/products/x", "DELETE, GET, HEAD, PUT"),
        (Method::GET, "/api/v1/rules/x/activate", "POST"),
        (Method::POST, "/api/v1/revenue-sources", "GET, HEAD"),
        (Method::OPTIONS, "/api/v1/payees", "GET, HEAD, POST"),
    ];
    for (method, path, allowed) in cases {
        let reply = api
            .send(request("none", method.clone(), path, &Value::Null))
            .await;
        assert_eq!(reply.header("allow"), allowed, "{method} {path}");
        let problem = reply.problem(405, "method_not_allowed");
        let methods: Vec<&str> = allowed.split(", ").collect();
        assert_eq!(
            problem["allowed_methods"],
            json!(methods),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn every_answer_carries_its_headers() {
    let api = Api::start().await;
    let requests = [
        request(&api.key, Method::GET, "/api/v1/payees", &Value::Null),
        request(
            &api.key,
            Method::POST,
            "/api/v1/payees",
            &json!({"name": "Ada"}),
        ),
        request(&api.key, Method::POST, "/api/v1/payees", &json!({})),
        request("junk", Method::GET, "/api/v1/payees", &Value::Null),
        request("junk", Method::GET, "/nothing", &Value::Null),
    ];
    for request in requests {
        let sent = format!("{} {}", request.method(), request.uri());
        let reply = api.send(request).await;
        assert_eq!(reply.header("cache-control"), "no-store", "{sent}");
        let no_sniffing = reply.header("x-content-type-options");
        assert_eq!(no_sniffing, "nosniff", "{sent}");
        assert!(!reply.header("x-request-id").is_empty(), "{sent}");
        let origin = reply.headers.get("access-control-allow-origin");
        assert!(origin.is_none(), "{sent}");
    }
}

#[tokio::test]
async fn a_callers_request_id_is_echoed_if_it_is_usable() {
    let api = Api::start().await;
    let with = async |id: &[u8]| {
        let mut request = request(&api.key, Method::GET, "/nothing", &Value::Null);
        request
            .headers_mut()
            .insert("x-request-id", http::HeaderValue::from_bytes(id).unwrap());
        api.send(request).await
    };
    let longest = "~".repeat(128);
    for id in ["job-42/step:1", longest.as_str()] {
        let reply = with(id.as_bytes()).await;
        assert_eq!(reply.header("x-request-id"), id, "{id:?}");
        assert_eq!(
            reply.problem(404, "not_found")["request_id"],
            json!(id),
            "{id:?}"
        );
    }
    for id in [
        "has space".as_bytes(),
        "~".repeat(129).as_bytes(),
        "é".as_bytes(),
        b"",
    ] {
        let reply = with(id).await;
        assert!(!reply.header("x-request-id").is_empty(), "{id:?}");
        assert_ne!(reply.header("x-request-id").as_bytes(), id, "{id:?}");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let api = Api::start().await;
    let id = api.payee().await;
    for path in [
        "/api/v1/payees".to_owned(),
        format!("/api/v1/payees/{id}"),
        "/api/allocora/ping".to_owned(),
    ] {
        let get = api.get(&path).await;
        let head = api.call(Method::HEAD, &path, &Value::Null).await;
        assert_eq!((head.status, &head.body), (200, &Value::Null), "{path}");
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn only_json_is_taken() {
    let api = Api::start().await;
    let post = async |media_type: Option<&str>, body: &[u8]| {
        let request = Request::builder()
            .method("POST")
            .uri("/api/v1/payees")
            .header("authorization", format!("Bearer {}", api.key));
        let request = if let Some(media_type) = media_type {
            request.header("content-type", media_type)
        } else {
            request
        };
        api.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    };
    for media_type in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.allocora+json",
    ] {
        post(Some(media_type), br#"{"name": "Ada"}"#)
            .await
            .expect(201);
    }
    for media_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
        Some("text/x+json"),
    ] {
        post(media_type, br#"{"name": "Ada"}"#)
            .await
            .problem(415, "unsupported_media_type");
    }
    let deep = "[".repeat(1000);
    for body in [
        &b""[..],
        b"{",
        b"{\"name\": \"Ada\"} x",
        b"\xff\xfe",
        b"{\"name\": \"\xff\"}",
        b"{'name': 1}",
        b"{\"name\": \"Ada\", \"name\": \"Bea\"}",
        b"{\"name\": \"Ada\", \"metadata\": {\"a\": 1, \"\\u0061\": 2}}",
        deep.as_bytes(),
    ] {
        post(Some("application/json"), body)
            .await
            .problem(400, "malformed_json");
    }
    let padded = format!("{{\"name\": \"Ada\"{}}}", " ".repeat(1024 * 1024 - 15));
    assert_eq!(padded.len(), 1024 * 1024);
    post(Some("application/json"), padded.as_bytes())
        .await
        .expect(201);
    post(Some("application/json"), format!("{padded} ").as_bytes())
        .await
        .problem(413, "payload_too_large");
}

/// An event as API Gateway sends it, through the entry that the Lambda binaries run.
#[tokio::test]
async fn an_api_gateway_event_is_answered() {
    let api = Api::start().await;
    let router = router(api.app.clone(), operations());
    let mut event: Value =
        serde_json::from_str(include_str!("../events/create-payee.json")).unwrap();
    event["headers"]["authorization"] = json!(format!("Bearer {}", api.key));
    let deadline = SystemTime::now() + Duration::from_secs(10);
    let answer = shared::lambda::answer(router.clone(), event.to_string(), deadline)
        .await
        .unwrap();
    assert_eq!(answer["statusCode"], json!(201), "{answer:#}");
    assert_eq!(answer["headers"]["content-type"], json!("application/json"));
    assert_eq!(
        answer["headers"]["x-request-id"],
        event["requestContext"]["requestId"]
    );
    assert_eq!(answer["isBase64Encoded"], json!(false));
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["data"]["name"], json!("Ada Lovelace"));
    assert_eq!(body["data"]["payout_threshold"], json!("50.000"));

    event["isBase64Encoded"] = json!(true);
    event["body"] = json!("eyJuYW1lIjogIkFkYSJ9");
    let answer = shared::lambda::answer(router.clone(), event.to_string(), deadline)
        .await
        .unwrap();
    assert_eq!(answer["statusCode"], json!(201), "{answer:#}");

    let soon = SystemTime::now() + Duration::from_millis(100);
    let answer = shared::lambda::answer(router.clone(), event.to_string(), soon)
        .await
        .unwrap();
    assert_eq!(
        answer["statusCode"],
        json!(503),
        "no time is left to write in: {answer:#}"
    );
    assert_eq!(
        serde_json::from_str::<Value>(answer["body"].as_str().unwrap()).unwrap()["code"],
        json!("unavailable")
    );

    let never = SystemTime::UNIX_EPOCH + Duration::from_secs(600);
    let answer = shared::lambda::answer(router, event.to_string(), never)
        .await
        .unwrap();
    assert_eq!(
        answer["statusCode"],
        json!(201),
        "an emulator that names no deadline: {answer:#}"
    );
}
