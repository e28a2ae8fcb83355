//! The figures of a preview: totals, payees, what is due, and what is worth a look.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{PREVIEW, each, flat, may, only, refund, row_of, sale, with};

/// The digests of the API for the days of a preview.
async fn digests(api: &Api, from: &str, to: &str) -> Value {
    let path = format!("/api/v1/revenues/digest?date_from={from}&date_to={to}");
    let mut rows = api.get(&path).await.expect(200)["data"].clone();
    for row in rows.as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("bucket");
    }
    rows
}

#[tokio::test]
async fn the_digests_are_those_of_the_period() {
    let api = Api::start().await;
    let dollars = json!({"currency": "USD", "type": "adjustment"});
    api.sell(&[
        sale("before", "1", "2026-04-30T23:59:59.999999Z"),
        sale("a", "2.5", "2026-05-01"),
        sale("b", "999999999999999.999", "2026-05-31T23:59:59.999999Z"),
        refund("c", "-1", "2026-05-02", "a"),
        with(sale("d", "-7", "2026-05-02"), dollars),
        json!({"type": "sale", "amount": 1, "currency": "JPY", "occurred_at": "2026-05-02"}),
        sale("after", "1", "2026-06-01"),
    ])
    .await;
    let preview = api.preview_may(json!({})).await;
    assert_eq!(preview["revenues"]["count"], 5);
    let expected = digests(&api, "2026-05-01", "2026-05-31").await;
    assert_eq!(expected.as_array().unwrap().len(), 4);
    assert_eq!(preview["revenues"]["digests"], expected);
}

#[tokio::test]
async fn a_row_and_the_totals_have_every_figure() {
    let api = Api::start().await;
    let payee = json!({"external_id": "ada", "name": "A", "payout_threshold": "50"});
    let payee = api.create("payees", payee).await["id"].clone();
    let rule = json!({"allocations": [flat(&payee, "20")]});
    let rule = api.rule("r", rule).await["id"].clone();
    let adjustment = json!({"type": "adjustment"});
    api.sell(&[
        sale("a", "323.7", "2026-05-02"),
        refund("b", "-74.7", "2026-05-03", "a"),
        with(sale("c", "0.001", "2026-05-03"), adjustment),
    ])
    .await;
    let preview = api.preview_may(json!({})).await;
    let row = json!({"payee_id": payee, "payee_external_id": "ada", "currency": "EUR",
        "carried_in": "0.000", "earned": "49.8002",
        "earned_from": {"sale": "64.740", "refund": "-14.940", "adjustment": "0.0002"},
        "basis": "249.001", "lines": 3,
        "by_rule": [{"rule_id": rule, "earned": "49.8002", "lines": 3}],
        "balance": "49.8002", "threshold": "50.000", "due": "0.00", "carried_out": "49.8002",
        "outcome": "below_threshold", "note": null});
    assert_eq!(preview["payees"], json!([row]));
    let payees = json!({"due": 0, "below_threshold": 1, "on_hold": 0, "not_active": 0,
        "negative": 0, "fraction": 0});
    let totals = json!([{"currency": "EUR", "revenue": "249.001", "allocated": "49.8002",
        "unallocated": {"rule_share": "199.2008", "no_rule": "0.000"}, "due": "0.00",
        "carried_out": "49.8002", "payees": payees}]);
    assert_eq!(preview["totals"], totals);
}

