//! Previews: what may be asked, and what is answered.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{PREVIEW, each, flat, may, only, refund, row_of, sale, with};

async fn problems(api: &Api, body: Value) -> Vec<String> {
    let problems = api.post(PREVIEW, body).await.problems().into_iter();
    problems
        .map(|(pointer, code)| format!("{pointer} {code}"))
        .collect()
}

#[tokio::test]
async fn opening_and_payout_date_have_defaults_that_the_answer_tells() {
    let api = Api::start().await;
    let names = ["from", "to", "opening", "payout_date"];
    for (from, to, opening, payout_date) in [
        ("2026-05-01", "2026-05-31", "2026-01-01", "2026-06-01"),
        ("2026-12-31", "2026-12-31", "2026-01-01", "2027-01-01"),
        ("2026-12-01", "2027-01-31", "2026-01-01", "2027-02-01"),
        ("2028-02-28", "2028-02-28", "2028-01-01", "2028-02-29"),
        ("2026-01-01", "2026-01-01", "2026-01-01", "2026-01-02"),
        ("0001-01-01", "0001-01-01", "0001-01-01", "0001-01-02"),
        // The last day has no next one.
        ("9999-12-31", "9999-12-31", "9999-01-01", "9999-12-31"),
    ] {
        let expected =
            json!({"from": from, "to": to, "opening": opening, "payout_date": payout_date});
        let body = json!({"from": from, "to": to});
        assert_eq!(only(&api.preview(body.clone()).await, &names), expected);
        let nothing = with(
            body,
            json!({"opening": null, "payout_date": null, "payee_id": null,
            "payee_external_id": null, "rules": null}),
        );
        assert_eq!(only(&api.preview(nothing).await, &names), expected);
    }
    let given = json!({"from": "2026-05-01", "to": "2026-05-31", "opening": "2025-03-07",
        "payout_date": "2026-04-01"});
    assert_eq!(only(&api.preview(given.clone()).await, &names), given);
}

