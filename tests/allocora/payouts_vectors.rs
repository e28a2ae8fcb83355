//! Figures that others published, computed again: whole computations through the API, and
//! `apportion` as a function.

use domain::payout::{Units, apportion};
use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{each, flat, only, refund, row_of, sale, tiered};

#[test]
fn amounts_are_apportioned_as_others_do() {
    let vectors: [(i128, &[i128], &[i128]); 6] = [
        // numscript, moneyphp, payout-split, brick/money.
        (15, &[80, 8, 12], &[12, 1, 2]),
        (100, &[600, 355, 45], &[60, 36, 4]),
        (100, &[1, 1, 1], &[34, 33, 33]),
        (101, &[1, 1, 1], &[34, 34, 33]),
        (1000, &[1, 2, 4], &[143, 286, 571]),
        (-10000, &[30, 20, 40, 40], &[-2308, -1538, -3077, -3077]),
    ];
    let units = |numbers: &[i128]| numbers.iter().copied().map(Units::new).collect::<Vec<_>>();
    for (amount, weights, parts) in vectors {
        let found = apportion(Units::new(amount), &units(weights));
        assert_eq!(found, units(parts), "{amount} @ {weights:?}");
    }
}

/// 145,000 accumulated, then 20,000: 5,000 at 4 % and 15,000 at 6 % (Trailhead, Spiff).
#[tokio::test]
async fn tiers_continue_where_the_accumulated_revenue_ends() {
    let api = Api::start().await;
    let payee = api.payee_named("partner").await;
    let tiers = [(Some("150000"), "4"), (Some("250000"), "6"), (None, "8")];
    let rule = tiered(&payee, "year", &tiers);
    api.rule("rule_partner", rule).await;
    api.sell(&[
        sale("before", "145000", "2026-04-30"),
        sale("order-7", "20000", "2026-05-31T10:00:00Z"),
    ])
    .await;
    let preview = api.preview_may(json!({})).await;
    assert_eq!(row_of(&preview, &payee)["earned"], "1100.000");
    let explained = api.explain("external_id=order-7").await;
    let bands = json!([
        {"from": "0.000", "up_to": "150000.000", "percentage": 4, "basis": "5000.000",
            "amount": "200.000"},
        {"from": "150000.000", "up_to": "250000.000", "percentage": 6, "basis": "15000.000",
            "amount": "900.000"}]);
    let lines = json!([{"payee_id": payee, "amount": "1100.000", "bands": bands}]);
    assert_eq!(explained["lines"], lines);
    let accumulated = json!({"window": "2026", "opening": "2026-01-01", "before": "145000.000",
        "after": "165000.000"});
    assert_eq!(explained["accumulated"], accumulated);
    let nobody = json!({"amount": "18900.000", "reason": "rule_share"});
    assert_eq!(explained["unallocated"], nobody);
    assert_eq!(
        explained["sentence"],
        "20000.000 EUR of 2026-05-31 under rule_partner v1 (priority 100): 5000.000 at 4 % and \
         15000.000 at 6 %, on 145000.000 accumulated in 2026."
    );
}

/// 50,000 at 5 %, 50,000 at 6 % and 2,000 at 7 % (Salesforce help).
#[tokio::test]
async fn one_revenue_runs_through_all_tiers() {
    let api = Api::start().await;
    let payee = api.payee_named("partner").await;
    let tiers = [(Some("50000"), "5"), (Some("100000"), "6"), (None, "7")];
    api.rule("r", tiered(&payee, "month", &tiers)).await;
    api.sell(&[sale("a", "102000", "2026-05-02")]).await;
    let preview = api.preview_may(json!({})).await;
    assert_eq!(row_of(&preview, &payee)["earned"], "5640.000");
}

/// The sequence of polar #13770: lines of 52 and 10 units, of which every refund takes whole units.
#[test]
fn refunds_take_back_whole_units_until_nothing_is_left() {
    let mut left = [52, 10].map(Units::new);
    let steps = [32, 9, 8, 3, 6, 3, 1].map(|amount| {
        let step = apportion(Units::new(amount), &left);
        for (left, step) in left.iter_mut().zip(&step) {
            *left -= *step;
        }
        (step[0].get(), step[1].get())
    });
    let expected = [(27, 5), (8, 1), (6, 2), (3, 0), (5, 1), (2, 1), (1, 0)];
    assert_eq!(steps, expected);
    assert_eq!(left, [Units::ZERO; 2]);
}

