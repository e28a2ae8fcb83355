//! Messages: what clients read when something is wrong.

use http::Method;
use serde_json::{Value, json};
use shared::records::{self, RecordQuery};

use domain::payee::Payee;
use shared::auth::Read;

use crate::fixture::kinds;
use crate::harness::Api;

/// The details of the problems with a body, by pointer.
async fn details(api: &Api, path: &str, body: Value) -> Vec<(String, String)> {
    let problem = api.post(path, body).await.problem(422, "validation_failed");
    let errors = problem["errors"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors
        .map(|error| (text(&error["pointer"]), text(&error["detail"])))
        .collect()
}

async fn detail(api: &Api, path: &str, body: Value) -> String {
    let [(_, detail)] = &details(api, path, body.clone()).await[..] else {
        panic!("{body} has one problem")
    };
    detail.clone()
}

#[tokio::test]
async fn an_unknown_field_suggests_the_nearest_and_lists_writable_fields_first() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let detail = detail(&api, &kind.path(), kind.body(&json!({"nmae": "x"}))).await;
        assert!(
            detail.contains("did you mean \"name\"?"),
            "{}: {detail}",
            kind.name
        );
        let (writable, read_only) = detail.split_once("; read-only: ").unwrap();
        for field in ["external_id", "name", "metadata"] {
            assert!(writable.contains(field), "{}: {detail}", kind.name);
        }
        for field in ["id", "created_at", "updated_at", "version"] {
            assert!(
                read_only.split(", ").any(|name| name == field),
                "{}: {detail}",
                kind.name
            );
        }
    }
    let detail = detail(&api, "/api/v1/payees", json!({"name": "x", "zzz": 1})).await;
    assert!(
        detail.starts_with("is not a known field. Known fields: external_id"),
        "{detail}"
    );
}

#[tokio::test]
async fn an_unknown_parameter_suggests_the_nearest() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let path = format!("{}?stauts=active", kind.path());
        let problem = api.get(&path).await.problem(400, "malformed_query");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(
            detail.contains("did you mean \"status\"?"),
            "{}: {detail}",
            kind.name
        );
    }
}

#[tokio::test]
async fn a_quoted_value_is_json_as_it_was_sent_and_short() {
    let api = Api::start().await;
    let payees = "/api/v1/payees";
    let cases = [
        (json!({"payout_currency": "EUR "}), "got \"EUR \""),
        (json!({"payout_currency": ""}), "got \"\""),
        (json!({"payout_currency": "\u{200b}\u{7}"}), "\\u0007"),
        (
            json!({"payout_threshold": -1}),
            "must not be negative, got -1",
        ),
        (
            json!({"payout_threshold": "-1.5"}),
            "must not be negative, got \"-1.5\"",
        ),
        (
            json!({"fallback_percentage": 101}),
            "must be at most 100, got 101",
        ),
        (json!({"type": "robot"}), "got \"robot\""),
        (json!({"hold_until": "31.12.2026"}), "got \"31.12.2026\""),
    ];
    for (fields, expected) in cases {
        let mut body = json!({"name": "x"});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let detail = detail(&api, payees, body).await;
        assert!(detail.contains(expected), "{fields}: {detail}");
    }
    let long = "é".repeat(10_000);
    let detail = detail(&api, payees, json!({"name": "x", "payout_currency": long})).await;
    assert!(detail.chars().count() < 200, "{detail}");
}

#[tokio::test]
async fn frequent_mistakes_are_said_in_plain_words() {
    let api = Api::start().await;
    let payee = api.payee().await;
    let required = detail(&api, "/api/v1/payees", json!({})).await;
    assert_eq!(required, "is required");
    let tags = json!({"name": "x", "tags": ["a", "b", "a"]});
    assert_eq!(
        detail(&api, "/api/v1/products", tags).await,
        "duplicates the value at index 0"
    );
    let share = json!({"payee_id": payee, "percentage": 1});
    let rule = json!({"name": "x", "allocations": [share, share]});
    assert_eq!(
        detail(&api, "/api/v1/rules", rule).await,
        "duplicates the payee at index 0"
    );
    let batch = details(&api, "/api/v1/payees/batch", json!({"name": "x"})).await;
    assert!(
        batch[0]
            .1
            .ends_with("Put the record's fields inside `records`"),
        "{batch:?}"
    );
    let path = format!("/api/v1/payees/{payee}");
    let conflict = api.put(&path, json!({"version": 7, "name": "x"})).await;
    let expected = "Expected version 7, but the record is at version 1. Read it again and retry.";
    assert_eq!(
        conflict.problem(409, "version_conflict")["detail"],
        json!(expected)
    );
    let twice = crate::harness::request(&api.key, Method::POST, "/api/v1/payees", &json!({}));
    let (parts, _) = twice.into_parts();
    let body = axum::body::Body::from(r#"{"name": "x", "name": "y"}"#);
    let twice = api.send(http::Request::from_parts(parts, body)).await;
    let detail = twice.problem(400, "malformed_json")["detail"].clone();
    assert!(
        detail.as_str().unwrap().contains("duplicate key \"name\""),
        "{detail}"
    );
}

#[tokio::test]
async fn records_are_listed_without_a_query_string() {
    let api = Api::start_here().await;
    let payee = api.payee().await;
    let table = &api.app.table;
    let header = format!("Bearer {}", api.key);
    let caller = api
        .app
        .auth
        .authenticate(table, Some(&header), api.app.now())
        .await
        .unwrap();
    let access = caller.require::<Read<Payee>>().unwrap();
    let page = records::list(table, &access, RecordQuery::default())
        .await
        .unwrap();
    let ids: Vec<String> = page
        .rows
        .iter()
        .map(|record| record.id.to_string())
        .collect();
    assert_eq!((ids, page.total), (vec![payee], Some(1)));
}
