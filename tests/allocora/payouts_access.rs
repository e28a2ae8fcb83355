//! Who may ask about payouts, and that nothing of another workspace is known or counted.

use http::Method;
use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{EXPLAIN, PREVIEW, flat, may, refund, row_of, sale, with};

/// A workspace with a payee, a rule that gives him everything, and a sale.
async fn fill(api: &Api) -> (Value, Value) {
    let payee = api.payee_named("partner").await;
    let rule = json!({"allocations": [flat(&payee, "100")]});
    let rule = api.rule("rule", rule).await["id"].clone();
    api.sell(&[sale("order", "10", "2026-05-02")]).await;
    (payee, rule)
}

async fn revenue_id(api: &Api, external_id: &str) -> String {
    let path = format!("/api/v1/revenues?external_id={external_id}");
    let listed = api.get(&path).await.expect(200);
    listed["data"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_permission_for_payouts_alone_opens_both_operations() {
    let api = Api::start().await;
    fill(&api).await;
    let key = api.key_with(&["read:payouts"]).await;
    let explain = format!("{EXPLAIN}?external_id=order");
    let explained = api.call_as(&key, Method::GET, &explain, &Value::Null).await;
    assert_eq!(
        explained.expect(200)["data"]["lines"][0]["amount"],
        "10.000"
    );
    let preview = api.call_as(&key, Method::POST, PREVIEW, &may()).await;
    assert_eq!(preview.expect(200)["data"]["payees"][0]["due"], "10.00");
}

#[tokio::test]
async fn all_other_permissions_together_open_neither() {
    let api = Api::start().await;
    fill(&api).await;
    let all = registry::permissions();
    let others = all.iter().map(String::as_str);
    let others: Vec<&str> = others.filter(|name| !name.ends_with(":payouts")).collect();
    assert!(others.contains(&"read:revenues") && others.contains(&"write:rules"));
    let key = api.key_with(&others).await;
    let explain = format!("{EXPLAIN}?external_id=order");
    for (method, path, body) in [
        (Method::GET, explain.as_str(), Value::Null),
        (Method::POST, PREVIEW, may()),
    ] {
        let refused = api.call_as(&key, method, path, &body).await;
        let problem = refused.problem(403, "permission_denied");
        assert_eq!(problem["required_permission"], "read:payouts", "{path}");
    }
}

#[test]
fn there_is_no_permission_to_write_payouts() {
    let all = registry::permissions();
    let payouts: Vec<&String> = all
        .iter()
        .filter(|name| name.ends_with(":payouts"))
        .collect();
    assert_eq!(payouts, ["read:payouts"]);
}

#[test]
fn every_test_of_access_covers_both_operations() {
    let operations = registry::operations();
    let payouts = operations
        .iter()
        .filter(|one| one.path.starts_with("/api/v1/payouts"));
    let mut names: Vec<String> = payouts
        .map(|operation| {
            let permissions: Vec<_> = operation
                .permissions
                .iter()
                .map(|p| p.to_string())
                .collect();
            format!(
                "{} {} {}",
                operation.method,
                operation.path,
                permissions.join(" ")
            )
        })
        .collect();
    names.sort();
    let expected = [
        format!("GET {EXPLAIN} read:payouts"),
        format!("POST {PREVIEW} read:payouts"),
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn ids_of_another_workspace_are_unknown() {
    let mut api = Api::start().await;
    let (payee, rule) = fill(&api).await;
    let revenue = revenue_id(&api, "order").await;
    api.key = api.foreign_key().await;
    let preview = async |fields: Value| {
        let answer = api.post(PREVIEW, with(may(), fields)).await;
        answer.problems()
    };
    let not_found = |pointer: &str| [(pointer.to_owned(), "not_found".to_owned())];
    let share = json!({"name": "R", "allocations": [flat(&payee, "1")]});
    let named = json!({"name": "R",
        "allocations": [{"payee_external_id": "partner", "percentage": 1}]});
    for (fields, pointer) in [
        (json!({"payee_id": payee}), "#/payee_id"),
        (
            json!({"payee_external_id": "partner"}),
            "#/payee_external_id",
        ),
        (
            json!({"rules": [{"id": rule, "priority": 1}]}),
            "#/rules/0/id",
        ),
        (
            json!({"rules": [share]}),
            "#/rules/0/allocations/0/payee_id",
        ),
        (
            json!({"rules": [named]}),
            "#/rules/0/allocations/0/payee_external_id",
        ),
    ] {
        assert_eq!(preview(fields).await, not_found(pointer), "{pointer}");
    }
    for query in [
        format!("revenue_id={revenue}"),
        "external_id=order".to_owned(),
        format!(
            "external_id=order&revenue_source_id={}",
            api.workspace.config.default_source
        ),
    ] {
        let answer = api.ask_explain(&query).await;
        answer.problem(404, "not_found");
    }
}

#[tokio::test]
async fn another_workspace_with_the_same_names_changes_no_figure() {
    let mut api = Api::start().await;
    let (payee, _) = fill(&api).await;
    let own = api
        .preview_may(json!({"payee_external_id": "partner"}))
        .await;
    let explained = api.explain("external_id=order").await;
    let key = std::mem::take(&mut api.key);
    api.key = api.foreign_key().await;
    // A fallback, a rule of a greater priority, a product and a refund of the same sale.
    let other = json!({"external_id": "other", "name": "O", "fallback_percentage": 100});
    let other = api.create("payees", other).await["id"].clone();
    let empty = api.preview_may(json!({})).await;
    assert_eq!(empty["revenues"]["count"], 0);
    let rule = json!({"priority": 1000, "allocations": [flat(&other, "100")]});
    api.rule("rule", rule).await;
    api.sell(&[
        sale("order", "99", "2026-05-02"),
        refund("back", "-9", "2026-05-03", "order"),
    ])
    .await;
    let theirs = api.preview_may(json!({})).await;
    assert_eq!(row_of(&theirs, &other)["earned"], "90.000");
    api.key = key;
    let again = api
        .preview_may(json!({"payee_external_id": "partner"}))
        .await;
    assert_eq!(again, own);
    assert_eq!(row_of(&again, &payee)["earned"], "10.000");
    assert_eq!(api.explain("external_id=order").await, explained);
}
