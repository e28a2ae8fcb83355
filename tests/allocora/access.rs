//! Access: every operation, with every way of not being allowed.

use axum::body::Body;
use http::{Method, Request};
use registry::operations;
use serde_json::{Value, json};
use shared::http::Operation;
use std::time::Duration;

use crate::fixture::kinds;
use crate::hand_clock::HandClock;
use crate::harness::{Api, Reply, request};

/// The path of an operation with something in the place of each parameter.
pub fn path(operation: &Operation) -> String {
    operation
        .path
        .replace("{id}", "0198c0de-0000-7000-8000-000000000000")
        .replace("{version}", "1")
}

async fn call(api: &Api, key: &str, operation: &Operation) -> Reply {
    api.call_as(
        key,
        operation.method.clone(),
        &path(operation),
        &Value::Null,
    )
    .await
}

#[tokio::test]
async fn without_a_valid_key_every_operation_gives_one_and_the_same_answer() {
    let api = Api::start().await;
    let (id, secret) = (&api.key[..42], &api.key[42..]);
    let other_secret = format!("{id}{}", "0".repeat(secret.len()));
    let wrong_checksum = format!(
        "{}{}",
        &api.key[..api.key.len() - 1],
        if api.key.ends_with('0') { '1' } else { '0' }
    );
    let unknown = shared::auth::Token::new(uuid::Uuid::new_v4(), [7; 32]).reveal();
    let headers = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Bearer junk".to_owned()),
        Some("Bearer alc_live_".to_owned()),
        Some(format!("Basic {}", api.key)),
        Some(api.key.clone()),
        Some(format!("Bearer {other_secret}")),
        Some(format!("Bearer {wrong_checksum}")),
        Some(format!("Bearer {unknown}")),
        Some(format!("Bearer {} x", api.key)),
    ];
    for operation in operations().into_iter().filter(|one| !one.is_public) {
        for header in &headers {
            let mut request = Request::builder()
                .method(operation.method.clone())
                .uri(path(&operation));
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let reply = api.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(
                reply.header("www-authenticate"),
                "Bearer",
                "{} {}",
                operation.method,
                operation.path
            );
            let mut problem = reply.problem(401, "unauthenticated");
            problem.as_object_mut().unwrap().remove("request_id");
            let expected = json!({
                "type": "/docs/errors.md#unauthenticated", "title": "Unauthenticated", "status": 401, "code": "unauthenticated",
                "detail": "Send a valid API key as \"Authorization: Bearer <key>\". The key is missing, malformed, unknown, revoked or expired.",
            });
            assert_eq!(
                problem, expected,
                "{} {}: {header:?}",
                operation.method, operation.path
            );
        }
    }
}

#[tokio::test]
async fn a_key_opens_only_what_it_is_permitted() {
    let api = Api::start().await;
    for operation in operations().into_iter().filter(|one| !one.is_public) {
        let [permission] = operation.permissions[..] else {
            continue;
        };
        let all = registry::permissions();
        let others: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .filter(|other| *other != permission.to_string())
            .collect();
        let reply = call(&api, &api.key_with(&others).await, &operation).await;
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{permission}\"");
        assert_eq!(
            reply.header("www-authenticate"),
            challenge,
            "{} {}",
            operation.method,
            operation.path
        );
        let problem = reply.problem(403, "permission_denied");
        assert_eq!(
            problem["required_permission"],
            json!(permission.to_string()),
            "{} {}",
            operation.method,
            operation.path
        );
        let allowed = call(
            &api,
            &api.key_with(&[&permission.to_string()]).await,
            &operation,
        )
        .await;
        assert!(
            ![401, 403].contains(&allowed.status) && allowed.status < 500,
            "{} {}: {}",
            operation.method,
            operation.path,
            allowed.status
        );
    }
}

