//! How much one computation takes, and how much one answer returns.

use serde_json::{Value, json};
use shared::lists::ReadLimits;

use crate::harness::Api;
use crate::payouts_api::{PREVIEW, each, flat, may, refund, sale, with};

/// An API whose computations take two revenues.
async fn of_two_revenues() -> Api {
    let api = Api::start_limited(ReadLimits {
        computed_revenues_max: 2,
        ..ReadLimits::default()
    })
    .await;
    api.sell(&[
        sale("january", "1", "2026-01-01"),
        sale("a", "1", "2026-05-01"),
        sale("b", "1", "2026-05-31T23:59:59.999999Z"),
        sale("june", "1", "2026-06-01"),
    ])
    .await;
    api
}

/// The one error of a problem.
fn error_of(problem: &Value) -> (Option<&str>, &str, &str) {
    let [error] = &problem["errors"].as_array().unwrap()[..] else {
        panic!("there is one error: {problem:#}")
    };
    let place = error["pointer"].as_str().or(error["parameter"].as_str());
    (
        place,
        error["code"].as_str().unwrap(),
        error["detail"].as_str().unwrap(),
    )
}

#[tokio::test]
async fn revenues_from_the_opening_to_the_end_are_limited() {
    let api = of_two_revenues().await;
    // Before they are counted, and after: the rows or the counters tell.
    for is_counted in [false, true] {
        if is_counted {
            api.count().await;
        }
        let problem = api
            .post(PREVIEW, may())
            .await
            .problem(422, "validation_failed");
        let (place, code, detail) = error_of(&problem);
        assert_eq!((place, code), (Some("#/opening"), "out_of_range"));
        assert!(
            detail.contains("3 revenues") && detail.contains("at most 2"),
            "{detail}"
        );
        let counted = api.preview_may(json!({"opening": "2026-05-01"})).await;
        assert_eq!(
            counted["revenues"]["count"], 2,
            "exactly as many as it takes"
        );
    }
}

#[tokio::test]
async fn a_preview_of_too_many_counted_revenues_reads_none_of_them() {
    let api = of_two_revenues().await;
    api.count().await;
    api.wire.take();
    api.post(PREVIEW, may())
        .await
        .problem(422, "validation_failed");
    let queries = api.wire.count()["Query"];
    assert_eq!(queries, 4, "rules, products, payees, and counters");
}

#[tokio::test]
async fn revenues_from_the_opening_of_an_explanation_on_are_limited() {
    let api = of_two_revenues().await;
    for is_counted in [false, true] {
        if is_counted {
            api.count().await;
        }
        let answer = api.ask_explain("external_id=a").await;
        let problem = answer.problem(422, "validation_failed");
        let (place, code, detail) = error_of(&problem);
        assert_eq!((place, code), (Some("opening"), "out_of_range"));
        assert!(
            detail.contains("3 revenues") && detail.contains("at most 2"),
            "{detail}"
        );
        api.ask_explain("external_id=a&opening=2026-01-01")
            .await
            .problem(422, "validation_failed");
        let later = api.explain("external_id=b&opening=2026-05-02").await;
        assert_eq!(later["revenue"]["external_id"], "b");
    }
}

/// Checks that a preview and an explanation are refused, and that the problem says this.
async fn check_refused(api: &Api, said: &[&str]) {
    for answer in [
        api.post(PREVIEW, may()).await,
        api.ask_explain("external_id=a").await,
    ] {
        assert_eq!(answer.status, 422, "{:#}", answer.body);
        let detail = answer.body["detail"].as_str().unwrap();
        for said in said {
            assert!(detail.contains(said), "{detail}");
        }
    }
}

/// Checks that both are answered.
async fn check_computed(api: &Api) {
    api.preview_may(json!({})).await;
    api.explain("external_id=a").await;
}

#[tokio::test]
async fn payees_products_and_rules_are_limited() {
    let max = 2;
    let api = Api::start_limited(ReadLimits {
        computed_payees_max: max,
        computed_products_max: max,
        computed_rules_max: max + 1,
        active_rules_max: max,
        ..ReadLimits::default()
    })
    .await;
    api.sell(&[sale("a", "1", "2026-05-01")]).await;
    let payee = api.payee_named("ada").await;
    api.payee().await;
    check_computed(&api).await;
    for name in ["a", "b"] {
        api.create("products", json!({"name": name})).await;
        api.rule(name, json!({"allocations": [flat(&payee, "1")]}))
            .await;
    }
    check_computed(&api).await;
    let rule = api
        .rule("c", json!({"allocations": [flat(&payee, "1")]}))
        .await;
    check_refused(&api, &["3 active rules", "at most 2"]).await;
    let path = format!("/api/v1/rules/{}", rule["id"].as_str().unwrap());
    api.put(&path, json!({"status": "inactive"}))
        .await
        .expect(200);
    check_computed(&api).await;
    let draft = json!({"status": "draft", "allocations": [flat(&payee, "1")]});
    api.rule("d", draft).await;
    check_refused(&api, &["more than 3 rules"]).await;
}

