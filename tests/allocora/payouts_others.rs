//! The other rules of an explanation: why they do not apply, in which order.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{each, flat, sale, with};

/// A workspace with a product and a sale of it, and rules for one payee.
struct Shop {
    api: Api,
    payee: Value,
    product: Value,
}

impl Shop {
    async fn open() -> Self {
        let api = Api::start().await;
        let payee = api.payee_named("ada").await;
        let product = json!({"external_id": "sku", "name": "P", "category": "saas_subscription",
            "tags": ["pro"]});
        let product = api.create("products", product).await["id"].clone();
        let fields = json!({"external_product_identifier": "sku", "metadata": {"seats": 3}});
        let sold = with(sale("order", "100", "2026-05-31T10:00:00Z"), fields);
        api.sell(&[sold]).await;
        Self {
            api,
            payee,
            product,
        }
    }

    async fn rule(&self, name: &str, fields: Value) -> Value {
        let rule = json!({"allocations": [flat(&self.payee, "10")]});
        self.api.rule(name, with(rule, fields)).await
    }

    async fn explain(&self) -> Value {
        self.api.explain("external_id=order").await
    }
}

#[tokio::test]
async fn each_thing_in_which_a_rule_does_not_match_is_told_with_both_values() {
    let shop = Shop::open().await;
    let (id, source) = (
        uuid::Uuid::from_u128(7),
        shop.api.workspace.config.default_source,
    );
    let other = admin::sources::create(&shop.api.app, shop.api.workspace.config.id, "Other");
    let other = other.await.unwrap().id;
    let cases = [
        (
            "status",
            json!({"status": "draft"}),
            json!("draft"),
            Value::Null,
        ),
        (
            "effective_from",
            json!({"effective_from": "2026-06-01"}),
            json!("2026-06-01"),
            json!("2026-05-31"),
        ),
        (
            "effective_to",
            json!({"effective_to": "2026-05-30"}),
            json!("2026-05-30"),
            json!("2026-05-31"),
        ),
        (
            "product_ids",
            json!({"match": {"product_ids": [id]}}),
            json!([id]),
            shop.product.clone(),
        ),
        (
            "product_external_ids",
            json!({"match": {"product_external_ids": ["SKU"]}}),
            json!(["SKU"]),
            json!("sku"),
        ),
        (
            "categories",
            json!({"match": {"categories": ["hardware"]}}),
            json!(["hardware"]),
            json!("saas_subscription"),
        ),
        (
            "tags",
            json!({"match": {"tags": ["new", "old"]}}),
            json!(["new", "old"]),
            json!(["pro"]),
        ),
        (
            "revenue_source_ids",
            json!({"match": {"revenue_source_ids": [other]}}),
            json!([other]),
            json!(source),
        ),
        (
            "types",
            json!({"match": {"types": ["refund"]}}),
            json!(["refund"]),
            json!("sale"),
        ),
        (
            "currencies",
            json!({"match": {"currencies": ["USD"]}}),
            json!(["USD"]),
            json!("EUR"),
        ),
        (
            "metadata",
            json!({"match": {"metadata": {"seats": 4}}}),
            json!({"seats": 4}),
            json!({"seats": 3}),
        ),
        (
            "metadata",
            json!({"match": {"metadata": {"seats": 3, "region": "EU"}}}),
            json!({"region": "EU"}),
            json!({"region": null}),
        ),
    ];
    for (index, (dimension, fields, _, _)) in cases.iter().enumerate() {
        shop.rule(&format!("{index:02} {dimension}"), fields.clone())
            .await;
    }
    let explained = shop.explain().await;
    assert_eq!(explained["rule"], Value::Null);
    let others = explained["others"].as_array().unwrap();
    assert_eq!(others.len(), cases.len());
    for (other, (dimension, _, rule, revenue)) in others.iter().zip(cases) {
        let because = json!({"dimension": dimension, "rule": rule, "revenue": revenue});
        assert_eq!(other["because"], because);
        assert_eq!(
            (&other["matched"], other.get("lost_by")),
            (&json!(false), None)
        );
    }
}

