//! Which rule wins a revenue, by a matcher that knows no index: every rule is asked, in order.

use domain::payout::{Snapshot, in_order};
use domain::product::Product;
use domain::resource::Record;
use domain::revenue::Revenue;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::random_workspace::{WORKSPACE, Workspace, generate};

/// How many random workspaces are matched.
const WORKSPACES: u64 = 300;

pub fn read<T: DeserializeOwned>(values: &[Value]) -> Vec<T> {
    let read = |value: &Value| serde_json::from_value(value.clone()).unwrap();
    values.iter().map(read).collect()
}

/// The snapshot of a workspace.
pub fn snapshot(workspace: &Workspace) -> Snapshot {
    let products: Vec<Record<Product>> = read(&workspace.products);
    Snapshot::new(
        WORKSPACE,
        read(&workspace.rules),
        products,
        read::<Record<_>>(&workspace.payees),
    )
    .unwrap()
}

/// The revenues of a workspace, in the order of a computation.
pub fn ordered(workspace: &Workspace) -> Vec<Revenue> {
    in_order(WORKSPACE, read(&workspace.revenues))
}

/// Whether a list of a match is empty, or has one of the values.
fn has(rule: &Value, dimension: &str, values: &[&Value]) -> bool {
    match rule["match"].get(dimension).and_then(Value::as_array) {
        None => true,
        Some(wanted) => wanted.is_empty() || wanted.iter().any(|one| values.contains(&one)),
    }
}

/// Whether two values are equal: numbers by value.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one == other,
        (_, _) => one == other,
    }
}

/// Whether a rule applies to a revenue, by the JSON of both.
fn matches(rule: &Value, revenue: &Value, products: &[Value]) -> bool {
    let day = &revenue["occurred_at"].as_str().unwrap()[..10];
    let is_effective = rule["effective_from"]
        .as_str()
        .is_none_or(|from| from <= day)
        && rule["effective_to"].as_str().is_none_or(|to| day <= to);
    let identifier = &revenue["external_product_identifier"];
    let mut products = products.iter();
    let product =
        products.find(|product| identifier.is_string() && product["external_id"] == *identifier);
    let product = product.unwrap_or(&Value::Null);
    let tags: Vec<&Value> = product["tags"].as_array().into_iter().flatten().collect();
    let metadata = rule["match"].get("metadata").and_then(Value::as_object);
    let mut pairs = metadata.into_iter().flatten();
    rule["status"] == "active"
        && is_effective
        && has(rule, "product_ids", &[&product["id"]])
        && has(rule, "product_external_ids", &[identifier])
        && has(rule, "categories", &[&product["category"]])
        && has(rule, "tags", &tags)
        && has(rule, "revenue_source_ids", &[&revenue["revenue_source_id"]])
        && has(rule, "types", &[&revenue["type"]])
        && has(rule, "currencies", &[&revenue["currency"]])
        && pairs.all(|(key, value)| is_equal(&revenue["metadata"][key], value))
}

#[test]
fn the_winner_is_the_first_match_of_the_sorted_rules() {
    let first = fastrand::u64(0..1 << 48);
    let (mut won, mut ties, mut none) = (0, 0, 0);
    for seed in first..first + WORKSPACES {
        let workspace = generate(seed);
        let snapshot = snapshot(&workspace);
        let mut rules: Vec<&Value> = workspace.rules.iter().collect();
        let place = |rule: &&Value| {
            let id = rule["id"].as_str().unwrap().to_owned();
            (std::cmp::Reverse(rule["priority"].as_u64()), id)
        };
        rules.sort_by_key(place);
        for json in &workspace.revenues {
            let revenue: Revenue = serde_json::from_value(json.clone()).unwrap();
            let decision = snapshot.decide(&revenue);
            let matching: Vec<&&Value> = rules
                .iter()
                .filter(|rule| matches(rule, json, &workspace.products))
                .collect();
            let winner = decision.winner.map(|rule| json!(rule.id));
            let expected = matching.first().map(|rule| rule["id"].clone());
            assert_eq!(winner, expected, "seed {seed}: {json:#}");
            let is_tie = matching.len() > 1 && matching[0]["priority"] == matching[1]["priority"];
            assert_eq!(decision.is_tie, is_tie, "seed {seed}: {json:#}");
            won += usize::from(!matching.is_empty());
            ties += usize::from(is_tie);
            none += usize::from(matching.is_empty());
        }
    }
    assert!(
        won > 100 && ties > 100 && none > 100,
        "{won} won, {ties} ties, {none} without"
    );
}

/// Rules of which each asks for one value, and for a common one: the index finds each by its own.
#[test]
fn a_thousand_rules_that_differ_in_one_value_are_returned_apart() {
    let Workspace {
        products, payees, ..
    } = generate(1);
    let payee = payees[0]["id"].clone();
    let rule = |index: u128| {
        let id = uuid::Uuid::from_u128((3 << 64) + index);
        json!({"id": id, "name": "R", "status": "active", "priority": 100,
            "allocation_type": "flat", "allocations": [{"payee_id": payee, "percentage": 1}],
            "match": {"currencies": ["EUR", "USD"],
                "product_external_ids": [format!("sku-{index}"), format!("also-{index}")],
                "metadata": {"every": "rule", "n": index as u64}},
            "version": 1, "created_at": "2026-01-01T00:00:00+00:00",
            "updated_at": "2026-01-01T00:00:00+00:00"})
    };
    let rules: Vec<Value> = (0..1_000).map(rule).collect();
    let workspace = Workspace {
        rules,
        products,
        payees,
        revenues: Vec::new(),
        from: "",
        to: "",
        opening: "",
        payout_date: "",
    };
    let snapshot = snapshot(&workspace);
    let sold = |sku: String, n: u64, currency: &str| -> Revenue {
        serde_json::from_value(json!({"id": uuid::Uuid::from_u128(9), "external_id": "r",
            "revenue_source_id": uuid::Uuid::nil(), "external_product_identifier": sku,
            "type": "sale", "amount": "1.000", "currency": currency, "original_external_id": null,
            "occurred_at": "2026-05-01T00:00:00+00:00", "metadata": {"n": n, "every": "rule"},
            "created_at": "2026-05-01T00:00:00+00:00"}))
        .unwrap()
    };
    let winner = |revenue: &Revenue| {
        let decision = snapshot.decide(revenue);
        assert!(!decision.is_tie);
        decision.winner.map(|rule| json!(rule.id))
    };
    for (index, rule) in workspace.rules.iter().enumerate() {
        for sku in ["sku", "also"] {
            let revenue = sold(format!("{sku}-{index}"), index as u64, "USD");
            assert_eq!(winner(&revenue), Some(rule["id"].clone()), "{sku}-{index}");
        }
        assert_eq!(winner(&sold(format!("sku-{index}"), 1_000, "EUR")), None);
        assert_eq!(
            winner(&sold(format!("sku-{index}"), index as u64, "JPY")),
            None
        );
    }
}
