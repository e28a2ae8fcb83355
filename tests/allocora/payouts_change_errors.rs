//! What is refused in the changed rules of a preview, and where.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{PREVIEW, flat, may, tiered, with};

/// A payee, and two rules for him: `a` and `b`.
async fn fill(api: &Api) -> (Value, [Value; 2]) {
    let payee = api.payee_named("ada").await;
    let fields = json!({"allocations": [flat(&payee, "60")]});
    let a = api.rule("a", fields.clone()).await["id"].clone();
    let b = api.rule("b", fields).await["id"].clone();
    (payee, [a, b])
}

/// The pointers and codes of the problems of these changes, each as one text.
async fn problems(api: &Api, rules: Value) -> Vec<String> {
    let answer = api
        .post(PREVIEW, with(may(), json!({"rules": rules})))
        .await;
    let problems = answer.problems().into_iter();
    problems
        .map(|(pointer, code)| format!("{pointer} {code}"))
        .collect()
}

fn new(payee: &Value, fields: Value) -> Value {
    let rule = json!({"name": "N", "allocations": [flat(payee, "1")]});
    with(rule, fields)
}

#[tokio::test]
async fn a_rule_that_does_not_exist_is_not_found() {
    let api = Api::start().await;
    let (payee, _) = fill(&api).await;
    let rules = json!([{"id": payee}, {"id": uuid::Uuid::new_v4(), "name": ""}]);
    let expected = ["#/rules/0/id not_found", "#/rules/1/id not_found"];
    assert_eq!(problems(&api, rules).await, expected);
}

#[tokio::test]
async fn a_rule_that_is_named_twice_is_a_duplicate() {
    let api = Api::start().await;
    let (_, [a, b]) = fill(&api).await;
    let rules = json!([{"id": a}, {"id": b}, {"id": a}, {"id": a, "priority": 1}]);
    let expected = ["#/rules/2/id duplicate", "#/rules/3/id duplicate"];
    assert_eq!(problems(&api, rules).await, expected);
}

#[tokio::test]
async fn an_external_id_of_another_rule_is_a_duplicate() {
    let api = Api::start().await;
    let (payee, [a, b]) = fill(&api).await;
    let named = |name: &str| new(&payee, json!({"external_id": name}));
    let taken = "external_id duplicate";
    assert_eq!(
        problems(&api, json!([named("a")])).await,
        [format!("#/rules/0/{taken}")]
    );
    let changed = json!([{"id": a, "external_id": "b"}]);
    assert_eq!(
        problems(&api, changed).await,
        [format!("#/rules/0/{taken}")]
    );
    let both_new = json!([named("c"), named("c"), named("d")]);
    assert_eq!(
        problems(&api, both_new).await,
        [format!("#/rules/1/{taken}")]
    );
    // An earlier entry may free it, and a later one may not.
    let freed = json!([{"id": b, "external_id": null}, {"id": a, "external_id": "b"}]);
    api.preview_may(json!({"rules": freed})).await;
    let late = json!([{"id": a, "external_id": "b"}, {"id": b, "external_id": null}]);
    assert_eq!(problems(&api, late).await, [format!("#/rules/0/{taken}")]);
}

#[tokio::test]
async fn a_version_is_a_precondition() {
    let api = Api::start().await;
    let (_, [a, _]) = fill(&api).await;
    let path = format!("/api/v1/rules/{}", a.as_str().unwrap());
    api.put(&path, json!({"priority": 7})).await.expect(200);
    let rules = |version: Value| with(may(), json!({"rules": [{"id": a, "version": version}]}));
    api.post(PREVIEW, rules(json!(2))).await.expect(200);
    for version in [1, 3] {
        let answer = api.post(PREVIEW, rules(json!(version))).await;
        answer.problem(409, "version_conflict");
        let update = api.put(&path, json!({"version": version})).await;
        update.problem(409, "version_conflict");
    }
    let wrong = json!([{"id": a, "version": "2"}]);
    let expected = ["#/rules/0/version invalid_type"];
    assert_eq!(problems(&api, wrong).await, expected);
}

/// As in every request, what is wrong with the body comes before what the state does not allow.
#[tokio::test]
async fn problems_of_the_body_come_before_a_version_that_does_not_hold() {
    let api = Api::start().await;
    let (_, [a, b]) = fill(&api).await;
    let rules = json!([{"id": a, "version": 9}, {"id": b, "priority": -1}]);
    let expected = ["#/rules/1/priority out_of_range"];
    assert_eq!(problems(&api, rules).await, expected);
}