#[tokio::test]
async fn an_empty_workspace_has_an_empty_preview() {
    let api = Api::start().await;
    let answer = api.post(PREVIEW, may()).await.expect(200);
    let exceptions = json!({"no_rule": 0, "rule_tie": 0, "product_unknown": 0,
        "original_missing": 0, "over_refunded": 0});
    let expected = json!({"data": {"from": "2026-05-01", "to": "2026-05-31",
        "opening": "2026-01-01", "payout_date": "2026-06-01",
        "revenues": {"count": 0, "digests": []}, "totals": [], "payees": [],
        "exceptions": exceptions, "rules_without_revenue": []},
        "meta": {"payees": 0, "lines": null}});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn every_problem_of_a_body_is_reported() {
    let api = Api::start().await;
    let expected = ["#/from required", "#/to required"];
    assert_eq!(problems(&api, json!({})).await, expected);
    let body = json!({"from": "2026-05", "to": 20260531, "opening": "01.01.2026",
        "payout_date": true, "payee_id": "ada", "payee_external_id": "", "rules": "all",
        "payee": "ada"});
    let mut found = problems(&api, body).await;
    found.sort();
    let expected = [
        "#/from invalid_format",
        "#/opening invalid_format",
        "#/payee unknown_field",
        "#/payee_external_id too_short",
        "#/payee_id invalid_format",
        "#/payout_date invalid_type",
        "#/rules invalid_type",
        "#/to invalid_type",
    ];
    assert_eq!(found, expected);
    let nulls = json!({"from": null, "to": null});
    let expected = ["#/from not_nullable", "#/to not_nullable"];
    assert_eq!(problems(&api, nulls).await, expected);
    for body in [json!([]), json!("x"), json!(7)] {
        assert_eq!(problems(&api, body).await, ["# invalid_type"]);
    }
}

#[tokio::test]
async fn days_must_be_in_order() {
    let api = Api::start().await;
    let days =
        |from: &str, to: &str, opening: &str| json!({"from": from, "to": to, "opening": opening});
    let late = days("2026-05-02", "2026-05-01", "2026-05-02");
    assert_eq!(problems(&api, late).await, ["#/to out_of_range"]);
    let late = days("2026-05-02", "2026-05-02", "2026-05-03");
    assert_eq!(problems(&api, late).await, ["#/opening out_of_range"]);
    let late = days("2026-05-02", "2026-05-01", "2026-05-03");
    let both = ["#/to out_of_range", "#/opening out_of_range"];
    assert_eq!(problems(&api, late).await, both);
    api.preview(days("2026-05-02", "2026-05-02", "2026-05-02"))
        .await;
    // The payout date is free: what was on hold then may be asked at any time.
    let early = json!({"payout_date": "2020-01-01"});
    api.preview(with(may(), early)).await;
}

#[tokio::test]
async fn a_query_and_other_methods_are_refused() {
    let api = Api::start().await;
    let answer = api.post(&format!("{PREVIEW}?from=2026-05-01"), may()).await;
    answer.problem(400, "malformed_query");
    api.get(PREVIEW).await.problem(405, "method_not_allowed");
    let explain = "/api/v1/payouts/explain";
    api.post(explain, may())
        .await
        .problem(405, "method_not_allowed");
    api.get("/api/v1/payouts").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_preview_is_narrowed_to_one_payee_and_its_lines() {
    let api = Api::start().await;
    let (ada, bea) = (api.payee_named("ada").await, api.payee_named("bea").await);
    let both = json!({"allocations": [flat(&ada, "10"), flat(&bea, "20")]});
    let rule = api.rule("r", both).await["id"].clone();
    let dollars = with(sale("b", "3", "2026-05-30"), json!({"currency": "USD"}));
    api.sell(&[
        sale("april", "1", "2026-04-30"),
        sale("a", "10", "2026-05-02"),
        dollars,
    ])
    .await;
    let all = api.post(PREVIEW, may()).await.expect(200);
    assert_eq!(all["meta"], json!({"payees": 4, "lines": null}));
    assert_eq!(
        all["data"].get("lines"),
        None,
        "lines are asked for with a payee"
    );
    let rows = all["data"]["payees"].as_array().unwrap();
    let own: Value = rows
        .iter()
        .filter(|row| row["payee_id"] == bea)
        .cloned()
        .collect();
    assert_eq!(each(&own, "currency"), json!(["EUR", "USD"]));
    for name in [
        json!({"payee_id": bea}),
        json!({"payee_external_id": "bea"}),
    ] {
        let answer = api.post(PREVIEW, with(may(), name)).await.expect(200);
        assert_eq!(answer["meta"], json!({"payees": 2, "lines": 2}));
        let data = &answer["data"];
        assert_eq!(data["payees"], own);
        for field in ["totals", "exceptions", "revenues", "rules_without_revenue"] {
            assert_eq!(data[field], all["data"][field], "{field}");
        }
        let revenue =
            api.get("/api/v1/revenues?external_id=a").await.expect(200)["data"][0].clone();
        let line = json!({"revenue_id": revenue["id"], "external_id": "a",
            "occurred_at": "2026-05-02T00:00:00+00:00", "type": "sale", "currency": "EUR",
            "basis": "10.000", "rule_id": rule, "amount": "2.000"});
        assert_eq!(data["lines"][0], line);
        assert_eq!(each(&data["lines"], "external_id"), json!(["a", "b"]));
    }
}

#[tokio::test]
async fn a_payee_is_named_once_and_must_exist() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let both = with(
        may(),
        json!({"payee_id": payee, "payee_external_id": "ada"}),
    );
    let expected = ["#/payee_external_id invalid_value"];
    assert_eq!(problems(&api, both).await, expected);
    for (name, pointer) in [
        (json!({"payee_id": uuid::Uuid::new_v4()}), "#/payee_id"),
        (json!({"payee_external_id": "Ada"}), "#/payee_external_id"),
    ] {
        let found = problems(&api, with(may(), name)).await;
        assert_eq!(found, [format!("{pointer} not_found")]);
    }
    let nothing = api
        .post(PREVIEW, with(may(), json!({"payee_id": payee})))
        .await
        .expect(200);
    assert_eq!(
        nothing["meta"],
        json!({"payees": 0, "lines": 0}),
        "he has earned nothing"
    );
}

/// One revenue with two lines for its payee: what reverses its sale, and what goes beyond.
#[tokio::test]
async fn an_over_refund_has_two_lines_in_the_order_of_computation() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let rule = json!({"allocations": [flat(&payee, "10")], "effective_from": "2026-05-01"});
    let rule = api.rule("r", rule).await["id"].clone();
    let fallback = json!({"fallback_percentage": 50});
    let path = format!("/api/v1/payees/{}", payee.as_str().unwrap());
    api.put(&path, fallback).await.expect(200);
    api.sell(&[
        sale("b", "1", "2026-05-03T10:00:00Z"),
        refund("back", "-5", "2026-05-03T09:00:00Z", "a"),
        sale("a", "4", "2026-04-30"),
    ])
    .await;
    let preview = api.preview_may(json!({"payee_id": payee})).await;
    let lines = &preview["lines"];
    assert_eq!(each(lines, "external_id"), json!(["back", "back", "b"]));
    assert_eq!(each(lines, "basis"), json!(["-4.000", "-1.000", "1.000"]));
    assert_eq!(
        each(lines, "rule_id"),
        json!([null, rule, rule]),
        "fallback has no rule"
    );
    assert_eq!(each(lines, "amount"), json!(["-2.000", "-0.100", "0.100"]));
    let row = row_of(&preview, &payee);
    let by_rule = json!([{"rule_id": rule, "earned": "0.000", "lines": 2},
        {"rule_id": null, "earned": "-2.000", "lines": 1}]);
    assert_eq!(row["by_rule"], by_rule);
    assert_eq!(preview["exceptions"]["over_refunded"], 1);
    assert_eq!(
        preview["exceptions"]["no_rule"], 0,
        "rules are not asked about a reversal"
    );
}
