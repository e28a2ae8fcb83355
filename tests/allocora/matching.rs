//! Matching: which revenue a rule applies to, and why it does not apply to another.

use domain::problem::{ErrorSink, Problems};
use domain::product::Product;
use domain::resource::Record;
use domain::revenue::Revenue;
use domain::rule::{Match, Sold};
use domain::value::FromJson;
use serde_json::{Value, json};

const PRODUCT: &str = "01a20766-0000-7000-8000-000000000001";
const OTHER: &str = "01a20766-0000-7000-8000-000000000002";
const SOURCE: &str = "01a20766-0000-7000-8000-000000000003";

fn rule(dimensions: Value) -> Match {
    serde_json::from_value(dimensions).unwrap()
}

fn revenue() -> Revenue {
    serde_json::from_value(json!({
        "id": OTHER, "external_id": "order-1", "revenue_source_id": SOURCE,
        "external_product_identifier": "sku", "type": "sale", "amount": "1.000", "currency": "EUR",
        "occurred_at": "2026-05-31T10:00:00+00:00", "original_external_id": null,
        "metadata": {"region": "EU", "seats": 3}, "created_at": "2026-05-31T10:00:00+00:00",
    }))
    .unwrap()
}

fn product(status: &str) -> Record<Product> {
    serde_json::from_value(json!({
        "id": PRODUCT, "external_id": "sku", "name": "Pro", "category": "saas",
        "tags": ["pro", "new"], "status": status, "version": 1,
        "created_at": "2026-01-01T00:00:00+00:00", "updated_at": "2026-01-01T00:00:00+00:00",
    }))
    .unwrap()
}

/// The dimension that does not match, with both values; null if all do.
fn mismatch(dimensions: Value, product: Option<&Record<Product>>) -> Value {
    json!(rule(dimensions).first_mismatch(Sold {
        revenue: &revenue(),
        product
    }))
}

#[test]
fn an_empty_match_matches_every_revenue() {
    assert_eq!(mismatch(json!({}), None), Value::Null);
    assert_eq!(mismatch(json!({}), Some(&product("active"))), Value::Null);
}

#[test]
fn each_dimension_matches_one_of_its_values_and_reports_both_sides_otherwise() {
    let cases = [
        (
            "product_ids",
            json!([OTHER, PRODUCT]),
            json!([OTHER]),
            json!(PRODUCT),
        ),
        (
            "product_external_ids",
            json!(["x", "sku"]),
            json!(["SKU"]),
            json!("sku"),
        ),
        (
            "categories",
            json!(["course", "saas"]),
            json!(["course"]),
            json!("saas"),
        ),
        (
            "tags",
            json!(["old", "new"]),
            json!(["old"]),
            json!(["pro", "new"]),
        ),
        (
            "revenue_source_ids",
            json!([SOURCE]),
            json!([OTHER]),
            json!(SOURCE),
        ),
        (
            "types",
            json!(["refund", "sale"]),
            json!(["refund"]),
            json!("sale"),
        ),
        (
            "currencies",
            json!(["USD", "EUR"]),
            json!(["USD"]),
            json!("EUR"),
        ),
    ];
    for (dimension, matching, other, value) in cases {
        let found = mismatch(json!({ dimension: matching }), Some(&product("active")));
        assert_eq!(found, Value::Null, "{dimension}");
        let found = mismatch(json!({ dimension: other }), Some(&product("active")));
        let expected = json!({"dimension": dimension, "rule": other, "revenue": value});
        assert_eq!(found, expected, "{dimension}");
    }
}

#[test]
fn an_archived_product_counts_and_a_missing_one_does_not() {
    for (dimension, value) in [
        ("product_ids", json!([PRODUCT])),
        ("categories", json!(["saas"])),
        ("tags", json!(["pro"])),
    ] {
        let dimensions = json!({ dimension: &value });
        let archived = mismatch(dimensions.clone(), Some(&product("archived")));
        assert_eq!(archived, Value::Null, "{dimension}");
        let missing = mismatch(dimensions, None);
        assert_eq!(missing["dimension"], json!(dimension));
        let nothing = if dimension == "tags" {
            json!([])
        } else {
            Value::Null
        };
        assert_eq!(missing["revenue"], nothing, "{dimension}");
        assert_eq!(missing["rule"], value, "{dimension}");
    }
    let by_identifier = json!({"product_external_ids": ["sku"]});
    assert_eq!(
        mismatch(by_identifier, None),
        Value::Null,
        "no product is needed"
    );
}

