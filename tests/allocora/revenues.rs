//! Revenues: immutable, and idempotent by source and external id.

use crate::fixture::{all_kinds, create_full, path_of};
use crate::harness::{Api, problems_of};
use http::Method;
use serde_json::{Value, json};

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
            json!([]),
            "{same}"
        );
    }
}

#[tokio::test]
async fn a_batch_reports_new_known_and_invalid_revenues() {
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
async fn a_revenue_cannot_be_changed() {
    let api = Api::start().await;
    for kind in all_kinds(&api).await.iter().filter(|kind| !kind.updatable) {
        let created = create_full(&api, kind).await;
        let path = path_of(kind, &created);
        let full = Value::Object(kind.full.clone());
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let reply = api.call(method.clone(), &path, &full).await;
            assert_eq!(reply.header("allow"), "GET, HEAD", "{method} {path}");
            let problem = reply.problem(405, "method_not_allowed");
            let allowed = json!(["GET", "HEAD"]);
            assert_eq!(problem["allowed_methods"], allowed, "{method} {path}");
        }
        for (method, name) in [(Method::PUT, "batch"), (Method::POST, "upsert")] {
            let path = format!("{}/{name}", kind.path());
            let body = json!({"records": [full]});
            let reply = api.call(method, &path, &body).await;
            reply.problem(405, "method_not_allowed");
        }
        let read = api.get(&path).await.expect(200);
        assert_eq!(read["data"], created, "{kind}");
        let nothing = format!("{}/nothing", kind.path());
        api.get(&nothing).await.problem(404, "not_found");
    }
}
