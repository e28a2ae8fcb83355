//! The intake of an immutable ledger: faults stay with their record, and what could never be mended
//! is refused.

use crate::fixture::kinds;
use crate::harness::{Api, Reply, problems_of};
use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

/// A batch path, and a body of one good and one other record, given as text.
async fn post_text(api: &Api, path: &str, text: &str) -> Reply {
    send(
        api,
        path,
        "content-type",
        "application/json",
        text.as_bytes(),
    )
    .await
}

async fn send(api: &Api, path: &str, name: &str, value: &str, body: &[u8]) -> Reply {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("authorization", format!("Bearer {}", api.key))
        .header("content-type", "application/json");
    let request = match name {
        "content-type" => request,
        _ => request.header(name, value),
    };
    api.send(request.body(Body::from(body.to_vec())).unwrap())
        .await
}

/// The batches that create records, with a good record and the beginning of another as text.
const BATCHES: [(&str, &str, &str); 3] = [
    (
        "/api/v1/payees/batch",
        r#"{"name": "Good"}"#,
        r#""name": "x""#,
    ),
    (
        "/api/v1/payees/upsert",
        r#"{"name": "Good", "external_id": "good"}"#,
        r#""name": "x", "external_id": "other""#,
    ),
    (
        "/api/v1/revenues/batch",
        r#"{"type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-01-01"}"#,
        r#""type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-01-01""#,
    ),
];