#[test]
fn metadata_asks_for_every_key_by_value() {
    let matches = json!({"metadata": {"region": "EU", "seats": 3}});
    assert_eq!(mismatch(matches, None), Value::Null);
    assert_eq!(
        mismatch(json!({"metadata": {"seats": 3}}), None),
        Value::Null
    );
    for (wanted, found) in [
        (json!({"seats": 4}), json!({"seats": 3})),
        (json!({"seats": "3"}), json!({"seats": 3})),
        (json!({"region": "EU", "vip": true}), json!({"vip": null})),
    ] {
        let failed = mismatch(json!({ "metadata": wanted }), None);
        assert_eq!(failed["dimension"], json!("metadata"), "{wanted}");
        assert_eq!(failed["revenue"], found, "{wanted}");
        let key = found.as_object().unwrap().keys().next().unwrap();
        assert_eq!(failed["rule"], json!({ key: wanted[key] }), "{wanted}");
    }
}

#[test]
fn numbers_in_metadata_match_however_they_are_written() {
    for (text, matches) in [
        (r#"{"metadata": {"seats": 3.0}}"#, true),
        (r#"{"metadata": {"seats": 3e0}}"#, true),
        (r#"{"metadata": {"seats": 3.5}}"#, false),
        (r#"{"metadata": {"seats": -3}}"#, false),
        (r#"{"metadata": {"seats": true}}"#, false),
    ] {
        let mut problems = Problems::default();
        let json = serde_json::from_str(text).unwrap();
        let rule = Match::from_json(&json, &mut ErrorSink::new(&mut problems)).unwrap();
        let mismatch = rule.first_mismatch(Sold {
            revenue: &revenue(),
            product: None,
        });
        assert_eq!(mismatch.is_none(), matches, "{text}");
    }
}

#[test]
fn a_revenue_without_a_product_identifier_matches_no_product() {
    let mut revenue = revenue();
    revenue.external_product_identifier = None;
    let mismatch = rule(json!({"product_external_ids": ["sku"]})).first_mismatch(Sold {
        revenue: &revenue,
        product: None,
    });
    let expected = json!({"dimension": "product_external_ids", "rule": ["sku"], "revenue": null});
    assert_eq!(json!(mismatch), expected);
    assert_eq!(
        rule(json!({})).first_mismatch(Sold {
            revenue: &revenue,
            product: None
        }),
        None
    );
}

#[test]
fn a_product_without_category_and_tags_matches_none() {
    let mut product = product("active");
    product.body.category = None;
    product.body.tags = serde_json::from_value(json!([])).unwrap();
    for (dimension, value) in [("categories", Value::Null), ("tags", json!([]))] {
        let found = mismatch(json!({ dimension: ["x"] }), Some(&product));
        let expected = json!({"dimension": dimension, "rule": ["x"], "revenue": value});
        assert_eq!(found, expected);
    }
}

#[test]
fn the_first_of_several_mismatches_is_reported_in_the_order_of_the_fields() {
    let mut dimensions = json!({
        "product_ids": [OTHER], "product_external_ids": ["x"], "categories": ["x"], "tags": ["x"],
        "revenue_source_ids": [OTHER], "types": ["refund"], "currencies": ["USD"],
        "metadata": {"region": "US"},
    });
    let order: Vec<String> = dimensions.as_object().unwrap().keys().cloned().collect();
    assert_eq!(order.len(), 8);
    for dimension in order {
        let found = mismatch(dimensions.clone(), Some(&product("active")));
        assert_eq!(found["dimension"], json!(dimension));
        dimensions.as_object_mut().unwrap().remove(&dimension);
    }
    assert_eq!(mismatch(dimensions, None), Value::Null);
}
