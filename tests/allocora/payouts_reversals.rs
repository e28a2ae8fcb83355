//! Refunds that name their sale: what they take back, and how that is shown.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{each, flat, only, refund, row_of, sale, tiered, with};

#[tokio::test]
async fn a_reversal_is_told_by_what_was_left_and_what_is_taken() {
    let api = Api::start().await;
    let (ada, bea) = (api.payee_named("ada").await, api.payee_named("bea").await);
    let rule = json!({"allocations": [flat(&ada, "20"), flat(&bea, "0.5")],
        "match": {"types": ["sale"]}, "priority": 200});
    let rule = api.rule("sales", rule).await;
    api.rule(
        "refunds",
        json!({"priority": 900, "allocations": [flat(&bea, "100")],
        "match": {"types": ["refund"]}}),
    )
    .await;
    api.sell(&[
        sale("a", "100", "2026-05-02"),
        refund("1", "-25", "2026-05-03", "a"),
        refund("2", "-5", "2026-05-04", "a"),
    ])
    .await;
    let explained = api.explain("external_id=2").await;
    let sale = api.explain("external_id=a").await;
    let original = json!({"id": sale["revenue"]["id"], "external_id": "a"});
    assert_eq!(explained["original"], original);
    let remaining = json!({"amount": "75.000", "lines": [{"payee_id": ada, "amount": "15.000"},
        {"payee_id": bea, "amount": "0.375"}], "unallocated": "59.625"});
    assert_eq!(explained["remaining_before"], remaining);
    let lines = json!([{"payee_id": ada, "amount": "-1.000"},
        {"payee_id": bea, "amount": "-0.025"}]);
    assert_eq!(explained["lines"], lines);
    let nobody = json!({"amount": "-3.975", "reason": "rule_share"});
    assert_eq!(explained["unallocated"], nobody);
    let of_original = json!({"id": rule["id"], "external_id": "sales", "version": 1,
        "priority": 200, "won_by": null});
    assert_eq!(explained["rule"], of_original);
    assert_eq!(
        (&explained["others"], explained.get("excess")),
        (&json!([]), None)
    );
    assert_eq!(
        explained["exceptions"],
        json!([]),
        "a rule for refunds is not asked"
    );
    assert_eq!(
        explained["sentence"],
        "-5.000 EUR of 2026-05-04 takes back 5.000 of a, of which 75.000 was left: 1.000 from ada \
         and 0.025 from bea, 3.975 unallocated."
    );

    let first = api.explain("external_id=1").await;
    let reversals = sale["reversals"].as_array().unwrap();
    let names = ["revenue_id", "amount", "lines", "unallocated"];
    let shown = [&first, &explained].map(|refund| {
        json!({"revenue_id": refund["revenue"]["id"], "amount": refund["revenue"]["amount"],
            "lines": refund["lines"], "unallocated": refund["unallocated"]["amount"]})
    });
    let found: Vec<Value> = reversals
        .iter()
        .map(|reversal| only(reversal, &names))
        .collect();
    assert_eq!(found, shown);
}

