//! The order in a batch: rows that touch the same record, or the same external id, run one after
//! another.

use crate::fixture::{create, kinds, path_of};
use crate::harness::Api;
use domain::payee::Payee;
use domain::permission::HasKind;
use domain::value::{ExternalId, FromText};
use serde_json::{Value, json};
use shared::batch::groups;
use store::key;
use store::table::{Action, Condition, Outcome};

const PAYEES: &str = "/api/v1/payees";

fn statuses(answer: &Value) -> Vec<&str> {
    let rows = answer["data"].as_array().unwrap();
    rows.iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect()
}

/// Sends a batch of payees and returns the ids of its rows.
async fn payees(api: &Api, records: Vec<Value>) -> Vec<Value> {
    let path = format!("{PAYEES}/batch");
    let made = api.post(&path, json!({"records": records})).await;
    let rows = made.expect(200)["data"].as_array().unwrap().clone();
    rows.iter().map(|row| row["id"].clone()).collect()
}

#[test]
fn steps_that_share_a_name_are_joined_in_one_group() {
    let joined = groups(vec![
        vec!["a"],
        vec!["b"],
        vec!["c"],
        vec!["b", "c"],
        vec!["a", "c"],
    ]);
    assert_eq!(joined, [[0, 1, 2, 3, 4]]);
    let apart = groups(vec![
        vec!["a"],
        vec!["b"],
        vec!["a", "b"],
        vec!["c"],
        vec!["b"],
    ]);
    assert_eq!(apart, [vec![0, 1, 2, 4], vec![3]]);
    let unnamed = groups(vec![vec![], vec!["a"], vec![]]);
    assert_eq!(unnamed, [[0], [1], [2]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_revenue_that_is_twice_in_a_batch_the_first_is_created() {
    let api = Api::start().await;
    for round in 0..4 {
        let row = |index: usize| {
            json!({"external_id": format!("{round}-{}", index / 2), "type": "sale",
                "amount": 1 + index % 2, "currency": "EUR", "occurred_at": "2026-01-01"})
        };
        let rows: Vec<Value> = (0..100).map(row).collect();
        let path = "/api/v1/revenues/batch";
        let answer = api.post(path, json!({"records": rows})).await.expect(200);
        let expected = ["created", "skipped_duplicate"].repeat(50);
        assert_eq!(statuses(&answer), expected, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_id_is_handed_on_within_a_batch() {
    let api = Api::start().await;
    for round in 0..3 {
        let name = |index: usize| format!("{round}-{index}");
        let named = (0..50).map(|index| json!({"name": "A", "external_id": name(index)}));
        let holders = payees(&api, named.collect()).await;
        let heirs = payees(&api, vec![json!({"name": "H"}); 50]).await;
        let pair = |index: usize| {
            let moved = format!("{}-old", name(index));
            [
                json!({"id": holders[index], "external_id": moved}),
                json!({"id": heirs[index], "external_id": name(index)}),
            ]
        };
        let rows: Vec<Value> = (0..50).flat_map(pair).collect();
        let path = format!("{PAYEES}/batch");
        let answer = api.put(&path, json!({"records": rows})).await.expect(200);
        assert_eq!(answer["meta"]["updated"], 100, "{:#}", answer["meta"]);
    }
}

#[tokio::test]
async fn an_outdated_cache_entry_hides_no_record_from_an_update() {
    let api = Api::start_here().await;
    for kind in kinds(&api).await {
        let record = kind.body(&json!({"external_id": "a"}));
        let upsert = format!("{}/upsert", kind.path());
        let made = api.post(&upsert, json!({"records": [record]})).await;
        let first = made.expect(200)["data"][0].clone();

        let other = api.restarted().await;
        let moved = json!({"external_id": "moved"});
        other.put(&path_of(&kind, &first), moved).await.expect(200);
        let rows = json!({"records": [{"external_id": "a", "name": "New"}]});
        let batch = format!("{}/batch", kind.path());
        let answer = api.put(&batch, rows.clone()).await.expect(200);
        let code = &answer["data"][0]["error"]["code"];
        assert_eq!(code, &json!("not_found"), "{kind}: nobody has it");
        let second = create(&other, &kind, json!({"external_id": "a"})).await;
        let answer = api.put(&batch, rows).await;
        let row = &answer.expect(200)["data"][0];
        let found = (&row["status"], &row["id"]);
        assert_eq!(found, (&json!("updated"), &second["id"]), "{kind}: {row:#}");
    }
}

#[tokio::test]
async fn references_that_an_earlier_row_made_new_are_looked_up() {
    let api = Api::start().await;
    let product = |category: &str, name: &str| json!({"external_id": "p", "name": name, "category": category});
    let course = product("course", "P");
    api.post("/api/v1/products", course).await.expect(201);
    let removed = [("course".to_owned(), String::new())];
    let workspace = api.workspace.config.id;
    admin::categories::set(&api.app, workspace, &removed)
        .await
        .unwrap();
    let api = api.restarted().await;
    let kept = json!({"records": [product("course", "Q")]});
    let kept = api.post("/api/v1/products/upsert", kept).await.expect(200);
    assert_eq!(statuses(&kept), ["updated"], "a stored category may stay");
    let records = json!({"records": [product("service", "R"), product("course", "S")]});
    let answer = api.put("/api/v1/products/batch", records).await.expect(200);
    assert_eq!(statuses(&answer), ["updated", "failed"], "it is new again");
    assert_eq!(
        answer["data"][1]["error"]["errors"][0]["pointer"],
        "#/category"
    );
}

#[tokio::test]
async fn a_record_that_gave_its_external_id_away_is_not_listed_under_it() {
    let api = Api::start().await;
    let named = json!({"name": "Ada", "external_id": "new"});
    let id = api.post(PAYEES, named).await.expect(201)["data"]["id"].clone();
    // As if the record was renamed after its claim was read.
    let old = ExternalId::from_text("old").unwrap();
    let claim = key::claim(api.workspace.config.id, Payee::KIND, &old);
    let put = Action::put(claim, Condition::Absent, &json!({"id": id})).unwrap();
    let written = api.app.table.write(vec![put], api.app.new_id()).await;
    assert!(matches!(written, Ok(Outcome::Applied)), "{written:?}");
    for (external_id, total) in [("old", 0), ("new", 1)] {
        let path = format!("{PAYEES}?external_id={external_id}");
        let listed = api.get(&path).await.expect(200);
        assert_eq!(listed["meta"]["total"], total, "{external_id}");
    }
}
