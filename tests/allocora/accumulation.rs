//! The window over which the tiers of a rule accumulate.

use serde_json::{Value, json};

use crate::harness::Api;

const RULES: &str = "/api/v1/rules";

/// A rule whose tiers accumulate over a year, and its path.
async fn yearly(api: &Api) -> (Value, String) {
    let allocations =
        json!([{"payee_id": api.payee().await, "tiers": [{"up_to": null, "percentage": 5}]}]);
    let body = json!({"external_id": "yearly", "name": "Yearly", "allocation_type": "tiered",
        "accumulation": "year", "allocations": allocations});
    let created = api.post(RULES, body).await.expect(201)["data"].clone();
    let path = format!("{RULES}/{}", created["id"].as_str().unwrap());
    (created, path)
}

/// The fields that make a rule flat.
fn flat(rule: &Value) -> Value {
    let payee = &rule["allocations"][0]["payee_id"];
    json!({"allocation_type": "flat", "allocations": [{"payee_id": payee, "percentage": 5}]})
}

/// The only problem of a body, or of the only record of a batch.
#[track_caller]
fn only_problem(errors: &Value) -> (&str, &str, &str) {
    let [error] = &errors.as_array().unwrap()[..] else {
        panic!("there is one problem: {errors:#}")
    };
    let text = |name: &str| error[name].as_str().unwrap();
    (text("pointer"), text("code"), text("detail"))
}

#[tokio::test]
async fn a_tiered_rule_that_becomes_flat_must_reset_its_accumulation() {
    let api = Api::start().await;
    let (rule, path) = yearly(&api).await;
    let answer = api.put(&path, flat(&rule)).await;
    let answer = answer.problem(422, "validation_failed");
    let (pointer, code, detail) = only_problem(&answer["errors"]);
    assert_eq!((pointer, code), ("#/accumulation", "invalid_value"));
    assert!(detail.contains("send \"month\""), "{detail}");
    assert!(
        !detail.contains("year"),
        "what is stored does not show: {detail}"
    );

    let mut row = flat(&rule);
    row["external_id"] = json!("yearly");
    let upserted = api
        .post(&format!("{RULES}/upsert"), json!({"records": [row]}))
        .await
        .expect(200);
    let (pointer, code, detail) = only_problem(&upserted["data"][0]["error"]["errors"]);
    assert_eq!((pointer, code), ("#/accumulation", "invalid_value"));
    assert!(!detail.contains("year"), "{detail}");

    let mut reset = flat(&rule);
    reset["accumulation"] = json!("month");
    let changed = api.put(&path, reset).await.expect(200)["data"].clone();
    assert_eq!(
        (&changed["allocation_type"], &changed["accumulation"]),
        (&json!("flat"), &json!("month"))
    );
    let saved = api.get(&format!("{path}/versions/1")).await.expect(200)["data"].clone();
    assert_eq!(saved["rule"]["accumulation"], json!("year"));
    let fields = saved["changed_fields"].as_array().unwrap();
    assert!(fields.contains(&json!("accumulation")), "{fields:?}");
}

#[tokio::test]
async fn the_accumulation_of_a_flat_rule_is_refused_with_what_was_sent() {
    let api = Api::start().await;
    let (rule, path) = yearly(&api).await;
    let mut body = flat(&rule);
    body["accumulation"] = json!("month");
    api.put(&path, body).await.expect(200);
    let answer = api.put(&path, json!({"accumulation": "lifetime"})).await;
    let answer = answer.problem(422, "validation_failed");
    let (pointer, code, detail) = only_problem(&answer["errors"]);
    assert_eq!((pointer, code), ("#/accumulation", "invalid_value"));
    assert!(detail.contains("got \"lifetime\""), "{detail}");
}

#[tokio::test]
async fn a_tiered_rule_keeps_its_accumulation_and_may_change_it() {
    let api = Api::start().await;
    let (_, path) = yearly(&api).await;
    let kept = api.put(&path, json!({"priority": 1})).await.expect(200);
    assert_eq!(kept["data"]["accumulation"], json!("year"));
    let changed = api.put(&path, json!({"accumulation": "quarter"})).await;
    let changed = changed.expect(200)["data"].clone();
    assert_eq!(changed["accumulation"], json!("quarter"));
    let same = api.put(&path, json!({"accumulation": "quarter"})).await;
    assert_eq!(same.expect(200)["data"], changed, "nothing changes");
}
