//! The DynamoDB calls and read units of payouts.

use http::Method;
use serde_json::{Value, json};

use crate::harness::Api;
use crate::log::Log;
use crate::payouts_api::{EXPLAIN, PREVIEW, flat, may, refund, sale, with};

/// The calls since the last time, as in `BatchGetItem 1, Query 4`.
fn calls(api: &Api) -> String {
    let counts = api.wire.count().into_iter();
    let counts = counts.map(|(operation, count)| format!("{operation} {count}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// Few records of each kind, so that every range is read by one query.
async fn fill(api: &Api) {
    let payee = api.payee_named("ada").await;
    api.rule("r", json!({"allocations": [flat(&payee, "10")]}))
        .await;
    api.create("products", json!({"name": "P"})).await;
    api.sell(&[
        sale("a", "1", "2026-05-01"),
        refund("b", "-1", "2026-05-02", "a"),
        refund("c", "-1", "2026-05-02", "unknown"),
    ])
    .await;
    api.counted().await;
    api.wire.take();
}

#[tokio::test]
async fn a_preview_queries_each_kind_once_and_the_counters_first() {
    let api = Api::start_here().await;
    fill(&api).await;
    api.preview_may(json!({})).await;
    assert_eq!(calls(&api), "Query 5");
    let rule = api.get("/api/v1/rules").await.expect(200)["data"][0]["id"].clone();
    api.wire.take();
    let fields = json!({"payee_external_id": "ada", "rules": [{"id": rule, "priority": 1},
        {"name": "N", "allocations": [{"payee_external_id": "ada", "percentage": 1}]}]});
    api.preview_may(fields).await;
    assert_eq!(
        calls(&api),
        "Query 5",
        "payees and rules are looked up in what was read"
    );
}

#[tokio::test]
async fn an_explanation_also_reads_the_revenue_and_its_original() {
    let api = Api::start_here().await;
    fill(&api).await;
    api.explain("external_id=a").await;
    assert_eq!(calls(&api), "BatchGetItem 1, Query 5");
    api.explain("external_id=b").await;
    assert_eq!(calls(&api), "BatchGetItem 2, Query 5");
    api.explain("external_id=b&opening=2026-05-01").await;
    assert_eq!(
        calls(&api),
        "BatchGetItem 1, Query 5",
        "the original is among the rows"
    );
}

#[tokio::test]
async fn what_is_refused_by_its_form_reads_nothing() {
    let api = Api::start_here().await;
    fill(&api).await;
    api.post(PREVIEW, json!({}))
        .await
        .problem(422, "validation_failed");
    api.get(EXPLAIN).await.problem(400, "malformed_query");
    assert_eq!(calls(&api), "");
}

/// Rules, products and payees take a unit for 4 KB, since a preview sees what was written before
/// it; counters and revenues half a unit.
#[tokio::test]
async fn read_units_are_those_of_the_ranges() {
    let api = Api::start_here().await;
    fill(&api).await;
    let log = Log::at("info");
    let units = async |method: Method, path: &str, body: Value| {
        let reply = api.call(method, path, &body).await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        let line = log.request();
        assert_eq!(line["write_units"], 0.0);
        line["read_units"].as_f64().unwrap()
    };
    let preview = units(Method::POST, PREVIEW, may()).await;
    let expected = 3.0 + 2.0 * 0.5;
    assert_eq!(
        preview, expected,
        "three kinds, counters and revenues, each less than 4 KB"
    );
    let explain = format!("{EXPLAIN}?external_id=b");
    let explained = units(Method::GET, &explain, Value::Null).await;
    assert_eq!(
        explained,
        preview + 2.0,
        "the same, and two revenues read alone"
    );
    let sales: Vec<Value> = (0..100)
        .map(|index| sale(&format!("r-{index}"), "1", "2026-05-03"))
        .collect();
    api.sell(&sales).await;
    api.counted().await;
    log.take();
    let more = units(Method::POST, PREVIEW, may()).await - preview;
    assert!(
        (5.0..8.0).contains(&more),
        "of 100 revenues of about 500 bytes: {more}"
    );
}

/// As in the previews of docs/performance.md: one more query for every further 1 MB of revenues,
/// and half a unit for 4 KB of them.
#[tokio::test]
async fn many_revenues_cost_a_query_for_each_megabyte() {
    const REVENUES: usize = 280;
    const NOTE_BYTES: usize = 8_000;
    let api = Api::start_here().await;
    let log = Log::at("info");
    let sales: Vec<Value> = (0..REVENUES)
        .map(|index| {
            let note = json!({"metadata": {"note": "x".repeat(NOTE_BYTES)}});
            with(sale(&format!("r-{index}"), "1", "2026-05-03"), note)
        })
        .collect();
    api.sell(&sales).await;
    api.counted().await;
    api.wire.take();
    log.take();
    let preview = api.preview_may(json!({})).await;
    assert_eq!(preview["revenues"]["count"], REVENUES);
    assert_eq!(calls(&api), "Query 7", "2.3 MB of revenues are three pages");
    let units = log.request()["read_units"].as_f64().unwrap();
    let of_notes = (REVENUES * NOTE_BYTES) as f64 / 4_096.0 * 0.5;
    assert!(
        (of_notes..of_notes * 1.1).contains(&units),
        "{units}, of which {of_notes} for the notes"
    );
}
