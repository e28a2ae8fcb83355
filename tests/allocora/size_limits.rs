//! The greatest sizes that the documentation promises, and what is a little greater.

use crate::fixture::all_kinds;
use crate::harness::{Api, problems_of};
use serde_json::{Value, json};

/// Makes a part of a record from a text.
type Part = fn(String) -> Value;

const RULES: &str = "/api/v1/rules";

/// A field with a value of a size.
type Sized = fn(usize) -> Value;

fn text(characters: usize) -> Value {
    json!("é".repeat(characters))
}

fn texts(count: usize) -> Value {
    (0..count).map(|index| json!(format!("t{index}"))).collect()
}

fn email(characters: usize) -> Value {
    json!(format!("{}@b.example", "a".repeat(characters - 10)))
}

/// Metadata with so many keys.
fn keys(count: usize) -> Value {
    let pairs = (0..count).map(|index| (format!("k{index}"), json!(index)));
    Value::Object(pairs.collect())
}

/// Metadata with so many bytes.
fn bytes(bytes: usize) -> Value {
    let envelope = r#"{"k":""}"#.len();
    json!({"k": "x".repeat(bytes - envelope)})
}

#[tokio::test]
async fn texts_and_lists_have_their_documented_sizes() {
    let api = Api::start().await;
    let limits: [(&str, &str, usize, Sized, &str); 13] = [
        ("payees", "name", 255, text, "too_long"),
        ("payees", "contact_name", 255, text, "too_long"),
        ("payees", "contact_email", 254, email, "too_long"),
        ("payees", "contact_phone", 64, text, "too_long"),
        ("payees", "hold_reason", 500, text, "too_long"),
        ("products", "name", 255, text, "too_long"),
        ("products", "tags", 50, texts, "too_many"),
        ("rules", "name", 255, text, "too_long"),
        ("revenues", "external_id", 255, text, "too_long"),
        (
            "revenues",
            "external_product_identifier",
            255,
            text,
            "too_long",
        ),
        ("payees", "metadata", 50, keys, "too_many"),
        ("rules", "metadata", 8 * 1024, bytes, "too_long"),
        ("revenues", "metadata", 8 * 1024, bytes, "too_long"),
    ];
    let kinds = all_kinds(&api).await;
    for (name, field, greatest, sized, code) in limits {
        let kind = kinds.iter().find(|kind| kind.name == name).unwrap();
        let body = |size: usize| kind.body(&json!({field: sized(size)}));
        let created = api.post(&kind.path(), body(greatest)).await;
        let read = &created.expect(201)["data"][field];
        assert_eq!(*read, sized(greatest), "{name}: {field}");
        let problems = api.post(&kind.path(), body(greatest + 1)).await.problems();
        let expected = [(format!("#/{field}"), code.to_owned())];
        assert_eq!(problems, expected, "{name}: {field}");
    }
}

#[tokio::test]
async fn parts_of_lists_and_metadata_have_their_documented_sizes() {
    let api = Api::start().await;
    let kinds = all_kinds(&api).await;
    let parts: [(&str, &str, Part); 3] = [
        ("products", "tags", |part| json!([part])),
        ("payees", "metadata", |part| json!({part: 1})),
        ("revenues", "metadata", |part| json!({part: 1})),
    ];
    for (name, field, with) in parts {
        let kind = kinds.iter().find(|kind| kind.name == name).unwrap();
        let body = |characters: usize| kind.body(&json!({field: with("é".repeat(characters))}));
        api.post(&kind.path(), body(64)).await.expect(201);
        let problems = api.post(&kind.path(), body(65)).await.problems();
        let [(pointer, code)] = &problems[..] else {
            panic!("{name}: {problems:?}")
        };
        assert!(pointer.starts_with(&format!("#/{field}/")), "{pointer}");
        assert_eq!(code, "too_long", "{name}");
    }
}

#[tokio::test]
async fn a_dimension_of_a_match_has_100_values() {
    let api = Api::start().await;
    let rule =
        json!({"name": "R", "allocations": [{"payee_id": api.payee().await, "percentage": 1}]});
    for dimension in ["product_external_ids", "tags"] {
        let with = |count: usize| {
            let mut rule = rule.clone();
            rule["match"] = json!({dimension: texts(count)});
            rule
        };
        api.post(RULES, with(100)).await.expect(201);
        let problems = api.post(RULES, with(101)).await.problems();
        let expected = [(format!("#/match/{dimension}"), "too_many".to_owned())];
        assert_eq!(problems, expected);
    }
}

#[tokio::test]
async fn an_allocation_has_50_tiers() {
    let api = Api::start().await;
    let payee = api.payee().await;
    let rule = |count: usize| {
        let end = |tier: usize| (tier < count).then_some(tier);
        let tier = |tier: usize| json!({"up_to": end(tier), "percentage": 1});
        let tiers: Vec<Value> = (1..=count).map(tier).collect();
        json!({"name": "R", "allocation_type": "tiered",
            "allocations": [{"payee_id": payee, "tiers": tiers}]})
    };
    api.post(RULES, rule(50)).await.expect(201);
    let problems = api.post(RULES, rule(51)).await.problems();
    assert_eq!(
        problems,
        [("#/allocations/0/tiers".to_owned(), "too_many".to_owned())]
    );
}

/// 100 external ids of 200 characters are well below 56 KiB, but not if each character counts four
/// times: as JSON in a string of JSON, a quotation mark is escaped twice.
#[tokio::test]
async fn a_record_has_a_greatest_size_in_which_quotation_marks_count_fully() {
    let api = Api::start().await;
    let payee = api.payee().await;
    let rule = |characters: &str| {
        let id = |index: usize| json!(format!("{index:02}{}", characters.repeat(198)));
        let ids: Vec<Value> = (0..100).map(id).collect();
        json!({"name": "R", "match": {"product_external_ids": ids},
            "allocations": [{"payee_id": payee, "percentage": 1}]})
    };
    let created = api.post(RULES, rule("x")).await.expect(201)["data"]["id"].clone();
    let too_long = [("#".to_owned(), "too_long".to_owned())];
    for character in ["\"", "\\"] {
        let problems = api.post(RULES, rule(character)).await.problems();
        assert_eq!(problems, too_long, "{character}");
        let path = format!("{RULES}/{}", created.as_str().unwrap());
        let update = json!({"match": rule(character)["match"]});
        assert_eq!(
            api.put(&path, update).await.problems(),
            too_long,
            "{character}"
        );
    }
    let batch =
        json!({"records": [rule("\""), {"name": "S", "allocations": rule("")["allocations"]}]});
    let answer = api.post(&format!("{RULES}/batch"), batch).await.expect(200);
    assert_eq!(problems_of(&answer["data"][0]["error"]), too_long);
    assert_eq!(
        answer["data"][1]["status"], "created",
        "its neighbour is not concerned"
    );
}
