//! What is worth a look in a preview, and in each revenue.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{flat, refund, sale, with};

/// The exceptions of a revenue.
async fn exceptions(api: &Api, external_id: &str) -> Value {
    let query = format!("external_id={external_id}&opening=2026-05-01");
    api.explain(&query).await["exceptions"].clone()
}

/// Checks the exceptions of each revenue, and that a preview counts those.
async fn check(api: &Api, expected: &[(&str, &[&str])]) {
    let opening = json!({"opening": "2026-05-01"});
    let preview = api.preview_may(opening).await;
    let all = [
        "no_rule",
        "rule_tie",
        "product_unknown",
        "original_missing",
        "over_refunded",
    ];
    for (revenue, names) in expected {
        assert_eq!(exceptions(api, revenue).await, json!(names), "{revenue}");
    }
    for name in all {
        let count = expected
            .iter()
            .filter(|(_, names)| names.contains(&name))
            .count();
        assert_eq!(preview["exceptions"][name], count, "{name}");
    }
}

#[tokio::test]
async fn two_matches_of_the_winners_priority_are_a_tie() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let rule = |priority: u32, product: &str| {
        json!({"priority": priority, "allocations": [flat(&payee, "1")],
            "match": {"product_external_ids": [product, "all"]}})
    };
    for (name, priority, product) in [
        ("a", 200, "won"),
        ("b", 100, "tied"),
        ("c", 100, "won"),
        ("d", 100, "tied"),
        ("e", 100, "won"),
        ("f", 50, "alone"),
    ] {
        api.rule(name, rule(priority, product)).await;
    }
    let of = |name: &str, product: &str| {
        with(
            sale(name, "1", "2026-05-02"),
            json!({"external_product_identifier": product}),
        )
    };
    api.sell(&[
        of("1", "won"),
        of("2", "tied"),
        of("3", "alone"),
        of("4", "all"),
        of("5", "none"),
    ])
    .await;
    check(
        &api,
        &[
            ("1", &[]),
            ("2", &["rule_tie"]),
            ("3", &[]),
            ("4", &[]),
            ("5", &["no_rule"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_product_is_unknown_only_while_an_active_rule_asks_for_products() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let archived = json!({"external_id": "archived", "name": "P", "status": "archived"});
    api.create("products", archived).await;
    let of = |name: &str, product: Value| {
        with(
            sale(name, "1", "2026-05-02"),
            json!({"external_product_identifier": product}),
        )
    };
    api.sell(&[
        of("a", json!("unknown")),
        of("b", json!("archived")),
        of("c", Value::Null),
    ])
    .await;
    let no_rule: &[&str] = &["no_rule"];
    let nobody_asks = [("a", no_rule), ("b", no_rule), ("c", no_rule)];
    let asked = [
        ("a", &["no_rule", "product_unknown"][..]),
        ("b", no_rule),
        ("c", no_rule),
    ];
    let product = uuid::Uuid::nil();
    for (matching, is_asked) in [
        (
            json!({"product_external_ids": ["x"], "metadata": {"k": 1}}),
            false,
        ),
        (json!({"product_ids": [product]}), true),
        (json!({"categories": ["saas_subscription"]}), true),
        (json!({"tags": ["pro"]}), true),
    ] {
        // Also if it is not in effect in the period.
        let rule = json!({"match": matching, "allocations": [flat(&payee, "1")],
            "effective_to": "2020-01-01"});
        let rule = api.rule("r", rule).await;
        check(&api, if is_asked { &asked } else { &nobody_asks }).await;
        let path = format!("/api/v1/rules/{}", rule["id"].as_str().unwrap());
        let inactive = json!({"status": "inactive", "external_id": null});
        api.put(&path, inactive).await.expect(200);
        check(&api, &nobody_asks).await;
    }
}

/// Each refund that cannot reverse what it names is negative revenue under the rules.
#[tokio::test]
async fn an_original_that_cannot_be_reversed_is_missing() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    api.rule("r", json!({"allocations": [flat(&payee, "10")]}))
        .await;
    let shop = admin::sources::create(&api.app, api.workspace.config.id, "Shop")
        .await
        .unwrap();
    let adjustment = |name: &str, amount: &str, original: &str| {
        with(
            refund(name, amount, "2026-05-03", original),
            json!({"type": "adjustment"}),
        )
    };
    api.sell(&[
        sale("before-opening", "10", "2026-04-30T23:59:59.999999Z"),
        sale("a", "10", "2026-05-02"),
        with(
            sale("dollars", "10", "2026-05-02"),
            json!({"currency": "USD"}),
        ),
        with(
            sale("shop", "10", "2026-05-02"),
            json!({"revenue_source_id": shop.id}),
        ),
        refund("negative", "-1", "2026-05-02", "a"),
        sale("later", "10", "2026-05-05"),
        refund("1", "-1", "2026-05-03", "unknown"),
        refund("2", "-1", "2026-05-03", "before-opening"),
        refund("3", "-1", "2026-05-03", "dollars"),
        refund("4", "-1", "2026-05-03", "shop"),
        refund("5", "-1", "2026-05-03", "negative"),
        refund("6", "-1", "2026-05-04T23:59:59Z", "later"),
        adjustment("7", "-1", "unknown"),
        adjustment("8", "-1", "a"),
        adjustment("9", "1", "unknown"),
        with(
            refund("10", "-1", "2026-05-03", "shop"),
            json!({"revenue_source_id": shop.id}),
        ),
    ])
    .await;
    let missing: &[&str] = &["original_missing"];
    let cases: [(&str, &[&str]); 14] = [
        ("a", &[]),
        ("dollars", &[]),
        ("negative", &[]),
        ("later", &[]),
        ("1", missing),
        ("2", missing),
        ("3", missing),
        ("4", missing),
        ("5", missing),
        ("6", missing),
        ("7", missing),
        ("8", &[]),
        ("9", &[]),
        ("a", &[]),
    ];
    check(&api, &cases[..13]).await;
    for (name, original) in [("1", None), ("7", None), ("8", Some("a")), ("9", None)] {
        let query = format!("external_id={name}&opening=2026-05-01");
        let explained = api.explain(&query).await;
        assert_eq!(
            explained["original"]["external_id"].as_str(),
            original,
            "{name}"
        );
    }
    let query = format!("external_id=10&revenue_source_id={}", shop.id);
    assert_eq!(api.explain(&query).await["original"]["external_id"], "shop");
}

#[tokio::test]
async fn what_goes_beyond_the_original_is_over_refunded() {
    let api = Api::start().await;
    api.sell(&[
        sale("a", "10", "2026-05-02"),
        refund("1", "-9.999", "2026-05-03", "a"),
        refund("2", "-0.001", "2026-05-04", "a"),
        refund("3", "-0.001", "2026-05-05", "a"),
        sale("b", "10", "2026-05-02"),
        refund("4", "-10.001", "2026-05-03", "b"),
    ])
    .await;
    let over: &[&str] = &["no_rule", "over_refunded"];
    let no_rule: &[&str] = &["no_rule"];
    check(
        &api,
        &[
            ("a", no_rule),
            ("1", &[]),
            ("2", &[]),
            ("3", over),
            ("b", no_rule),
            ("4", over),
        ],
    )
    .await;
}