/// What is unallocated keeps the reason of its sale when that is refunded.
#[tokio::test]
async fn totals_are_per_currency_and_reason_and_add_up() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let rule = json!({"allocations": [flat(&payee, "25")], "match": {"currencies": ["EUR"]},
        "effective_to": "2026-05-10"});
    api.rule("r", rule).await;
    let dollars = json!({"currency": "USD"});
    api.sell(&[
        sale("a", "8", "2026-05-02"),
        with(sale("b", "5", "2026-05-02"), dollars.clone()),
        sale("c", "16", "2026-05-11"),
        refund("d", "-4", "2026-05-12", "a"),
        with(refund("e", "-5", "2026-05-12", "b"), dollars),
    ])
    .await;
    let preview = api.preview_may(json!({})).await;
    let names = ["currency", "revenue", "allocated", "unallocated"];
    let totals = preview["totals"].as_array().unwrap().iter();
    let totals: Vec<Value> = totals.map(|total| only(total, &names)).collect();
    let expected = json!([
        {"currency": "EUR", "revenue": "20.000", "allocated": "1.000",
            "unallocated": {"rule_share": "3.000", "no_rule": "16.000"}},
        {"currency": "USD", "revenue": "0.000", "allocated": "0.000",
            "unallocated": {"rule_share": "0.000", "no_rule": "0.000"}}]);
    assert_eq!(json!(totals), expected);
    assert_eq!(
        preview["exceptions"]["no_rule"], 2,
        "b and c; a reversal is none"
    );
}

/// Each row of the table of what is due, at its edges, on a payout date of 15 June.
#[tokio::test]
async fn the_first_outcome_that_applies_decides_what_is_due() {
    let api = Api::start().await;
    // The payee, the currency, what he earns, and what becomes of it.
    let cases = [
        (json!({}), "EUR", "1.009", ["due", "1.00", "0.009"]),
        (json!({}), "JPY", "1.999", ["due", "1", "0.999"]),
        (json!({}), "BHD", "0.001", ["due", "0.001", "0.000"]),
        (json!({}), "CLF", "0.001", ["due", "0.0010", "0.000"]),
        (json!({}), "JPY", "0.999", ["fraction", "0", "0.999"]),
        (
            json!({"status": "inactive"}),
            "EUR",
            "0.009",
            ["fraction", "0.00", "0.009"],
        ),
        (
            json!({"status": "inactive"}),
            "EUR",
            "-1",
            ["negative", "0.00", "-1.000"],
        ),
        (
            json!({"status": "pending", "on_hold": true}),
            "EUR",
            "1",
            ["not_active", "0.00", "1.000"],
        ),
        (
            json!({"on_hold": true, "payout_threshold": 9}),
            "EUR",
            "1",
            ["on_hold", "0.00", "1.000"],
        ),
        (
            json!({"on_hold": true, "hold_until": "2026-06-15"}),
            "EUR",
            "1",
            ["on_hold", "0.00", "1.000"],
        ),
        (
            json!({"on_hold": true, "hold_until": "2026-06-14"}),
            "EUR",
            "1",
            ["due", "1.00", "0.000"],
        ),
        (
            json!({"on_hold": false, "hold_until": "2026-06-15"}),
            "EUR",
            "1",
            ["due", "1.00", "0.000"],
        ),
        (
            json!({"payout_threshold": "1.001"}),
            "EUR",
            "1",
            ["below_threshold", "0.00", "1.000"],
        ),
        (
            json!({"payout_threshold": "1"}),
            "EUR",
            "1",
            ["due", "1.00", "0.000"],
        ),
        (
            json!({"payout_threshold": "1"}),
            "USD",
            "0.999",
            ["below_threshold", "0.00", "0.999"],
        ),
        (
            json!({"payout_threshold": "9", "payout_currency": "EUR"}),
            "USD",
            "1",
            ["due", "1.00", "0.000"],
        ),
        (
            json!({"payout_threshold": "9", "payout_currency": "EUR"}),
            "EUR",
            "1",
            ["below_threshold", "0.00", "1.000"],
        ),
    ];
    let mut payees = Vec::new();
    for (index, (fields, currency, amount, _)) in cases.iter().enumerate() {
        let name = format!("p-{index}");
        let payee = with(json!({"external_id": name, "name": "P"}), fields.clone());
        let payee = api.create("payees", payee).await["id"].clone();
        let rule = json!({"match": {"product_external_ids": [name]},
            "allocations": [flat(&payee, "100")]});
        api.rule(&name, rule).await;
        let kind = json!({"type": "adjustment", "currency": currency,
            "external_product_identifier": name});
        api.sell(&[with(sale(&name, amount, "2026-05-02"), kind)])
            .await;
        payees.push(payee);
    }
    let preview = api.preview_may(json!({"payout_date": "2026-06-15"})).await;
    for (payee, (fields, currency, amount, expected)) in payees.iter().zip(cases) {
        let row = row_of(&preview, payee);
        let found = ["outcome", "due", "carried_out"].map(|name| row[name].as_str().unwrap());
        assert_eq!(found, expected, "{amount} {currency} of {fields}");
        let wants_other = fields["payout_currency"]
            .as_str()
            .is_some_and(|own| own != currency);
        let note = if wants_other {
            json!("other_currency")
        } else {
            Value::Null
        };
        assert_eq!(row["note"], note, "{amount} {currency} of {fields}");
        let has_threshold = fields.get("payout_threshold").is_some() && !wants_other;
        assert_eq!(row["threshold"].is_string(), has_threshold, "{fields}");
    }
}

