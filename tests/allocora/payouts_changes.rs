//! A preview with changed rules is what a preview says after they were really changed.

use serde_json::{Value, json};

use crate::harness::Api;
use crate::payouts_api::{each, flat, refund, sale, tiered, with};

/// Two payees, three rules, and sales and refunds from January to May.
struct Books {
    api: Api,
    ada: Value,
    bea: Value,
    /// 10 % to Ada.
    low: Value,
    /// 20 % to Bea, of greater priority, until the middle of May.
    high: Value,
    /// Tiers for Ada, not active.
    draft: Value,
}

impl Books {
    async fn fill() -> Self {
        let api = Api::start().await;
        let (ada, bea) = (api.payee_named("ada").await, api.payee_named("bea").await);
        let low = json!({"allocations": [flat(&ada, "10")]});
        let low = api.rule("low", low).await;
        let high = json!({"priority": 200, "effective_to": "2026-05-15",
            "allocations": [flat(&bea, "20")]});
        let high = api.rule("high", high).await;
        let tiers = [(Some("100"), "5"), (None, "50")];
        let draft = with(
            tiered(&ada, "year", &tiers),
            json!({"status": "draft", "priority": 300}),
        );
        let draft = api.rule("draft", draft).await;
        api.sell(&[
            sale("jan", "80", "2026-01-31"),
            sale("a", "100", "2026-05-01"),
            refund("r1", "-30", "2026-05-09", "a"),
            sale("b", "33.333", "2026-05-15"),
            sale("c", "50", "2026-05-16"),
            refund("r2", "-80", "2026-05-20", "jan"),
        ])
        .await;
        Self {
            api,
            ada,
            bea,
            low,
            high,
            draft,
        }
    }

    /// Previews with these changes, then makes them, and previews without them. Returns both
    /// without `compared`, and `compared`.
    async fn both(&self, changes: &[Value]) -> (Value, Value, Value) {
        let mut changed = self.api.preview_may(json!({"rules": changes})).await;
        let compared = changed["compared"].take();
        changed.as_object_mut().unwrap().remove("compared");
        let mut ids = Vec::new();
        for change in changes {
            ids.push(match change["id"].as_str() {
                Some(id) => {
                    let path = format!("/api/v1/rules/{id}");
                    self.api.put(&path, change.clone()).await.expect(200);
                    json!(id)
                }
                None => self.api.create("rules", change.clone()).await["id"].clone(),
            });
        }
        let real = self.api.preview_may(json!({})).await;
        (self.with_ids(changed, changes, &ids), real, compared)
    }

    /// The answer with the ids that new rules really got in the place of those that they had in
    /// the preview: these are greater than all others, in the order of the list.
    fn with_ids(&self, answer: Value, changes: &[Value], ids: &[Value]) -> Value {
        let mut text = answer.to_string();
        let known = [&self.low, &self.high, &self.draft].map(|rule| rule["id"].clone());
        let mut unknown: Vec<String> = answer["payees"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row["by_rule"].as_array().unwrap())
            .map(|row| &row["rule_id"])
            .chain(answer["rules_without_revenue"].as_array().unwrap())
            .filter(|id| id.is_string() && !known.contains(id))
            .map(|id| id.as_str().unwrap().to_owned())
            .collect();
        unknown.sort();
        unknown.dedup();
        let new = changes
            .iter()
            .zip(ids)
            .filter(|(change, _)| change["id"].is_null());
        let new: Vec<&Value> = new.map(|(_, id)| id).collect();
        assert_eq!(unknown.len(), new.len(), "{text}");
        for (unknown, real) in unknown.iter().zip(new) {
            text = text.replace(unknown, real.as_str().unwrap());
        }
        serde_json::from_str(&text).unwrap()
    }
}

/// Checks that these changes have the same result previewed and made, and that they make these
/// differences: the payee, and what he earns now and with the rules.
async fn check(books: &Books, changes: Value, differences: &[(&Value, &str, &str, &str)]) {
    let (changed, real, compared) = books.both(changes.as_array().unwrap()).await;
    assert_eq!(changed, real, "{changes:#}");
    let difference = |(payee, now, with_rules, difference): &(&Value, &str, &str, &str)| {
        json!({"payee_id": payee, "currency": "EUR", "now": now, "with_rules": with_rules,
            "difference": difference})
    };
    let expected: Value = differences.iter().map(difference).collect();
    assert_eq!(compared, expected, "{changes:#}");
}

/// Without changes, all but c is of high: Ada earns 5, and Bea 20 - 6 + 6.6666 - 16.
#[tokio::test]
async fn a_changed_priority() {
    let books = Books::fill().await;
    // Everything is of low: 10 - 3 + 3.3333 + 5 - 8.
    let changes = json!([{"id": books.high["id"], "priority": 99}]);
    let (ada, bea) = (&books.ada, &books.bea);
    let differences = [
        (ada, "5.000", "7.3333", "2.3333"),
        (bea, "4.6666", "0.000", "-4.6666"),
    ];
    check(&books, changes, &differences).await;
}

#[tokio::test]
async fn changed_dates() {
    let books = Books::fill().await;
    // a and jan move to low; b stays. Ada: 10 + 5 - 3 - 8.
    let changes = json!([{"id": books.high["id"], "effective_from": "2026-05-02",
        "effective_to": "2026-05-31"}]);
    let (ada, bea) = (&books.ada, &books.bea);
    let differences = [
        (ada, "5.000", "-1.000", "-6.000"),
        (bea, "4.6666", "16.6666", "12.000"),
    ];
    check(&books, changes, &differences).await;
}