#[tokio::test]
async fn every_problem_of_every_rule_has_its_pointer() {
    let api = Api::start().await;
    let (payee, [a, b]) = fill(&api).await;
    let rules = json!([
        {"id": a, "priority": "high", "nmae": "x", "effective_from": "2026-13-01"},
        {"name": "N"},
        new(&payee, json!({"allocations": [flat(&payee, "60"), flat(&json!(uuid::Uuid::nil()), "60")]})),
        {"id": b, "allocations": [flat(&json!(uuid::Uuid::new_v4()), "1"), flat(&payee, "1")]},
        new(&payee, json!({"allocations": [{"payee_external_id": "Ada", "percentage": 1}]})),
        {"id": b, "accumulation": "year"},
        7,
        {"id": 7, "name": "N"},
        {"id": "7", "name": "N"},
    ]);
    let mut found = problems(&api, rules).await;
    found.sort();
    let mut expected = [
        "#/rules/0/priority invalid_type",
        "#/rules/0/nmae unknown_field",
        "#/rules/0/effective_from invalid_format",
        "#/rules/1/allocations required",
        "#/rules/2/allocations out_of_range",
        "#/rules/3/allocations/0/payee_id not_found",
        "#/rules/4/allocations/0/payee_external_id not_found",
        "#/rules/5/id duplicate",
        "#/rules/6 invalid_type",
        "#/rules/7/id invalid_type",
        "#/rules/8/id invalid_format",
    ];
    expected.sort();
    assert_eq!(found, expected);
}

/// Validated exactly as an update: the merged rule counts, not the fields that were sent.
#[tokio::test]
async fn a_change_is_checked_together_with_what_is_stored() {
    let api = Api::start().await;
    let (payee, [a, b]) = fill(&api).await;
    let path = |rule: &Value| format!("/api/v1/rules/{}", rule.as_str().unwrap());
    let dates = json!({"effective_from": "2026-05-10", "effective_to": "2026-05-20"});
    api.put(&path(&a), dates).await.expect(200);
    let tiers = tiered(&payee, "year", &[(None, "5")]);
    api.put(&path(&b), tiers).await.expect(200);
    let share = [flat(&payee, "1")];
    for (rule, change) in [
        (&a, json!({"effective_to": "2026-05-09"})),
        (&a, json!({"accumulation": "year"})),
        (&b, json!({"allocation_type": "flat", "allocations": share})),
        (&b, json!({"allocations": share})),
    ] {
        let updated = api.put(&path(rule), change.clone()).await.problems();
        let change = json!([with(json!({"id": rule}), change)]);
        let expected = updated.iter().map(|(pointer, code)| {
            format!("#/rules/0{} {code}", pointer.strip_prefix('#').unwrap())
        });
        let expected: Vec<String> = expected.collect();
        assert!(!expected.is_empty());
        assert_eq!(problems(&api, change).await, expected);
    }
}

#[tokio::test]
async fn at_most_20_rules_change() {
    let api = Api::start().await;
    let (payee, _) = fill(&api).await;
    let rules = |count: usize| json!(vec![new(&payee, json!({})); count]);
    api.preview_may(json!({"rules": rules(20)})).await;
    assert_eq!(problems(&api, rules(21)).await, ["#/rules too_many"]);
    let no_list = api
        .post(PREVIEW, with(may(), json!({"rules": {"id": 1}})))
        .await;
    let expected = [("#/rules".to_owned(), "invalid_type".to_owned())];
    assert_eq!(no_list.problems(), expected);
}

/// The payee and the rules are looked up together: both problems are reported.
#[tokio::test]
async fn an_unknown_payee_and_an_unknown_rule_are_reported_together() {
    let api = Api::start().await;
    fill(&api).await;
    let fields = json!({"payee_external_id": "Ada", "rules": [{"id": uuid::Uuid::nil()}]});
    let mut found = api.post(PREVIEW, with(may(), fields)).await.problems();
    found.sort();
    let not_found = |pointer: &str| (pointer.to_owned(), "not_found".to_owned());
    let expected = [not_found("#/payee_external_id"), not_found("#/rules/0/id")];
    assert_eq!(found, expected);
}