#[tokio::test]
async fn an_excess_is_unlinked_revenue_under_the_rules_of_its_own_date() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let april = json!({"allocations": [flat(&payee, "10")], "effective_to": "2026-04-30"});
    let april = api.rule("april", april).await["id"].clone();
    let may = with(
        tiered(&payee, "month", &[(Some("100"), "20"), (None, "30")]),
        json!({"effective_from": "2026-05-01"}),
    );
    let may = api.rule("may", may).await["id"].clone();
    api.sell(&[
        sale("a", "40", "2026-04-30"),
        sale("b", "150", "2026-05-02"),
        refund("back", "-100", "2026-05-03", "a"),
    ])
    .await;
    let explained = api.explain("external_id=back").await;
    assert_eq!(
        (&explained["rule"]["id"], &explained["accumulated"]),
        (&april, &Value::Null)
    );
    assert_eq!(each(&explained["lines"], "amount"), json!(["-4.000"]));
    assert_eq!(explained["unallocated"]["amount"], "-36.000");
    let excess = &explained["excess"];
    assert_eq!(excess["amount"], "-60.000");
    let rule = json!({"id": may, "external_id": "may", "version": 1, "priority": 100,
        "won_by": "only_match"});
    assert_eq!(excess["rule"], rule);
    assert_eq!(each(&excess["others"], "external_id"), json!(["april"]));
    let accumulated = json!({"window": "2026-05", "opening": "2026-04-01", "before": "150.000",
        "after": "90.000"});
    assert_eq!(excess["accumulated"], accumulated);
    // 50 of the second band and 10 of the first, in ascending order, with negative basis.
    let bands = json!([
        {"from": "0.000", "up_to": "100.000", "percentage": 20, "basis": "-10.000", "amount": "-2.000"},
        {"from": "100.000", "up_to": null, "percentage": 30, "basis": "-50.000", "amount": "-15.000"}]);
    let lines = json!([{"payee_id": payee, "amount": "-17.000", "bands": bands}]);
    assert_eq!(excess["lines"], lines);
    let nobody = json!({"amount": "-43.000", "reason": "rule_share"});
    assert_eq!(excess["unallocated"], nobody);
    assert_eq!(explained["exceptions"], json!(["over_refunded"]));
    let sale = api.explain("external_id=a").await;
    assert_eq!(each(&sale["reversals"], "amount"), json!(["-40.000"]));
    assert_eq!(
        explained["sentence"],
        "-100.000 EUR of 2026-05-03 takes back 40.000 of a, of which 40.000 was left: 4.000 from \
         ada, 36.000 unallocated; the remaining -60.000 under may v1 (priority 100): -10.000 at 20 % \
         and -50.000 at 30 %, on 150.000 accumulated in 2026-05."
    );
}

#[tokio::test]
async fn a_refund_of_which_nothing_is_left_is_wholly_unlinked() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    api.rule("r", json!({"allocations": [flat(&payee, "10")]}))
        .await;
    api.sell(&[
        sale("a", "40", "2026-05-01"),
        refund("1", "-40", "2026-05-02", "a"),
        refund("2", "-30", "2026-05-03", "a"),
    ])
    .await;
    let explained = api.explain("external_id=2").await;
    for name in ["original", "remaining_before", "excess"] {
        assert_eq!(explained.get(name), None, "{name}");
    }
    assert_eq!(explained["rule"]["won_by"], "only_match");
    let lines = json!([{"payee_id": payee, "amount": "-3.000", "percentage": 10}]);
    assert_eq!(explained["lines"], lines);
    assert_eq!(explained["exceptions"], json!(["over_refunded"]));
    let sale = api.explain("external_id=a").await;
    assert_eq!(each(&sale["reversals"], "external_id"), json!(["1"]));
}

/// The sum of the original's rule and window goes down, and the next sale is below again.
#[tokio::test]
async fn a_reversal_lowers_the_sum_of_the_originals_window() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    api.rule(
        "r",
        tiered(&payee, "month", &[(Some("100"), "5"), (None, "50")]),
    )
    .await;
    api.sell(&[
        sale("april", "90", "2026-04-30"),
        sale("a", "100", "2026-05-01"),
        refund("1", "-90", "2026-05-02", "april"),
        sale("b", "1", "2026-05-03"),
        refund("2", "-60", "2026-05-04", "a"),
        sale("c", "60", "2026-05-05"),
    ])
    .await;
    let preview = api.preview_may(json!({"payee_id": payee})).await;
    let amounts = json!(["5.000", "-4.500", "0.500", "-3.000", "3.450"]);
    assert_eq!(each(&preview["lines"], "amount"), amounts);
    let opening = "opening=2026-04-01";
    let first = api.explain(&format!("external_id=1&{opening}")).await;
    let accumulated = json!({"window": "2026-04", "opening": "2026-04-01", "before": "90.000",
        "after": "0.000"});
    assert_eq!(first["accumulated"], accumulated);
    let second = api.explain(&format!("external_id=2&{opening}")).await;
    assert_eq!(second["accumulated"]["after"], "41.000");
}