#[tokio::test]
async fn fallback_percentages_are_of_active_payees_and_at_most_100() {
    let api = Api::start().await;
    let mut payees = Vec::new();
    for (percentage, status) in [
        ("33.3333", "active"),
        ("66.6667", "active"),
        ("50", "pending"),
    ] {
        let payee = json!({"name": "P", "status": status, "fallback_percentage": percentage});
        payees.push(api.create("payees", payee).await["id"].clone());
    }
    // A rule that matches everything: the percentages are checked all the same.
    api.rule(
        "r",
        json!({"allocations": [flat(&payees[0], "1")], "effective_to": "2026-05-10"}),
    )
    .await;
    api.sell(&[sale("a", "1", "2026-05-02"), sale("b", "10", "2026-05-11")])
        .await;
    let preview = api.preview_may(json!({})).await;
    assert_eq!(
        each(&preview["payees"], "earned"),
        json!(["3.34333", "6.66667"])
    );
    let path = format!("/api/v1/payees/{}", payees[2].as_str().unwrap());
    let little = json!({"status": "active", "fallback_percentage": "0.0001"});
    api.put(&path, little).await.expect(200);
    for answer in [
        api.post(PREVIEW, may()).await,
        api.post(PREVIEW, json!({"from": "2026-05-01", "to": "2026-05-02"}))
            .await,
        api.ask_explain("external_id=a").await,
    ] {
        let problem = answer.problem(422, "fallback_above_100");
        assert_eq!(problem["payees"], json!(payees));
    }
}

#[tokio::test]
async fn active_rules_of_the_period_without_revenue_are_returned() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let of = |product: &str, fields: Value| {
        let rule = json!({"match": {"product_external_ids": [product]},
            "allocations": [flat(&payee, "1")]});
        with(rule, fields)
    };
    let mut idle = Vec::new();
    for (name, fields, is_told) in [
        ("sold", json!({}), false),
        ("only-reversed", json!({}), false),
        ("only-before", json!({}), true),
        ("idle", json!({}), true),
        ("draft", json!({"status": "draft"}), false),
        ("ended", json!({"effective_to": "2026-04-30"}), false),
        ("ends", json!({"effective_to": "2026-05-01"}), true),
        ("begins", json!({"effective_from": "2026-05-31"}), true),
        ("later", json!({"effective_from": "2026-06-01"}), false),
    ] {
        let rule = api.rule(name, of(name, fields)).await;
        idle.extend(is_told.then(|| rule["id"].clone()));
    }
    let named = |name: &str, at: &str| {
        with(
            sale(name, "1", at),
            json!({"external_product_identifier": name}),
        )
    };
    api.sell(&[
        named("sold", "2026-05-02"),
        named("only-reversed", "2026-04-02"),
        named("only-before", "2026-04-02"),
        refund("back", "-1", "2026-05-02", "only-reversed"),
    ])
    .await;
    let preview = api.preview_may(json!({})).await;
    assert_eq!(preview["rules_without_revenue"], json!(idle));
}