/// Of a rule that fails in everything, the first thing is returned; then it is mended, one by one.
#[tokio::test]
async fn the_first_thing_that_fails_is_told() {
    let shop = Shop::open().await;
    let mut matching = json!({"product_ids": [uuid::Uuid::nil()], "product_external_ids": ["x"],
        "categories": ["x"], "tags": ["x"], "revenue_source_ids": [uuid::Uuid::nil()],
        "types": ["refund"], "currencies": ["USD"], "metadata": {"x": 1}});
    let fields = json!({"status": "archived", "effective_from": "2026-06-01",
        "effective_to": "2026-06-30"});
    let rule = shop
        .rule("r", with(fields, json!({"match": matching.clone()})))
        .await;
    let path = format!("/api/v1/rules/{}", rule["id"].as_str().unwrap());
    let first = async || shop.explain().await["others"][0]["because"]["dimension"].clone();
    assert_eq!(first().await, "status");
    shop.api
        .put(&path, json!({"status": "active"}))
        .await
        .expect(200);
    assert_eq!(first().await, "effective_from");
    let ended = json!({"effective_from": null, "effective_to": "2026-05-30"});
    shop.api.put(&path, ended).await.expect(200);
    assert_eq!(first().await, "effective_to");
    shop.api
        .put(&path, json!({"effective_to": null}))
        .await
        .expect(200);
    let names = [
        "product_ids",
        "product_external_ids",
        "categories",
        "tags",
        "revenue_source_ids",
        "types",
        "currencies",
        "metadata",
    ];
    for name in names {
        assert_eq!(first().await, name);
        matching.as_object_mut().unwrap().remove(name);
        shop.api
            .put(&path, json!({"match": matching}))
            .await
            .expect(200);
    }
    assert_eq!(shop.explain().await["rule"]["external_id"], "r");
}

#[tokio::test]
async fn the_nearest_rules_come_first_then_by_priority_and_age() {
    let shop = Shop::open().await;
    let wrong_once = json!({"currencies": ["USD"]});
    let wrong_twice = json!({"currencies": ["USD"], "types": ["refund"]});
    let rule = |priority: u32, matching: &Value| json!({"priority": priority, "match": matching});
    let everything = json!({});
    shop.rule("far", rule(900, &wrong_twice)).await;
    shop.rule("winner", rule(300, &everything)).await;
    shop.rule("near, low", rule(1, &wrong_once)).await;
    shop.rule("near, high", rule(800, &wrong_once)).await;
    shop.rule("matches, low", rule(100, &everything)).await;
    shop.rule("near, high, young", rule(800, &wrong_once)).await;
    shop.rule("matches, tied", rule(300, &everything)).await;
    let draft = json!({"status": "draft", "effective_to": "2020-01-01"});
    shop.rule("farthest", with(rule(1000, &wrong_twice), draft))
        .await;
    let explained = shop.explain().await;
    let expected = json!([
        "matches, tied",
        "matches, low",
        "near, high",
        "near, high, young",
        "near, low",
        "far",
        "farthest"
    ]);
    assert_eq!(each(&explained["others"], "external_id"), expected);
}

#[tokio::test]
async fn a_rule_wins_alone_by_priority_or_by_age_and_others_lose_so() {
    let shop = Shop::open().await;
    let of = |priority: u32| json!({"priority": priority});
    let found = async || {
        let explained = shop.explain().await;
        let others = explained["others"].as_array().unwrap().iter();
        let others = others.filter(|other| other["matched"] == true);
        let lost: Vec<String> = others
            .map(|other| {
                assert_eq!(other.get("because"), None);
                let name = other["external_id"].as_str().unwrap();
                format!("{name} {}", other["lost_by"].as_str().unwrap())
            })
            .collect();
        let rule = &explained["rule"];
        let won_by = rule["won_by"].as_str().unwrap();
        (
            format!("{} {won_by}", rule["external_id"].as_str().unwrap()),
            lost,
        )
    };
    let never = json!({"priority": 1000, "match": {"types": ["refund"]}});
    shop.rule("never", never).await;
    shop.rule("a", of(100)).await;
    assert_eq!(found().await, ("a only_match".to_owned(), vec![]));
    shop.rule("b", of(99)).await;
    assert_eq!(
        found().await,
        ("a priority".to_owned(), vec!["b priority".to_owned()])
    );
    shop.rule("c", of(100)).await;
    let lost = ["c age", "b priority"].map(str::to_owned);
    assert_eq!(found().await, ("a age".to_owned(), lost.to_vec()));
    shop.rule("d", of(101)).await;
    let lost = ["a priority", "c priority", "b priority"].map(str::to_owned);
    assert_eq!(found().await, ("d priority".to_owned(), lost.to_vec()));
}

#[tokio::test]
async fn a_rule_is_told_with_its_version_as_it_stands() {
    let shop = Shop::open().await;
    let rule = shop.rule("r", json!({"priority": 7})).await;
    let path = format!("/api/v1/rules/{}", rule["id"].as_str().unwrap());
    shop.api
        .put(&path, json!({"name": "Other"}))
        .await
        .expect(200);
    let lost = shop.rule("lost", json!({"priority": 5})).await;
    let explained = shop.explain().await;
    let expected = json!({"id": rule["id"], "external_id": "r", "version": 2, "priority": 7,
        "won_by": "priority"});
    assert_eq!(explained["rule"], expected);
    let expected = json!([{"id": lost["id"], "external_id": "lost", "version": 1, "priority": 5,
        "matched": true, "lost_by": "priority"}]);
    assert_eq!(explained["others"], expected);
    let lines = json!([{"payee_id": shop.payee, "amount": "10.000", "percentage": 10}]);
    assert_eq!(explained["lines"], lines);
}