#[tokio::test]
async fn one_product_or_payee_more_is_refused() {
    for (kind, limits) in [
        (
            "payees",
            ReadLimits {
                computed_payees_max: 1,
                ..ReadLimits::default()
            },
        ),
        (
            "products",
            ReadLimits {
                computed_products_max: 1,
                ..ReadLimits::default()
            },
        ),
    ] {
        let api = Api::start_limited(limits).await;
        api.sell(&[sale("a", "1", "2026-05-01")]).await;
        api.create(kind, json!({"name": "first"})).await;
        check_computed(&api).await;
        api.create(kind, json!({"name": "second"})).await;
        check_refused(&api, &[&format!("more than 1 {kind}")]).await;
    }
}

/// 1,001 payees share what no rule matches.
#[tokio::test]
async fn at_most_1000_payees_are_returned_and_all_are_in_the_csv() {
    let api = Api::start().await;
    let payee = |index: usize| {
        json!({"external_id": format!("p-{index:04}"), "name": "P",
        "fallback_percentage": "0.09"})
    };
    let payees: Vec<Value> = (0..1_001).map(payee).collect();
    for some in payees.chunks(100) {
        let body = json!({"records": some});
        api.post("/api/v1/payees/batch", body).await.expect(200);
    }
    api.sell(&[sale("a", "1000", "2026-05-01")]).await;
    let answer = api.post(PREVIEW, may()).await.expect(200);
    assert_eq!(answer["meta"]["payees"], 1_001);
    let rows = answer["data"]["payees"].as_array().unwrap();
    assert_eq!(rows.len(), 1_000);
    assert!(rows.is_sorted_by_key(|row| row["payee_id"].as_str()));
    assert_eq!(
        answer["data"]["totals"][0]["payees"]["due"], 1_001,
        "totals are of all"
    );
    assert_eq!(answer["data"]["totals"][0]["allocated"], "900.900");
    let (_, csv) = api.preview_as("text/csv", may()).await;
    assert_eq!(csv.lines().count(), 1 + 1_001);
    assert!(csv.contains("p-1000,"));
}

#[tokio::test]
async fn at_most_1000_lines_of_a_payee_are_returned() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    api.rule("r", json!({"allocations": [flat(&payee, "50")]}))
        .await;
    let day = |index: usize| format!("2026-05-{:02}T00:00:00Z", 1 + index % 31);
    let sales: Vec<Value> = (0..1_001)
        .map(|index| sale(&format!("r-{index}"), "2", &day(index)))
        .collect();
    api.sell(&sales).await;
    let body = with(may(), json!({"payee_id": payee}));
    let answer = api.post(PREVIEW, body).await.expect(200);
    let meta = json!({"payees": 1, "lines": 1_001});
    assert_eq!(answer["meta"], meta);
    let data = &answer["data"];
    let lines = data["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 1_000);
    let place = |line: &Value| {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        (text("occurred_at"), text("revenue_id"))
    };
    assert!(lines.is_sorted_by_key(place), "the first are returned");
    assert_eq!(lines[999]["occurred_at"], "2026-05-31T00:00:00+00:00");
    assert_eq!(
        data["payees"][0]["earned"], "1001.000",
        "the figures are of all"
    );
}

#[tokio::test]
async fn at_most_100_reversals_are_returned() {
    let api = Api::start().await;
    let mut revenues = vec![sale("a", "1000", "2026-05-01")];
    let refunds = (0..101).map(|index| refund(&format!("r-{index}"), "-1", "2026-05-02", "a"));
    revenues.extend(refunds);
    api.sell(&revenues).await;
    let answer = api.ask_explain("external_id=a").await.expect(200);
    assert_eq!(answer["meta"]["reversals"], 101);
    let rows = each(&answer["data"]["reversals"], "external_id");
    assert_eq!(rows.as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn at_most_100_others_are_returned_and_meta_counts_them() {
    let api = Api::start().await;
    let payee = api.payee_named("ada").await;
    let rule = |index: usize| {
        json!({"external_id": format!("r-{index}"), "name": "R", "priority": index,
            "allocations": [flat(&payee, "1")]})
    };
    let rules: Vec<Value> = (0..102).map(rule).collect();
    for some in rules.chunks(100) {
        let body = json!({"records": some});
        api.post("/api/v1/rules/batch", body).await.expect(200);
    }
    api.sell(&[sale("a", "1", "2026-05-01")]).await;
    let answer = api.ask_explain("external_id=a").await.expect(200);
    let others = answer["data"]["others"].as_array().unwrap();
    assert_eq!(
        (others.len(), &answer["meta"]["others"]),
        (100, &json!(101))
    );
    assert_eq!(others[99]["external_id"], "r-1", "the farthest is left out");
}