/// What rounds is 10^-9; three refunds of a tiered sale leave nothing, and unallocated is last.
#[tokio::test]
async fn three_refunds_of_a_tiered_sale_take_everything() {
    let api = Api::start().await;
    let (ada, bea) = (api.payee_named("ada").await, api.payee_named("bea").await);
    let tiers = |low: &str, high: &str| json!([{"up_to": "0.001", "percentage": low}, {"up_to": null, "percentage": high}]);
    let rule = json!({"allocation_type": "tiered", "allocations": [
        {"payee_id": ada, "tiers": tiers("33.3333", "0.0001")},
        {"payee_id": bea, "tiers": tiers("0", "66.6667")}]});
    api.rule("r", rule).await;
    api.sell(&[
        sale("a", "0.003", "2026-05-01"),
        refund("1", "-0.001", "2026-05-02", "a"),
        refund("2", "-0.001", "2026-05-03", "a"),
        refund("3", "-0.001", "2026-05-04", "a"),
    ])
    .await;
    let preview = api.preview_may(json!({})).await;
    for payee in [&ada, &bea] {
        assert_eq!(row_of(&preview, payee)["earned"], "0.000");
    }
    let preview = api.preview_may(json!({"payee_id": ada})).await;
    assert_eq!(preview["totals"][0]["unallocated"]["rule_share"], "0.000");
    // A third of 333,335 units, of which the remainder is as large as those of the others; half of
    // 222,223; and the rest.
    let amounts = json!([
        "0.000333335",
        "-0.000111112",
        "-0.000111112",
        "-0.000111111"
    ]);
    assert_eq!(each(&preview["lines"], "amount"), amounts);
}

/// Systems that know only dates give a sale and its refund one instant.
#[tokio::test]
async fn a_refund_before_its_sale_on_one_day_comes_right_after_it() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    api.rule(
        "r",
        tiered(&payee, "month", &[(Some("100"), "5"), (None, "50")]),
    )
    .await;
    api.sell(&[
        refund("late", "-10", "2026-05-02T08:00:00Z", "a"),
        refund("early", "-20", "2026-05-02T07:00:00Z", "a"),
        sale("b", "100", "2026-05-02T09:00:00Z"),
        sale("a", "100", "2026-05-02T10:00:00Z"),
        sale("c", "1", "2026-05-02T11:00:00Z"),
    ])
    .await;
    let preview = api.preview_may(json!({"payee_id": payee})).await;
    let order = json!(["b", "a", "early", "late", "c"]);
    assert_eq!(each(&preview["lines"], "external_id"), order);
    let amounts = json!(["5.000", "50.000", "-10.000", "-5.000", "0.500"]);
    assert_eq!(each(&preview["lines"], "amount"), amounts);
}

#[tokio::test]
async fn a_line_of_nothing_is_a_line() {
    let api = Api::start().await;
    let payee = json!({"name": "P", "fallback_percentage": 0});
    let payee = api.create("payees", payee).await["id"].clone();
    let rule = with(
        tiered(&payee, "month", &[(Some("10"), "0"), (None, "5")]),
        json!({"match": {"currencies": ["EUR"]}}),
    );
    api.rule("r", rule).await;
    let dollars = with(sale("b", "7", "2026-05-02"), json!({"currency": "USD"}));
    api.sell(&[
        sale("a", "10", "2026-05-01"),
        refund("r", "-4", "2026-05-02", "a"),
        dollars,
    ])
    .await;
    let preview = api.preview_may(json!({})).await;
    let rows = preview["payees"].as_array().unwrap().iter();
    let names = ["currency", "earned", "basis", "lines", "outcome"];
    let rows: Vec<Value> = rows.map(|row| only(row, &names)).collect();
    let expected = json!([
        {"currency": "EUR", "earned": "0.000", "basis": "6.000", "lines": 2, "outcome": "fraction"},
        {"currency": "USD", "earned": "0.000", "basis": "7.000", "lines": 1, "outcome": "fraction"}]);
    assert_eq!(json!(rows), expected);
}
