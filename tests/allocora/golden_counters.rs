//! Golden values: the stored counters and keys, which outlive every release.

use crate::golden::item;
use crate::harness::Api;
use domain::counting::Numbers;
use serde_json::json;
use store::key::{self};

#[tokio::test]
async fn counters_keep_their_stored_form() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let source = api.workspace.config.default_source;
    let records = json!([
        {"type": "refund", "amount": "-12.5", "currency": "EUR", "occurred_at": "2026-05-31T10:37:00Z", "external_id": "a"},
        {"type": "refund", "amount": "-1", "currency": "EUR", "occurred_at": "2026-05-31", "external_id": "b",
            "external_product_identifier": "sku"},
    ]);
    let answer = api
        .post("/api/v1/revenues/batch", json!({"records": records}))
        .await
        .expect(200);
    api.counted().await;
    let at_midnight = answer["data"][1]["id"].as_str().unwrap();
    let at_midnight = &at_midnight[..2];
    let counters = key::counters(workspace, 1);
    assert_eq!(counters.partition(), format!("W#{workspace}#T#1"));
    let group = format!("refund#EUR#{source}");
    // The marks of shards are named after them.
    let counter = async |sort: &str| api.app.table.counter(&counters.key(sort)).await.unwrap();
    for group in ["*", &group] {
        assert_eq!(
            counter(&format!("Y#{group}#2026")).await,
            numbers(&[("0531", 2)]),
            "{group}"
        );
        assert_eq!(
            counter(&format!("D#2026-05-31#{group}")).await,
            numbers(&[("10:30+", 1)]),
            "{group}"
        );
        assert_eq!(
            counter(&format!("D#2026-05-31#{group}#00:00")).await,
            numbers(&[(&format!("00:00#{at_midnight}"), 1)]),
            "{group}"
        );
    }
    let sums = counter(&format!("M#2026-05#{group}")).await;
    assert_eq!((sums["31n"], sums["31s"]), (2, -13_500));
    assert_eq!(
        sums.keys().collect::<Vec<_>>(),
        ["31a", "31b", "31c", "31d", "31n", "31s"]
    );
    assert_eq!(counter("P#sku").await, numbers(&[("n", 1)]));
}

fn numbers(numbers: &[(&str, i128)]) -> Numbers {
    numbers
        .iter()
        .map(|(name, number)| ((*name).to_owned(), *number))
        .collect()
}

#[tokio::test]
async fn keys_are_stored_without_their_secret() {
    let api = Api::start().await;
    let pong = api.get("/api/allocora/ping").await.expect(200);
    let key_id = pong["key_id"].as_str().unwrap();
    let stored = item(&api, key::api_key(key_id)).await;
    let mut fields: Vec<&String> = stored.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "PK",
            "SK",
            "created_at",
            "expires_at",
            "key_id",
            "last_used_at",
            "lifetime",
            "name",
            "permissions",
            "revoked_at",
            "secret_hash",
            "version",
            "workspace_id",
        ]
    );
    let secret = &api.key[api.key.len() - 72..api.key.len() - 8];
    assert!(!stored.to_string().contains(secret));
    assert!(
        stored["last_used_at"].is_string(),
        "the first use was noted"
    );
}