#[tokio::test]
async fn an_expired_or_revoked_key_is_no_key() {
    let clock = HandClock::new();
    let api = Api::start_at(&clock).await;
    let permissions = ["read:payees".to_owned()];
    let workspace = api.workspace.config.id;
    let short = Some("1s".parse().unwrap());
    let expired = admin::keys::create(&api.app, workspace, "short", &permissions, short)
        .await
        .unwrap();
    let revoked = admin::keys::create(&api.app, workspace, "gone", &permissions, None)
        .await
        .unwrap();
    admin::keys::revoke(&api.app, &revoked.key_id)
        .await
        .unwrap();
    clock.forward(Duration::from_secs(1));
    for operation in operations().into_iter().filter(|one| !one.is_public) {
        for key in [&expired.api_key, &revoked.api_key] {
            call(&api, key, &operation)
                .await
                .problem(401, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn a_workspace_never_sees_the_data_of_another() {
    let api = Api::start().await;
    let foreign = api.foreign_key().await;
    let payee = api.payee().await;
    let revenue = json!({"type": "sale", "amount": "1", "currency": "EUR", "occurred_at": "2026-01-01", "external_id": "r"});
    let created = api
        .post("/api/v1/revenues", revenue.clone())
        .await
        .expect(201);
    let rule = json!({"name": "r", "allocations": [{"payee_id": payee, "percentage": 1}]});
    let problems = api
        .call_as(&foreign, Method::POST, "/api/v1/rules", &rule)
        .await
        .problems();
    assert_eq!(
        problems,
        [(
            "#/allocations/0/payee_id".to_owned(),
            "not_found".to_owned()
        )]
    );
    let path = format!(
        "/api/v1/revenues/{}",
        created["data"]["id"].as_str().unwrap()
    );
    api.call_as(&foreign, Method::GET, &path, &Value::Null)
        .await
        .problem(404, "not_found");
    let own = api
        .call_as(&foreign, Method::POST, "/api/v1/revenues", &revenue)
        .await
        .expect(201);
    assert_ne!(own["data"]["id"], created["data"]["id"]);
    let mut stolen = revenue;
    stolen["revenue_source_id"] = json!(api.workspace.config.default_source);
    let problems = api
        .call_as(&foreign, Method::POST, "/api/v1/revenues", &stolen)
        .await
        .problems();
    assert_eq!(
        problems,
        [("#/revenue_source_id".to_owned(), "not_found".to_owned())]
    );
    let kinds = kinds(&api).await.into_iter().map(|kind| (kind.name, 0));
    for (kind, own) in kinds.chain([("revenues".to_owned(), 1)]) {
        let listed = api
            .call_as(
                &foreign,
                Method::GET,
                &format!("/api/v1/{kind}"),
                &Value::Null,
            )
            .await
            .expect(200);
        assert_eq!(listed["meta"]["total"], json!(own), "{kind}");
    }
}

#[tokio::test]
async fn the_checks_run_in_their_order() {
    let api = Api::start().await;
    let none = api.key_with(&["read:rules"]).await;
    let big = "x".repeat(1024 * 1024 + 1);
    let send = async |key: &str, path: &str, media_type: &str, body: &str| {
        let mut request = request(key, Method::POST, path, &json!({}));
        request
            .headers_mut()
            .insert("content-type", media_type.parse().unwrap());
        *request.body_mut() = Body::from(body.to_owned());
        api.send(request).await
    };
    send("junk", "/api/v1/nothing", "text/plain", &big)
        .await
        .problem(404, "not_found");
    send("junk", "/api/allocora/ping", "text/plain", &big)
        .await
        .problem(405, "method_not_allowed");
    send("junk", "/api/v1/payees", "text/plain", &big)
        .await
        .problem(401, "unauthenticated");
    send(&none, "/api/v1/payees", "text/plain", &big)
        .await
        .problem(403, "permission_denied");
    send(&api.key, "/api/v1/payees", "text/plain", &big)
        .await
        .problem(413, "payload_too_large");
    send(&api.key, "/api/v1/payees", "text/plain", "{")
        .await
        .problem(415, "unsupported_media_type");
    send(&api.key, "/api/v1/payees?x=1", "text/plain", "{")
        .await
        .problem(415, "unsupported_media_type");
    send(&api.key, "/api/v1/payees?x=1", "application/json", "{}")
        .await
        .problem(400, "malformed_query");
    send(&api.key, "/api/v1/payees", "application/json", "{")
        .await
        .problem(400, "malformed_json");
    send(&api.key, "/api/v1/payees", "application/json", "{}")
        .await
        .problem(422, "validation_failed");
}

#[tokio::test]
async fn ping_describes_the_key() {
    let api = Api::start().await;
    let pong = api.get("/api/allocora/ping").await.expect(200);
    assert_eq!(pong["status"], json!("ok"));
    assert_eq!(pong["service"], json!("allocora"));
    assert_eq!(pong["workspace_id"], json!(api.workspace.config.id));
    assert_eq!(pong["permissions"], json!(registry::permissions()));
    assert_eq!(pong["expires_at"], Value::Null);
    assert!(api.key.contains(pong["key_id"].as_str().unwrap()));
}