#[tokio::test]
async fn a_fault_in_one_record_is_its_own() {
    let api = Api::start().await;
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let deep = format!(r#""metadata": {{"a": {deep}}}"#);
    // The record is level 0 and the value of the key is level 2.
    let too_deep = format!("#/metadata/a{}", "/0".repeat(15));
    let faults: [[&str; 3]; 7] = [
        [r#""note": "\ud83d""#, "#/note", "invalid_format"],
        [r#""k": 1, "k": 2"#, "#/k", "duplicate"],
        [
            r#""metadata": {"a": "\ud83d"}"#,
            "#/metadata/a",
            "invalid_format",
        ],
        [
            r#""metadata": {"a": 1, "a": 2}"#,
            "#/metadata/a",
            "duplicate",
        ],
        [
            r#""metadata": {"a": 1, "\u0061": 2}"#,
            "#/metadata/a",
            "duplicate",
        ],
        [
            r#""metadata": {"\ud83d": 1}"#,
            "#/metadata",
            "invalid_format",
        ],
        [&deep, &too_deep, "out_of_range"],
    ];
    for (path, good, other) in BATCHES {
        for [fault, pointer, code] in faults {
            let text = format!(r#"{{"records": [{good}, {{{other}, {fault}}}, 5, {good}]}}"#);
            let batch = post_text(&api, path, &text).await.expect(200);
            let rows = batch["data"].as_array().unwrap();
            assert_eq!(rows.len(), 4, "{path} {fault}");
            for good in [&rows[0], &rows[3]] {
                assert_ne!(good["status"], json!("failed"), "{path} {fault}: {good}");
            }
            assert_eq!(rows[1]["status"], json!("failed"), "{path} {fault}");
            let expected = [(pointer.to_owned(), code.to_owned())];
            let problems = problems_of(&rows[1]["error"]);
            assert_eq!(problems, expected, "{path} {fault}");
            assert_eq!(
                rows[2]["error"]["code"],
                json!("validation_failed"),
                "{path}"
            );
        }
    }
    for text in [
        "{\"records\": [",
        "{\"records\": [{]}",
        "[1, 2",
        "\u{feff}",
        "",
    ] {
        let refused = post_text(&api, "/api/v1/payees/batch", text).await;
        refused.problem(400, "malformed_json");
    }
}

#[tokio::test]
async fn an_object_never_passes_for_a_number() {
    let api = Api::start().await;
    for name in [
        "$serde_json::private::Number",
        r"\u0024serde_json::private::Number",
    ] {
        let revenue = format!(
            r#"{{"type": "sale", "amount": {{"{name}": "12.5"}}, "currency": "EUR",
                "occurred_at": "2026-01-01"}}"#
        );
        let problems = post_text(&api, "/api/v1/revenues", &revenue)
            .await
            .problems();
        assert_eq!(
            problems,
            [("#/amount".to_owned(), "invalid_type".to_owned())],
            "{name}"
        );
        let batch = format!(r#"{{"records": [{revenue}, {{"{name}": "12.5"}}, "{name}"]}}"#);
        let batch = post_text(&api, "/api/v1/revenues/batch", &batch).await;
        let batch = batch.expect(200);
        assert_eq!(batch["meta"]["failed"], json!(3), "{name}: {batch}");
        assert_eq!(problems_of(&batch["data"][0]["error"]), problems, "{name}");
    }
    for name in [
        "$serde_json::private::Number",
        "$serde_json::private::RawValue",
    ] {
        let reserved = json!({"name": "Ada", "metadata": {name: "1"}});
        let problems = api.post("/api/v1/payees", reserved).await.problems();
        let pointer = format!("#/metadata/{name}");
        assert_eq!(problems, [(pointer, "invalid_value".to_owned())]);
        let payee = json!({"name": name, "metadata": {"b": name}});
        let created = api.post("/api/v1/payees", payee.clone()).await.expect(201);
        let path = format!("/api/v1/payees/{}", created["data"]["id"].as_str().unwrap());
        let read = api.get(&path).await.expect(200);
        assert_eq!(read["data"]["metadata"], payee["metadata"], "{name}");
        let listed = api.get("/api/v1/payees").await.expect(200);
        assert!(
            listed["data"].as_array().unwrap().contains(&read["data"]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn bodies_may_have_a_byte_order_mark_but_no_compression() {
    let api = Api::start().await;
    let marked = "\u{feff}{\"name\": \"Ada\"}";
    post_text(&api, "/api/v1/payees", marked).await.expect(201);
    let batch = "\u{feff}{\"records\": [{\"name\": \"Ada\"}]}";
    post_text(&api, "/api/v1/payees/batch", batch)
        .await
        .expect(200);
    let empty = post_text(&api, "/api/v1/payees", "")
        .await
        .problem(400, "malformed_json");
    assert!(
        empty["detail"].as_str().unwrap().contains("it is empty"),
        "{empty}"
    );
    for coding in ["gzip", "br", "deflate, gzip"] {
        let reply = send(
            &api,
            "/api/v1/payees",
            "content-encoding",
            coding,
            b"\x1f\x8b",
        )
        .await;
        assert_eq!(reply.header("accept-encoding"), "identity", "{coding}");
        let problem = reply.problem(415, "unsupported_media_type");
        assert!(
            problem["detail"].as_str().unwrap().contains("compressed"),
            "{coding}"
        );
    }
    let plain = send(
        &api,
        "/api/v1/payees",
        "content-encoding",
        "identity",
        b"{\"name\": \"A\"}",
    );
    plain.await.expect(201);
}

#[tokio::test]
async fn what_could_never_be_mended_is_refused() {
    let api = Api::start().await;
    let revenue = json!({"external_id": "r", "type": "refund", "amount": "-1", "currency": "EUR",
        "occurred_at": "2026-01-01"});
    let cases = [
        (
            "occurred_at",
            json!("2026-05-31T10:00:60Z"),
            "invalid_format",
        ),
        ("occurred_at", json!("0001-01-01"), "out_of_range"),
        (
            "occurred_at",
            json!("1969-12-31T23:59:59.999Z"),
            "out_of_range",
        ),
        ("external_id", json!("a\nb"), "invalid_format"),
        ("external_id", json!("\u{7f}"), "invalid_format"),
        (
            "external_product_identifier",
            json!("a\u{0}"),
            "invalid_format",
        ),
        ("original_external_id", json!("r"), "invalid_value"),
        ("amount", json!("-1.0001"), "invalid_format"),
    ];
    for (field, value, code) in cases {
        let mut revenue = revenue.clone();
        revenue[field] = value;
        let problems = api
            .post("/api/v1/revenues", revenue.clone())
            .await
            .problems();
        assert_eq!(
            problems,
            [(format!("#/{field}"), code.to_owned())],
            "{revenue}"
        );
    }
    let mut accepted = revenue;
    accepted["external_id"] = json!(" é ");
    accepted["amount"] = json!("-19.9900");
    accepted["occurred_at"] = json!("1970-01-01");
    accepted["original_external_id"] = json!("unknown");
    let created = api.post("/api/v1/revenues", accepted).await.expect(201);
    assert_eq!(created["data"]["external_id"], json!(" é "));
    assert_eq!(created["data"]["amount"], json!("-19.990"));
    let note = json!({"name": "Ada", "hold_reason": "two\nlines"});
    api.post("/api/v1/payees", note).await.expect(201);
}

#[tokio::test]
async fn names_have_no_control_characters() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        for name in ["a\tb", "a\u{7f}b", "a\u{85}b"] {
            let body = kind.body(&json!({"external_id": name, "name": name}));
            let mut problems = api.post(&kind.path(), body).await.problems();
            problems.sort();
            let expected = ["#/external_id", "#/name"]
                .map(|pointer| (pointer.to_owned(), "invalid_format".to_owned()));
            assert_eq!(problems, expected, "{} {name:?}", kind.name);
        }
    }
}

#[tokio::test]
async fn a_name_with_half_a_character_fails_alone() {
    let api = Api::start().await;
    let text = r#"{"records": [{"name": "\ud83d"}, {"name": "\ud83d\ude00"}]}"#;
    let batch = post_text(&api, "/api/v1/payees/batch", text).await;
    let batch = batch.expect(200);
    let expected = [("#/name".to_owned(), "invalid_format".to_owned())];
    assert_eq!(problems_of(&batch["data"][0]["error"]), expected);
    assert_eq!(batch["data"][1]["data"]["name"], json!("\u{1f600}"));
}
