//! Explanations: which revenue is asked about, and from which day on it is computed.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{each, flat, only, refund, sale, tiered, with};

/// The parameters of a 400, with their codes.
async fn malformed(api: &Api, query: &str) -> Vec<String> {
    let answer = api.ask_explain(query).await;
    let problem = answer.problem(400, "malformed_query");
    let errors = problem["errors"].as_array().unwrap().iter();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    errors
        .map(|error| format!("{} {}", text(error, "parameter"), text(error, "code")))
        .collect()
}

async fn revenue_id(api: &Api, external_id: &str) -> String {
    let explained = api.explain(&format!("external_id={external_id}")).await;
    explained["revenue"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_revenue_is_named_by_its_id_or_by_its_external_id_and_source() {
    let api = Api::start().await;
    let shop = admin::sources::create(&api.app, api.workspace.config.id, "Shop")
        .await
        .unwrap();
    let of_shop = with(
        sale("a", "2", "2026-05-02"),
        json!({"revenue_source_id": shop.id}),
    );
    api.sell(&[sale("a", "1", "2026-05-02"), of_shop]).await;
    let amount = async |query: String| api.explain(&query).await["revenue"]["amount"].clone();
    let default = api.workspace.config.default_source;
    assert_eq!(amount("external_id=a".to_owned()).await, "1.000");
    assert_eq!(
        amount(format!("external_id=a&revenue_source_id={default}")).await,
        "1.000"
    );
    assert_eq!(
        amount(format!("external_id=a&revenue_source_id={}", shop.id)).await,
        "2.000"
    );
    let id = revenue_id(&api, "a").await;
    assert_eq!(amount(format!("revenue_id={id}")).await, "1.000");
}

#[tokio::test]
async fn a_revenue_that_does_not_exist_is_not_found() {
    let api = Api::start().await;
    api.sell(&[sale("a", "1", "2026-05-02")]).await;
    let payee = api.payee().await;
    let other = uuid::Uuid::new_v4();
    for query in [
        "external_id=A".to_owned(),
        format!("external_id=a&revenue_source_id={other}"),
        format!("revenue_id={other}"),
        format!("revenue_id={payee}"),
        "revenue_id=a".to_owned(),
        format!("revenue_id={}", uuid::Uuid::nil()),
    ] {
        let answer = api.ask_explain(&query).await;
        answer.problem(404, "not_found");
    }
}

#[tokio::test]
async fn parameters_are_checked() {
    let api = Api::start().await;
    api.sell(&[sale("a", "1", "2026-05-02T23:59:59Z")]).await;
    let id = revenue_id(&api, "a").await;
    let both = format!("revenue_id={id}&external_id=a");
    assert_eq!(malformed(&api, &both).await, ["external_id invalid_value"]);
    assert_eq!(malformed(&api, "").await, ["revenue_id required"]);
    let source = format!("revenue_source_id={}", api.workspace.config.default_source);
    assert_eq!(malformed(&api, &source).await, ["revenue_id required"]);
    let with_source = format!("revenue_id={id}&{source}");
    assert_eq!(
        malformed(&api, &with_source).await,
        ["revenue_source_id invalid_value"]
    );
    let late = "external_id=a&opening=2026-05-03";
    assert_eq!(malformed(&api, late).await, ["opening out_of_range"]);
    api.explain("external_id=a&opening=2026-05-02").await;
    let wrong = "external_id=&revenue_source_id=shop&opening=May&from=2026-05-01";
    let expected = [
        "external_id too_short",
        "revenue_source_id invalid_format",
        "opening invalid_format",
        "from unknown_field",
    ];
    let mut found = malformed(&api, wrong).await;
    found.sort();
    let mut sorted = expected.map(str::to_owned);
    sorted.sort();
    assert_eq!(found, sorted);
}

/// One revenue on the day before each window, and one on its first: what is accumulated shows
/// where the computation began.
#[tokio::test]
async fn a_computation_begins_with_the_window_of_the_rule() {
    for (accumulation, window, opening, before) in [
        ("month", "2026-05", json!("2026-05-01"), "1.000"),
        ("quarter", "2026-Q2", json!("2026-04-01"), "111.000"),
        ("year", "2026", json!("2026-01-01"), "11111.000"),
        ("lifetime", "lifetime", Value::Null, "111111.000"),
    ] {
        let api = Api::start().await;
        let payee = api.payee_named("ada").await;
        api.rule("r", tiered(&payee, accumulation, &[(None, "5")]))
            .await;
        api.sell(&[
            sale("1", "100000", "2025-12-31T23:59:59.999999Z"),
            sale("2", "10000", "2026-01-01"),
            sale("3", "1000", "2026-03-31T23:59:59.999999Z"),
            sale("4", "100", "2026-04-01"),
            sale("5", "10", "2026-04-30T23:59:59.999999Z"),
            sale("6", "1", "2026-05-01"),
            sale("7", "7", "2026-05-01T00:00:01Z"),
        ])
        .await;
        let accumulated = api.explain("external_id=7").await["accumulated"].clone();
        let expected = json!({"window": window, "opening": opening, "before": before});
        let names = ["window", "opening", "before"];
        assert_eq!(only(&accumulated, &names), expected, "{accumulation}");
        // A given opening counts, before or after the beginning of the window.
        let given = api.explain("external_id=7&opening=2026-04-30").await["accumulated"].clone();
        let april = if accumulation == "month" {
            "1.000"
        } else {
            "11.000"
        };
        let expected = json!({"window": window, "opening": "2026-04-30", "before": april});
        assert_eq!(only(&given, &names), expected, "{accumulation}");
    }
}

/// The window of the original in April, and the own one in May: the refund is found in both.
#[tokio::test]
async fn a_linked_refund_is_computed_from_the_earlier_of_two_windows_on() {
    for (accumulation, opening) in [
        ("month", json!("2026-03-01")),
        ("quarter", json!("2026-01-01")),
        ("lifetime", Value::Null),
    ] {
        let api = Api::start().await;
        let payee = api.payee_named("ada").await;
        api.rule("r", tiered(&payee, accumulation, &[(None, "5")]))
            .await;
        api.sell(&[
            sale("first", "10", "2026-03-01"),
            sale("a", "100", "2026-03-31"),
            refund("back", "-40", "2026-05-31", "a"),
        ])
        .await;
        let explained = api.explain("external_id=back").await;
        assert_eq!(explained["accumulated"]["opening"], opening);
        assert_eq!(
            explained["accumulated"]["before"], "110.000",
            "{accumulation}"
        );
        assert_eq!(explained["remaining_before"]["amount"], "100.000");
    }
}

/// The own window may be the earlier one: that of a rule for refunds, over a year.
#[tokio::test]
async fn a_refund_with_a_long_window_of_its_own_begins_with_that() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let sales = json!({"match": {"types": ["sale"]}, "allocations": [flat(&payee, "10")]});
    api.rule("sales", sales).await;
    let refunds = with(
        tiered(&payee, "year", &[(None, "5")]),
        json!({"match": {"types": ["refund"]}}),
    );
    api.rule("refunds", refunds).await;
    api.sell(&[
        refund("january", "-3", "2026-01-01", "unknown"),
        sale("a", "100", "2026-05-01"),
        refund("back", "-140", "2026-05-31", "a"),
    ])
    .await;
    let explained = api.explain("external_id=back").await;
    assert_eq!(
        explained["accumulated"],
        Value::Null,
        "the original is of a flat rule"
    );
    let accumulated = json!({"window": "2026", "opening": "2026-01-01", "before": "-3.000",
        "after": "-43.000"});
    assert_eq!(explained["excess"]["accumulated"], accumulated);
}

#[tokio::test]
async fn a_flat_rule_and_none_at_all_begin_with_the_month() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let rule = json!({"match": {"types": ["sale"]}, "allocations": [flat(&payee, "10")]});
    api.rule("flat", rule).await;
    api.sell(
        &[
            sale("a", "100", "2026-04-30"),
            refund("april", "-1", "2026-04-30T12:00:00Z", "a"),
            refund("may", "-1", "2026-05-01", "a"),
            refund("none", "-1", "2026-05-01", ""),
        ]
        .map(|mut revenue| {
            if revenue["original_external_id"] == "" {
                revenue["original_external_id"] = Value::Null;
            }
            revenue
        }),
    )
    .await;
    let sale = api.explain("external_id=a").await;
    assert_eq!(sale["accumulated"], Value::Null);
    assert_eq!(
        each(&sale["reversals"], "external_id"),
        json!(["april", "may"])
    );
    let may = api.explain("external_id=may").await;
    assert_eq!(
        may["remaining_before"]["amount"], "99.000",
        "April is read for the original"
    );
    let cut = api.explain("external_id=may&opening=2026-05-01").await;
    assert_eq!(cut["exceptions"], json!(["no_rule", "original_missing"]));
    let none = api.explain("external_id=none").await;
    assert_eq!(
        (&none["rule"], &none["accumulated"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn an_explanation_tells_the_revenue_and_its_product() {
    let api = Api::start().await;
    let product = json!({"external_id": "sku", "name": "P", "category": "saas_subscription",
        "tags": ["pro", "new"]});
    let product = api.create("products", product).await;
    let path = format!("/api/v1/products/{}", product["id"].as_str().unwrap());
    api.put(&path, json!({"status": "archived"}))
        .await
        .expect(200);
    let named = |name: &str, sku: &str| {
        with(
            sale(name, "1.5", "2026-05-02T10:00:00+02:00"),
            json!({"external_product_identifier": sku}),
        )
    };
    api.sell(&[named("a", "sku"), named("b", "SKU")]).await;
    let explained = api.explain("external_id=a").await;
    let expected = json!({"id": product["id"], "version": 2, "category": "saas_subscription",
        "tags": ["pro", "new"]});
    assert_eq!(explained["product"], expected);
    let names = [
        "external_id",
        "type",
        "amount",
        "currency",
        "occurred_at",
        "external_product_identifier",
    ];
    let revenue = json!({"external_id": "a", "type": "sale", "amount": "1.500", "currency": "EUR",
        "occurred_at": "2026-05-02T08:00:00+00:00", "external_product_identifier": "sku"});
    assert_eq!(only(&explained["revenue"], &names), revenue);
    let unknown = api.explain("external_id=b").await;
    assert_eq!(unknown["product"], Value::Null);
    assert_eq!(
        unknown["sentence"],
        "1.500 EUR of 2026-05-02 matches no rule, 1.500 unallocated."
    );
}
