//! Revenues: immutable, and idempotent by source and external id.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Api, problems_of};

const REVENUES: &str = "/api/v1/revenues";
const BATCH: &str = "/api/v1/revenues/batch";

fn sale(external_id: &str, amount: &str) -> Value {
    json!({"external_id": external_id, "type": "sale", "amount": amount, "currency": "eur", "occurred_at": "2026-05-31T12:00:00+02:00"})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[tokio::test]
async fn a_revenue_is_created_once() {
    let api = Api::start().await;
    let reply = api.post(REVENUES, sale("s1", "249")).await;
    let location = reply.header("location").to_owned();
    let created = reply.expect(201);
    assert_eq!(created["outcome"], json!("created"));
    assert_eq!(created.get("differences"), None);
    let data = created["data"].clone();
    let expected = json!({
        "id": data["id"], "external_id": "s1", "revenue_source_id": api.workspace.config.default_source,
        "external_product_identifier": null, "type": "sale", "amount": "249.000", "currency": "EUR",
        "occurred_at": "2026-05-31T10:00:00+00:00", "original_external_id": null, "metadata": {},
        "created_at": data["created_at"],
    });
    assert_eq!(data, expected);
    assert_eq!(
        location,
        format!("{REVENUES}/{}", data["id"].as_str().unwrap())
    );
    assert_eq!(api.get(&location).await.expect(200)["data"], data);

    let again = api.post(REVENUES, sale("s1", "249.000")).await.expect(200);
    assert_eq!(
        again,
        json!({"data": data, "outcome": "skipped_duplicate", "differences": []})
    );
    let other_key = api.key_with(&["write:revenues"]).await;
    let again = api
        .call_as(&other_key, Method::POST, REVENUES, &data)
        .await
        .expect(200);
    assert_eq!(
        again["outcome"],
        json!("skipped_duplicate"),
        "read-only fields may be sent back"
    );
}

#[tokio::test]
async fn a_duplicate_that_differs_says_where_and_changes_nothing() {
    let api = Api::start().await;
    let stored = api.post(REVENUES, sale("s1", "249")).await.expect(201)["data"].clone();
    let mut other = sale("s1", "250");
    other["metadata"] = json!({"note": "corrected"});
    other["occurred_at"] = json!("2026-06-01");
    let again = api.post(REVENUES, other).await.expect(200);
    assert_eq!(again["data"], stored);
    let differences = json!([
        {"field": "amount", "stored": "249.000", "submitted": "250.000"},
        {"field": "occurred_at", "stored": "2026-05-31T10:00:00+00:00", "submitted": "2026-06-01T00:00:00+00:00"},
        {"field": "metadata", "stored": {}, "submitted": {"note": "corrected"}},
    ]);
    assert_eq!(again["differences"], differences);
    assert_eq!(api.get(REVENUES).await.expect(200)["data"], json!([stored]));
}

#[tokio::test]
async fn numbers_in_metadata_are_the_same_however_they_are_written() {
    let api = Api::start().await;
    let metadata = |text: &str| {
        with(
            sale("s1", "1"),
            "metadata",
            serde_json::from_str(text).unwrap(),
        )
    };
    api.post(REVENUES, metadata(r#"{"a": 100.0, "b": -0.0, "c": 0.5}"#))
        .await
        .expect(201);
    for same in [
        r#"{"a": 100.0, "b": -0.0, "c": 0.5}"#,
        r#"{"a": 1e2, "b": 0, "c": 5e-1}"#,
    ] {
        assert_eq!(
            api.post(REVENUES, metadata(same)).await.expect(200)["differences"],
            json!([])
        );
    }
}

#[tokio::test]
async fn a_batch_tells_new_from_known_from_wrong() {
    let api = Api::start().await;
    api.post(REVENUES, sale("known", "1")).await.expect(201);
    let records = json!([
        sale("a", "10"), sale("known", "1"), sale("known", "2"), sale("a", "10"), sale("a", "11"), sale("b", "0"),
        sale("b", "5"), sale("b", "5"), {"type": "sale"}, "x",
        {"type": "adjustment", "amount": -3, "currency": "USD", "occurred_at": "2026-05-01"},
    ]);
    let reply = api
        .post(BATCH, json!({"records": records}))
        .await
        .expect(200);
    let statuses: Vec<&str> = reply["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        [
            "created",
            "skipped_duplicate",
            "skipped_duplicate",
            "skipped_duplicate",
            "skipped_duplicate",
            "failed",
            "created",
            "skipped_duplicate",
            "failed",
            "failed",
            "created",
        ]
    );
    let meta = json!({
        "total": 11, "created": 3, "skipped_duplicate": 5, "failed": 3, "outcome_unknown": 0, "duplicate_conflicts": 2,
    });
    assert_eq!(reply["meta"], meta);
    assert_eq!(reply["data"][1]["differences"], json!([]));
    assert_eq!(
        reply["data"][2]["differences"],
        json!([{"field": "amount", "stored": "1.000", "submitted": "2.000"}])
    );
    assert_eq!(reply["data"][3]["id"], reply["data"][0]["id"]);
    assert_eq!(reply["data"][0].get("differences"), None);
    assert_eq!(
        problems_of(&reply["data"][5]["error"]),
        [("#/amount".to_owned(), "out_of_range".to_owned())]
    );
    assert_eq!(reply["data"][10]["external_id"], Value::Null);
}

#[tokio::test]
async fn without_an_external_id_every_create_is_new() {
    let api = Api::start().await;
    let mut anonymous = sale("", "1");
    anonymous.as_object_mut().unwrap().remove("external_id");
    let first = api.post(REVENUES, anonymous.clone()).await.expect(201)["data"]["id"].clone();
    let second = api
        .post(REVENUES, with(anonymous, "external_id", Value::Null))
        .await
        .expect(201)["data"]["id"]
        .clone();
    assert_ne!(first, second);
}

#[tokio::test]
async fn external_ids_are_unique_within_their_source() {
    let api = Api::start().await;
    let shop = admin::sources::create(&api.app, api.workspace.config.id, "Shop")
        .await
        .unwrap();
    let default = api.post(REVENUES, sale("s1", "1")).await.expect(201)["data"]["id"].clone();
    let explicit = with(
        sale("s1", "1"),
        "revenue_source_id",
        json!(api.workspace.config.default_source),
    );
    assert_eq!(
        api.post(REVENUES, explicit).await.expect(200)["data"]["id"],
        default
    );
    let other = with(sale("s1", "1"), "revenue_source_id", json!(shop.id));
    let other = api.post(REVENUES, other).await.expect(201)["data"]["id"].clone();
    assert_ne!(other, default);
    let listed = api
        .get(&format!("{REVENUES}?external_id=s1"))
        .await
        .expect(200);
    assert_eq!(listed["meta"]["total"], json!(2));
    let listed = api
        .get(&format!(
            "{REVENUES}?external_id=s1&revenue_source_id={}",
            shop.id
        ))
        .await
        .expect(200);
    assert_eq!(
        (&listed["meta"]["total"], &listed["data"][0]["id"]),
        (&json!(1), &other)
    );
    let sources = api.get("/api/v1/revenue-sources").await.expect(200);
    let expected = json!([
        {"id": api.workspace.config.default_source, "name": "API", "is_default": true},
        {"id": shop.id, "name": "Shop", "is_default": false},
    ]);
    assert_eq!(sources["data"], expected);
}

#[tokio::test]
async fn bad_revenues_are_refused_with_every_problem() {
    let api = Api::start().await;
    let cases = [
        (
            json!({}),
            vec![
                ("#/type", "required"),
                ("#/amount", "required"),
                ("#/currency", "required"),
                ("#/occurred_at", "required"),
            ],
        ),
        (
            with(sale("x", "1"), "amount", json!(-1)),
            vec![("#/amount", "out_of_range")],
        ),
        (
            with(sale("x", "1"), "amount", json!("0.000")),
            vec![("#/amount", "out_of_range")],
        ),
        (
            with(sale("x", "1"), "amount", json!("1.0001")),
            vec![("#/amount", "invalid_format")],
        ),
        (
            with(sale("x", "1"), "type", json!("refund")),
            vec![("#/amount", "out_of_range")],
        ),
        (
            with(sale("x", "0"), "type", json!("adjustment")),
            vec![("#/amount", "out_of_range")],
        ),
        (
            with(sale("x", "1"), "type", json!("gift")),
            vec![("#/type", "invalid_value")],
        ),
        (
            with(sale("x", "1"), "occurred_at", json!("2026-05-31T10:00:00")),
            vec![("#/occurred_at", "invalid_format")],
        ),
        (
            with(sale("x", "1"), "occurred_at", json!("31/05/2026")),
            vec![("#/occurred_at", "invalid_format")],
        ),
        (
            with(sale("x", "1"), "occurred_at", json!(1780000000)),
            vec![("#/occurred_at", "invalid_type")],
        ),
        (
            with(sale("x", "1"), "currency", json!("EU")),
            vec![("#/currency", "invalid_value")],
        ),
        (
            with(sale("x", "1"), "original_external_id", json!("y")),
            vec![("#/original_external_id", "invalid_value")],
        ),
        (
            with(sale("x", "1"), "revenue_source_id", json!("x")),
            vec![("#/revenue_source_id", "invalid_format")],
        ),
        (
            with(
                sale("x", "1"),
                "revenue_source_id",
                json!("00000000-0000-7000-8000-000000000000"),
            ),
            vec![("#/revenue_source_id", "not_found")],
        ),
        (
            with(sale("x", "1"), "amout", json!(1)),
            vec![("#/amout", "unknown_field")],
        ),
        (
            with(sale("x", "1"), "updated_at", json!("2026-01-01")),
            vec![("#/updated_at", "unknown_field")],
        ),
    ];
    for (body, expected) in cases {
        let problems = api.post(REVENUES, body.clone()).await.problems();
        let problems: Vec<(&str, &str)> = problems
            .iter()
            .map(|(pointer, code)| (pointer.as_str(), code.as_str()))
            .collect();
        assert_eq!(problems, expected, "{body}");
    }
    assert_eq!(
        api.get(REVENUES).await.expect(200)["meta"]["total"],
        json!(0)
    );
}

#[tokio::test]
async fn refunds_and_adjustments_may_name_their_sale() {
    let api = Api::start().await;
    let refund = json!({
        "type": "refund", "amount": "-10.5", "currency": "EUR", "occurred_at": "2026-06-01T00:00:00.123456789Z",
        "original_external_id": "s1",
    });
    let created = api.post(REVENUES, refund.clone()).await.expect(201)["data"].clone();
    assert_eq!(created["original_external_id"], json!("s1"));
    assert_eq!(
        created["occurred_at"],
        json!("2026-06-01T00:00:00.123456+00:00")
    );
    api.post(REVENUES, with(refund, "type", json!("adjustment")))
        .await
        .expect(201);
}

#[tokio::test]
async fn a_revenue_cannot_be_changed() {
    let api = Api::start().await;
    let id = api.post(REVENUES, sale("s1", "1")).await.expect(201)["data"]["id"].clone();
    let path = format!("{REVENUES}/{}", id.as_str().unwrap());
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let reply = api.call(method, &path, &json!({"amount": "2"})).await;
        assert_eq!(reply.header("allow"), "GET, HEAD");
        let problem = reply.problem(405, "method_not_allowed");
        assert_eq!(problem["allowed_methods"], json!(["GET", "HEAD"]));
    }
    api.get(&format!("{REVENUES}/nothing"))
        .await
        .problem(404, "not_found");
}

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