#[tokio::test]
async fn a_rule_that_is_no_longer_active() {
    let books = Books::fill().await;
    let changes = json!([{"id": books.high["id"], "status": "inactive"},
        {"id": books.low["id"], "status": "archived"}]);
    let (ada, bea) = (&books.ada, &books.bea);
    let differences = [
        (ada, "5.000", "0.000", "-5.000"),
        (bea, "4.6666", "0.000", "-4.6666"),
    ];
    check(&books, changes, &differences).await;
}

/// Tiers whose sums begin before the period: 80 of January, then 20 at 5 % and 80 at 50 %.
#[tokio::test]
async fn a_draft_that_becomes_active() {
    let books = Books::fill().await;
    // a: 1 + 40. r1 takes 30/100 of that. b on 150: half. c on 183.333: half. r2 takes 4 back.
    let changes = json!([{"id": books.draft["id"], "status": "active", "version": 1}]);
    let (ada, bea) = (&books.ada, &books.bea);
    let differences = [
        (ada, "5.000", "66.3665", "61.3665"),
        (bea, "4.6666", "0.000", "-4.6666"),
    ];
    check(&books, changes, &differences).await;
}

#[tokio::test]
async fn changed_allocations_of_a_payee_by_external_id() {
    let books = Books::fill().await;
    let allocations = json!([{"payee_external_id": "ada", "percentage": 0.0001},
        {"payee_external_id": "bea", "percentage": 99.9999}]);
    let changes = json!([{"id": books.low["id"], "allocations": allocations}]);
    let (ada, bea) = (&books.ada, &books.bea);
    let differences = [
        (ada, "5.000", "0.00005", "-4.99995"),
        (bea, "4.6666", "54.66655", "49.99995"),
    ];
    check(&books, changes, &differences).await;
}

/// New rules are younger than all others, and than those before them in the list.
#[tokio::test]
async fn new_rules_lose_ties_to_older_ones_and_win_by_priority() {
    let books = Books::fill().await;
    let rule = |name: &str, fields: Value| {
        with(
            json!({"external_id": name, "name": name, "allocations": [flat(&books.ada, "1")]}),
            fields,
        )
    };
    // The first ties with high and with low, and loses; the others tie with each other.
    let second =
        json!({"priority": 400, "match": {"types": ["sale"]}, "effective_from": "2026-05-16"});
    let third = with(
        second.clone(),
        json!({"allocations": [flat(&books.bea, "50")]}),
    );
    let changes = json!([
        rule(
            "first",
            json!({"priority": 200, "effective_to": "2026-05-15"})
        ),
        rule("second", second),
        rule("third", third)
    ]);
    let (changed, real, compared) = books.both(changes.as_array().unwrap()).await;
    assert_eq!(changed, real);
    assert_eq!(
        each(&compared, "with_rules"),
        json!(["0.500"]),
        "{compared}"
    );
    assert_eq!(
        changed["rules_without_revenue"].as_array().unwrap().len(),
        3
    );
    assert_eq!(changed["exceptions"]["rule_tie"], 3, "a, b and c");
}

#[tokio::test]
async fn several_changes_at_once() {
    let books = Books::fill().await;
    let new = json!({"name": "N", "priority": 150, "match": {"product_external_ids": ["x"]},
        "allocations": [{"payee_external_id": "bea", "percentage": 1}]});
    let changes = [
        json!({"id": books.high["id"], "priority": 1, "external_id": "was-high"}),
        new,
        json!({"id": books.low["id"], "external_id": "high", "match": {"types": ["refund"]}}),
        json!({"id": books.draft["id"], "status": "active", "accumulation": "month"}),
    ];
    let (changed, real, compared) = books.both(&changes).await;
    assert_eq!(changed, real);
    assert_eq!(compared.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_change_that_changes_nothing_has_no_differences() {
    let books = Books::fill().await;
    let changes = json!([{"id": books.high["id"]}, {"id": books.low["id"], "name": "Other"}]);
    check(&books, changes, &[]).await;
}

#[tokio::test]
async fn a_preview_stores_nothing() {
    let books = Books::fill().await;
    let (rules, before) = (
        books.api.get("/api/v1/rules").await.expect(200),
        books.api.preview_may(json!({})).await,
    );
    books.api.wire.take();
    let new = json!({"external_id": "n", "name": "N", "allocations": [flat(&books.bea, "1")]});
    let changes = json!([{"id": books.high["id"], "priority": 1}, new]);
    books.api.preview_may(json!({"rules": changes})).await;
    for call in books.api.wire.take() {
        let reads = ["BatchGetItem", "Query", "GetItem"];
        assert!(
            reads.contains(&call.operation.as_str()),
            "{}",
            call.operation
        );
    }
    assert_eq!(books.api.get("/api/v1/rules").await.expect(200), rules);
    assert_eq!(books.api.preview_may(json!({})).await, before);
}

#[tokio::test]
async fn without_rules_nothing_is_compared() {
    let books = Books::fill().await;
    for fields in [json!({}), json!({"rules": []}), json!({"rules": null})] {
        let preview = books.api.preview_may(fields).await;
        assert_eq!(preview.get("compared"), None);
    }
}
