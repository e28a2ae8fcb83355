//! Lists of revenues: newest first, and their filters together.

use serde_json::{Value, json};

use crate::harness::Api;

const REVENUES: &str = "/api/v1/revenues";

const BATCH: &str = "/api/v1/revenues/batch";

#[tokio::test]
async fn revenues_are_listed_newest_first_and_filtered() {
    let api = Api::start().await;
    let rows = [
        (
            "a",
            "sale",
            "1",
            "EUR",
            "2026-05-30T23:59:59.999999Z",
            Value::Null,
        ),
        (
            "b",
            "refund",
            "-1",
            "EUR",
            "2026-05-31T00:00:00Z",
            json!("SKU-1"),
        ),
        (
            "c",
            "sale",
            "2",
            "USD",
            "2026-05-31T23:59:59.999999Z",
            json!("sku-2"),
        ),
        (
            "d",
            "adjustment",
            "3",
            "EUR",
            "2026-06-01T00:00:00Z",
            Value::Null,
        ),
        (
            "e",
            "sale",
            "3",
            "EUR",
            "2026-06-01T01:00:00+02:00",
            Value::Null,
        ),
    ];
    let records: Vec<Value> = rows
        .iter()
        .map(|(id, kind, amount, currency, at, product)| {
            json!({"external_id": id, "type": kind, "amount": amount, "currency": currency, "occurred_at": at, "external_product_identifier": product})
        })
        .collect();
    api.post(BATCH, json!({"records": records}))
        .await
        .expect(200);
    let ids = async |query: &str| -> String {
        let listed = api.get(&format!("{REVENUES}?{query}")).await.expect(200);
        let rows = listed["data"].as_array().unwrap();
        assert_eq!(listed["meta"]["total"], json!(rows.len()));
        rows.iter()
            .map(|row| row["external_id"].as_str().unwrap())
            .collect()
    };
    assert_eq!(ids("").await, "dceba");
    assert_eq!(ids("type=sale").await, "cea");
    assert_eq!(ids("currency=eur").await, "deba");
    assert_eq!(ids("currency=EUR&type=sale").await, "ea");
    assert_eq!(ids("date_from=2026-05-31&date_to=2026-05-31").await, "ceb");
    assert_eq!(ids("date_from=2026-06-01").await, "d");
    assert_eq!(ids("date_to=2026-05-30").await, "a");
    assert_eq!(
        ids("date_from=0001-01-01&date_to=9999-12-31").await,
        "dceba"
    );
    assert_eq!(ids("date_from=9999-12-31&date_to=9999-12-31").await, "");
    assert_eq!(ids("search=sku").await, "cb");
    assert_eq!(ids("external_id=c").await, "c");
    assert_eq!(ids("external_id=c&type=refund").await, "");
    assert_eq!(ids("external_id=c&date_to=2026-05-30").await, "");
    for query in [
        "date_from=2026-06-02&date_to=2026-06-01",
        "type=gift",
        "currency=EU",
        "date_to=2026",
        "status=active",
    ] {
        api.get(&format!("{REVENUES}?{query}"))
            .await
            .problem(400, "malformed_query");
    }
}

#[tokio::test]
async fn a_list_by_external_id_has_pages_and_cursors() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    for name in ["Shop", "Market"] {
        let made = admin::sources::create(&api.app, workspace, name).await;
        made.unwrap();
    }
    let sources = api.get("/api/v1/revenue-sources").await.expect(200);
    for source in sources["data"].as_array().unwrap() {
        let row = json!({"external_id": "s", "type": "sale", "amount": 1, "currency": "EUR",
            "occurred_at": "2026-01-01", "revenue_source_id": source["id"]});
        api.post(REVENUES, row).await.expect(201);
    }
    let list = async |query: &str| {
        let path = format!("{REVENUES}?external_id=s&{query}");
        api.get(&path).await.expect(200)
    };
    let all = list("per_page=3").await;
    assert_eq!(
        (&all["meta"]["total"], &all["meta"]["next_cursor"]),
        (&json!(3), &Value::Null)
    );
    let rows = all["data"].as_array().unwrap();
    let mut page = list("per_page=1").await;
    for number in 1..=3 {
        assert_eq!(page["data"], json!([rows[number - 1]]), "page {number}");
        let by_number = list(&format!("per_page=1&page={number}")).await;
        assert_eq!(by_number["data"], page["data"], "page {number}");
        let Some(cursor) = page["meta"]["next_cursor"].as_str() else {
            assert_eq!(number, 3, "every page but the last has a next one");
            break;
        };
        page = list(&format!("per_page=1&cursor={cursor}")).await;
    }
    assert_eq!(
        page["data"],
        json!([rows[2]]),
        "the walk ends with the last row"
    );
}