/// A rate that changes in the middle of the month does not change what a refund takes back
/// (tezgah #144).
#[tokio::test]
async fn a_refund_reverses_at_the_rate_of_its_sale() {
    let api = Api::start().await;
    let payee = api.payee_named("partner").await;
    let first = json!({"effective_to": "2026-05-15", "allocations": [flat(&payee, "10")]});
    let second = json!({"effective_from": "2026-05-16", "allocations": [flat(&payee, "15")]});
    api.rule("first", first).await;
    api.rule("second", second).await;
    api.sell(&[
        sale("a", "100", "2026-05-15T23:59:59.999999Z"),
        sale("b", "100", "2026-05-16"),
        refund("c", "-100", "2026-05-20", "a"),
    ])
    .await;
    let preview = api.preview_may(json!({"payee_id": payee})).await;
    let amounts = json!(["10.000", "15.000", "-10.000"]);
    assert_eq!(each(&preview["lines"], "amount"), amounts);
    assert_eq!(row_of(&preview, &payee)["earned"], "15.000");
}

/// 12 % of 8,500.00 less 125.00, 15 % of 12,000.00 less 300.00, and 2,400.00 at 70 and 10 % (the
/// guides of the reference product). Refunds that name no sale are negative revenue.
#[tokio::test]
async fn shares_are_of_revenue_less_refunds_and_the_rest_is_unallocated() {
    let api = Api::start().await;
    let mut payees = Vec::new();
    for name in ["twelve", "fifteen", "seventy", "ten"] {
        payees.push(api.payee_named(name).await);
    }
    let shares: [(&str, &[(usize, &str)]); 3] = [
        ("a", &[(0, "12")]),
        ("b", &[(1, "15")]),
        ("c", &[(2, "70"), (3, "10")]),
    ];
    for (product, shares) in shares {
        let shares = shares
            .iter()
            .map(|(payee, share)| flat(&payees[*payee], share));
        let rule = json!({"match": {"product_external_ids": [product]},
            "allocations": shares.collect::<Vec<_>>()});
        api.rule(product, rule).await;
    }
    let of = |product: &str, mut revenue: Value| {
        revenue["external_product_identifier"] = json!(product);
        revenue
    };
    let unlinked = |name: &str, amount: &str| {
        let mut refund = refund(name, amount, "2026-05-09", "");
        refund["original_external_id"] = Value::Null;
        refund
    };
    api.sell(&[
        of("a", sale("1", "8500.00", "2026-05-02")),
        of("a", unlinked("2", "-125.00")),
        of("b", sale("3", "12000.00", "2026-05-02")),
        of("b", unlinked("4", "-300.00")),
        of("c", sale("5", "2400.00", "2026-05-02")),
    ])
    .await;
    let preview = api.preview_may(json!({})).await;
    let earned = payees
        .iter()
        .map(|payee| row_of(&preview, payee)["earned"].clone());
    let expected = json!(["1005.000", "1755.000", "1680.000", "240.000"]);
    assert_eq!(earned.collect::<Value>(), expected);
    let explained = api.explain("external_id=5").await;
    assert_eq!(explained["unallocated"]["amount"], "480.000");
}

/// A threshold of 50, and 58.80 earned (Tolt).
#[tokio::test]
async fn what_is_above_the_threshold_is_due() {
    let api = Api::start().await;
    let payee = json!({"name": "P", "payout_threshold": "50"});
    let payee = api.create("payees", payee).await["id"].clone();
    api.rule("r", json!({"allocations": [flat(&payee, "20")]}))
        .await;
    api.sell(&[sale("a", "294", "2026-05-02")]).await;
    let preview = api.preview_may(json!({})).await;
    let row = only(
        row_of(&preview, &payee),
        &["earned", "threshold", "due", "outcome"],
    );
    let expected =
        json!({"earned": "58.800", "threshold": "50.000", "due": "58.80", "outcome": "due"});
    assert_eq!(row, expected);
}

/// 100 at 5 %, then 100 at 8 %, and the first sale refunded.
#[tokio::test]
async fn a_linked_refund_takes_its_own_rate_and_an_unlinked_one_the_top_of_the_stack() {
    for (original, taken) in [(json!("a"), "-5.000"), (Value::Null, "-8.000")] {
        let api = Api::start().await;
        let payee = api.payee_named("partner").await;
        let tiers = [(Some("100"), "5"), (None, "8")];
        api.rule("r", tiered(&payee, "month", &tiers)).await;
        let mut refund = refund("c", "-100", "2026-05-03", "a");
        refund["original_external_id"] = original;
        let (a, b) = (
            sale("a", "100", "2026-05-01"),
            sale("b", "100", "2026-05-02"),
        );
        api.sell(&[a, b, refund]).await;
        let preview = api.preview_may(json!({"payee_id": payee})).await;
        let amounts = json!(["5.000", "8.000", taken]);
        assert_eq!(each(&preview["lines"], "amount"), amounts);
    }
}
