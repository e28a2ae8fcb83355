//! Operations on several kinds, and what a broken configuration of a workspace does.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use domain::payee::Payee;
use domain::rule::Rule;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::auth::Read;
use shared::error::Failure;
use shared::http::{Answer, Call, Entry, router};
use shared::records::{self, RecordQuery};
use tower::ServiceExt;

use crate::harness::{Api, request};
use crate::log::Log;

const PATH: &str = "/api/v1/both";

/// Counts payees and rules, for which a key needs both permissions.
async fn both(call: Call<(Read<Payee>, Read<Rule>)>) -> Result<Answer, Failure> {
    let table = call.table().clone();
    let (payees, rules) = call.into_access().split();
    let payees = records::list(&table, &payees, RecordQuery::default()).await?;
    let rules = records::list(&table, &rules, RecordQuery::default()).await?;
    Answer::ok(&json!({"payees": payees.total, "rules": rules.total}))
}

async fn ask(api: &Api, permissions: &[&str]) -> (StatusCode, Value) {
    ask_as(api, &api.key_with(permissions).await).await
}

async fn ask_as(api: &Api, key: &str) -> (StatusCode, Value) {
    let operation = Entry::new(Method::GET, PATH, both, |_| {});
    let request = request(key, Method::GET, PATH, &Value::Null);
    let router = router(api.app.clone(), vec![operation]);
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn an_operation_on_two_kinds_needs_both_permissions() {
    let api = Api::start_here().await;
    api.payee().await;
    for (held, missing) in [
        (["read:payees", "write:rules"], "read:rules"),
        (["write:payees", "read:rules"], "read:payees"),
        (["read:products", "read:revenues"], "read:payees"),
    ] {
        let (status, problem) = ask(&api, &held).await;
        assert_eq!(status, 403, "{held:?}");
        assert_eq!(problem["required_permission"], json!(missing), "{held:?}");
    }
    let (status, answer) = ask(&api, &["read:rules", "read:payees"]).await;
    assert_eq!(
        (status.as_u16(), answer),
        (200, json!({"payees": 1, "rules": 0}))
    );
}

#[tokio::test]
async fn both_proofs_are_for_the_workspace_of_the_key() {
    let api = Api::start_here().await;
    let payee = api.payee().await;
    let rule = json!({"name": "R", "allocations": [{"payee_id": payee, "percentage": 1}]});
    api.post("/api/v1/rules", rule).await.expect(201);
    let foreign = api.foreign_key().await;
    for (key, count) in [(&api.key, 1), (&foreign, 0)] {
        let (status, answer) = ask_as(&api, key).await;
        let expected = json!({"payees": count, "rules": count});
        assert_eq!((status.as_u16(), answer), (200, expected));
    }
}

#[tokio::test]
async fn a_broken_configuration_is_named_and_never_passes_for_a_source() {
    let api = Api::start_here().await;
    let broken = BTreeMap::from([("cursor_secret", 7)]);
    api.configure(&broken).await;
    let log = Log::at("info");
    let other = api
        .over(crate::wire::Wire::before(&api.endpoint).await)
        .await;
    for path in [
        "/api/allocora/ping",
        "/api/v1/payees",
        "/api/v1/revenue-sources",
    ] {
        other.get(path).await.problem(500, "internal_error");
    }
    let lines = serde_json::to_string(&log.take()).unwrap();
    assert!(
        lines.contains("reading the configuration of a workspace"),
        "{lines}"
    );
}
