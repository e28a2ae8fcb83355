//! The DynamoDB calls of the operations on revenues.

use serde_json::{Value, json};

use crate::calls::calls;
use crate::harness::Api;

fn row(index: usize) -> Value {
    json!({"external_id": format!("r{index}"), "type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-01-01"})
}

#[tokio::test]
async fn revenues_cost_one_call_for_every_25_and_one_for_all_known_ones() {
    let api = Api::start_here().await;
    let created = api.post("/api/v1/revenues", row(0)).await.expect(201);
    assert_eq!(calls(&api), "BatchExecuteStatement 1");
    api.post("/api/v1/revenues", row(0)).await.expect(200);
    assert_eq!(
        calls(&api),
        "BatchExecuteStatement 1, BatchGetItem 1",
        "the known one is read"
    );
    api.get(&format!(
        "/api/v1/revenues/{}",
        created["data"]["id"].as_str().unwrap()
    ))
    .await
    .expect(200);
    assert_eq!(calls(&api), "BatchGetItem 1");
    let batch = async |rows: Vec<Value>| {
        let records = json!({"records": rows});
        let sent = api.post("/api/v1/revenues/batch", records).await;
        let meta = sent.expect(200)["meta"].clone();
        (meta["created"].clone(), meta["skipped_duplicate"].clone())
    };
    assert_eq!(
        batch((1..101).map(row).collect()).await,
        (json!(100), json!(0))
    );
    assert_eq!(calls(&api), "BatchExecuteStatement 4");
    assert_eq!(
        batch((51..151).map(row).collect()).await,
        (json!(50), json!(50))
    );
    assert_eq!(calls(&api), "BatchExecuteStatement 4, BatchGetItem 1");
    let twice = (151..201).chain(151..201);
    assert_eq!(
        batch(twice.map(row).collect()).await,
        (json!(50), json!(50))
    );
    assert_eq!(
        calls(&api),
        "BatchExecuteStatement 2",
        "the second of a batch meets the first"
    );
}

#[tokio::test]
async fn lists_of_revenues_cost_few_calls() {
    let api = Api::start_here().await;
    let rows: Vec<Value> = (0..100).map(row).collect();
    api.post("/api/v1/revenues/batch", json!({"records": rows}))
        .await
        .expect(200);
    api.wire.take();
    let listed = api.get("/api/v1/revenues").await.expect(200);
    assert_eq!(
        calls(&api),
        "Query 3",
        "the counters, the rows of the page, and how many there are after them"
    );
    let cursor = listed["meta"]["next_cursor"].as_str().unwrap();
    api.get(&format!("/api/v1/revenues?cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(calls(&api), "Query 1");
    api.get("/api/v1/revenues/digest").await.expect(200);
    assert_eq!(calls(&api), "Query 2");
    api.get("/api/v1/revenues?external_id=r1").await.expect(200);
    assert_eq!(calls(&api), "BatchGetItem 1");
}
