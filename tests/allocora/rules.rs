//! Rules: activation, saved versions and shares.

use serde_json::{Value, json};

use crate::harness::Api;

const RULES: &str = "/api/v1/rules";

async fn rule(api: &Api) -> (Value, String) {
    let body =
        json!({"name": "Rule", "allocations": [{"payee_id": api.payee().await, "percentage": 10}]});
    let created = api.post(RULES, body).await.expect(201)["data"].clone();
    let path = format!("{RULES}/{}", created["id"].as_str().unwrap());
    (created, path)
}

#[tokio::test]
async fn a_rule_is_activated_and_deactivated() {
    let api = Api::start().await;
    let (created, path) = rule(&api).await;
    let same = api
        .post(&format!("{path}/activate"), Value::Null)
        .await
        .expect(200)["data"]
        .clone();
    assert_eq!(same, created, "it is active already");
    let inactive = api
        .post(&format!("{path}/deactivate"), Value::Null)
        .await
        .expect(200)["data"]
        .clone();
    assert_eq!(
        (&inactive["status"], &inactive["version"]),
        (&json!("inactive"), &json!(2))
    );
    let active = api
        .post(&format!("{path}/activate"), json!({"version": 2}))
        .await
        .expect(200)["data"]
        .clone();
    assert_eq!(
        (&active["status"], &active["version"]),
        (&json!("active"), &json!(3))
    );
    api.post(&format!("{path}/deactivate"), json!({"version": 2}))
        .await
        .problem(409, "version_conflict");
    api.post(&format!("{path}/deactivate"), json!({"status": "draft"}))
        .await
        .problem(422, "validation_failed");
    api.post(&format!("{RULES}/nothing/activate"), Value::Null)
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn a_change_saves_the_state_that_it_replaces() {
    let api = Api::start().await;
    let (first, path) = rule(&api).await;
    let none = api.get(&format!("{path}/versions")).await.expect(200);
    assert_eq!(
        (&none["data"], &none["meta"]["total"]),
        (&json!([]), &json!(0))
    );
    api.put(&path, json!({"name": "Rule"})).await.expect(200);
    let payee = api.payee().await;
    let change = json!({"name": "Second", "allocations": [{"payee_id": payee, "percentage": 20}]});
    let second = api.put(&path, change).await.expect(200)["data"].clone();
    api.put(&path, json!({"external_id": "r", "priority": 5}))
        .await
        .expect(200);
    let ping = api.get("/api/allocora/ping").await.expect(200);
    let saved = api.get(&format!("{path}/versions")).await.expect(200);
    assert_eq!(saved["meta"]["total"], json!(2));
    let versions = &saved["data"];
    assert_eq!(
        (&versions[0]["version"], &versions[0]["rule"]),
        (&json!(2), &second)
    );
    assert_eq!(
        versions[0]["changed_fields"],
        json!(["external_id", "priority"])
    );
    assert_eq!(
        (&versions[1]["version"], &versions[1]["rule"]),
        (&json!(1), &first)
    );
    assert_eq!(
        versions[1]["changed_fields"],
        json!(["name", "allocations"])
    );
    assert_eq!(
        (&versions[1]["saved_by"], &versions[1]["saved_at"]),
        (&ping["key_id"], &second["updated_at"])
    );
    assert_eq!(
        api.get(&format!("{path}/versions/1")).await.expect(200)["data"],
        versions[1]
    );
    for version in ["3", "0", "x", "-1", "+1", "01", "1.0"] {
        api.get(&format!("{path}/versions/{version}"))
            .await
            .problem(404, "not_found");
    }
    api.get(&format!(
        "{RULES}/00000000-0000-7000-8000-000000000000/versions"
    ))
    .await
    .problem(404, "not_found");
}

#[tokio::test]
async fn saved_versions_are_paged_newest_first() {
    let api = Api::start().await;
    let (_, path) = rule(&api).await;
    for priority in 0..12 {
        api.put(&path, json!({"priority": priority}))
            .await
            .expect(200);
    }
    let numbers = |listed: &Value| -> Vec<u64> {
        listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|saved| saved["version"].as_u64().unwrap())
            .collect()
    };
    let first = api
        .get(&format!("{path}/versions?per_page=5"))
        .await
        .expect(200);
    assert_eq!(numbers(&first), [12, 11, 10, 9, 8]);
    let third = api
        .get(&format!("{path}/versions?per_page=5&page=3"))
        .await
        .expect(200);
    assert_eq!(
        (numbers(&third), &third["meta"]["last_page"]),
        (vec![2, 1], &json!(3))
    );
    let cursor = first["meta"]["next_cursor"].as_str().unwrap();
    let second = api
        .get(&format!("{path}/versions?per_page=5&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(numbers(&second), [7, 6, 5, 4, 3]);
    let (_, other) = rule(&api).await;
    api.get(&format!("{other}/versions?cursor={cursor}"))
        .await
        .problem(400, "malformed_query");
}

#[tokio::test]
async fn a_new_allocation_type_needs_new_allocations() {
    let api = Api::start().await;
    let (_, path) = rule(&api).await;
    let problems = api
        .put(&path, json!({"allocation_type": "tiered"}))
        .await
        .problems();
    assert_eq!(
        problems,
        [("#/allocations/0/tiers".to_owned(), "required".to_owned())]
    );
    let tiers = json!([{"up_to": "1000", "percentage": 5}, {"up_to": null, "percentage": 7.5}]);
    let body = json!({"allocation_type": "tiered", "allocations": [{"payee_id": api.payee().await, "tiers": tiers}]});
    let tiered = api.put(&path, body).await.expect(200)["data"].clone();
    assert_eq!(tiered["allocation_total"], json!(7.5));
    let problems = api
        .put(&path, json!({"allocation_type": "flat"}))
        .await
        .problems();
    assert_eq!(
        problems,
        [(
            "#/allocations/0/percentage".to_owned(),
            "required".to_owned()
        )]
    );
}

#[tokio::test]
async fn allocations_of_an_unknown_type_are_not_judged() {
    let api = Api::start().await;
    let tiers = json!([{"up_to": null, "percentage": 5}]);
    let body = json!({"name": "R", "allocation_type": "teired",
        "allocations": [{"payee_id": api.payee().await, "tiers": tiers}]});
    let problems = api.post("/api/v1/rules", body).await.problems();
    let expected = [("#/allocation_type".to_owned(), "invalid_value".to_owned())];
    assert_eq!(problems, expected);
}

#[tokio::test]
async fn a_rule_has_a_hundred_allocations_and_no_more() {
    let api = Api::start().await;
    let records = vec![json!({"name": "P"}); 100];
    let payees = api
        .post("/api/v1/payees/batch", json!({"records": records}))
        .await
        .expect(200);
    let mut allocations: Vec<Value> = payees["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!({"payee_id": row["id"], "percentage": 1}))
        .collect();
    let created = api
        .post(RULES, json!({"name": "All", "allocations": allocations}))
        .await
        .expect(201);
    assert_eq!(created["data"]["allocation_total"], json!(100));
    allocations.push(json!({"payee_id": api.payee().await, "percentage": 1}));
    let problems = api
        .post(RULES, json!({"name": "All", "allocations": allocations}))
        .await
        .problems();
    assert_eq!(
        problems,
        [("#/allocations".to_owned(), "too_many".to_owned())]
    );
}

#[tokio::test]
async fn rules_of_a_batch_may_name_payees_of_their_own() {
    let api = Api::start().await;
    let payee = api.payee().await;
    let records = json!([
        {"external_id": "a", "name": "A", "allocations": [{"payee_id": payee, "percentage": 1}]},
        {"external_id": "b", "name": "B", "allocations": [{"payee_id": "00000000-0000-7000-8000-000000000000", "percentage": 1}]},
    ]);
    let reply = api
        .post(&format!("{RULES}/upsert"), json!({"records": records}))
        .await
        .expect(200);
    assert_eq!(
        (&reply["data"][0]["status"], &reply["data"][1]["status"]),
        (&json!("created"), &json!("failed"))
    );
    assert_eq!(
        reply["data"][1]["error"]["errors"][0]["pointer"],
        json!("#/allocations/0/payee_id")
    );
}
