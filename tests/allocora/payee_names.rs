//! Rules whose payees are named by external id.

use http::Method;
use serde_json::{Value, json};

use crate::fixture::as_listed;
use crate::harness::{Api, problems_of};

pub const RULES: &str = "/api/v1/rules";
const PAYEES: &str = "/api/v1/payees";

/// A payee with this external id, and its id.
pub async fn payee(api: &Api, external_id: &str) -> Value {
    let body = json!({"external_id": external_id, "name": "Ada"});
    api.post(PAYEES, body).await.expect(201)["data"]["id"].clone()
}

fn by_external_id(external_id: &str, percentage: u32) -> Value {
    json!([{"payee_external_id": external_id, "percentage": percentage}])
}

pub fn by_id(id: &Value, percentage: u32) -> Value {
    json!([{"payee_id": id, "percentage": percentage}])
}

pub async fn create(api: &Api, external_id: &str, allocations: Value) -> Value {
    let body = json!({"external_id": external_id, "name": "R", "allocations": allocations});
    api.post(RULES, body).await.expect(201)["data"].clone()
}

fn path_of(rule: &Value) -> String {
    format!("{RULES}/{}", rule["id"].as_str().unwrap())
}

#[tokio::test]
async fn every_way_of_writing_names_payees_by_external_id() {
    let api = Api::start().await;
    let (ada, bea) = (payee(&api, "ada").await, payee(&api, "bea").await);
    let created = create(&api, "a", by_external_id("ada", 1)).await;
    assert_eq!(created["allocations"], by_id(&ada, 1));
    let path = path_of(&created);
    let change = json!({"allocations": by_external_id("bea", 2)});
    let updated = api.put(&path, change).await.expect(200)["data"].clone();
    assert_eq!(updated["allocations"], by_id(&bea, 2));

    let row = |external_id: &str, payee: &str, percentage| {
        json!({"external_id": external_id,
        "name": "R", "allocations": by_external_id(payee, percentage)})
    };
    let batch = format!("{RULES}/batch");
    let upsert = format!("{RULES}/upsert");
    let writes = [
        (Method::POST, &batch, row("b", "bea", 3), "created"),
        (Method::PUT, &batch, row("b", "ada", 4), "updated"),
        (Method::POST, &upsert, row("b", "bea", 5), "updated"),
        (Method::POST, &upsert, row("c", "ada", 6), "created"),
    ];
    for (method, path, row, status) in writes {
        let expected = match row["allocations"][0]["payee_external_id"] == "ada" {
            true => &ada,
            false => &bea,
        };
        let answer = api.call(method, path, &json!({"records": [row]})).await;
        let result = answer.expect(200)["data"][0].clone();
        assert_eq!(result["status"], status, "{result:#}");
        let allocation = &result["data"]["allocations"][0];
        let share = &row["allocations"][0]["percentage"];
        assert_eq!(
            allocation,
            &json!({"payee_id": expected, "percentage": share})
        );
    }
}

#[tokio::test]
async fn tiers_belong_to_payees_named_by_external_id_too() {
    let api = Api::start().await;
    let ada = payee(&api, "ada").await;
    let tiers = json!([{"up_to": null, "percentage": 5}]);
    let body = json!({"name": "R", "allocation_type": "tiered",
        "allocations": [{"payee_external_id": "ada", "tiers": tiers}]});
    let created = api.post(RULES, body).await.expect(201)["data"].clone();
    let expected = json!([{"payee_id": ada, "tiers": tiers}]);
    assert_eq!(created["allocations"], expected);
    let read = api.get(&path_of(&created)).await.expect(200)["data"].clone();
    let expected = json!([{"payee_id": ada, "payee_external_id": "ada", "tiers": tiers}]);
    assert_eq!(read["allocations"], expected);
}

#[tokio::test]
async fn reads_of_one_rule_show_the_external_ids_that_its_payees_have_now() {
    let api = Api::start().await;
    let (ada, nameless) = (payee(&api, "ada").await, api.payee().await);
    let allocations = json!([{"payee_external_id": "ada", "percentage": 1},
        {"payee_id": nameless, "percentage": 2}]);
    let created = create(&api, "r", allocations).await;
    let path = path_of(&created);
    let shown = async || {
        let read = api.get(&path).await.expect(200)["data"].clone();
        assert_eq!(as_listed(read.clone()), created);
        let [first, second] = &read["allocations"].as_array().unwrap()[..] else {
            panic!("there are two allocations: {read:#}")
        };
        assert_eq!(
            (&first["payee_id"], &second["payee_id"]),
            (&ada, &json!(nameless))
        );
        [&first["payee_external_id"], &second["payee_external_id"]].map(Value::clone)
    };
    assert_eq!(shown().await, [json!("ada"), Value::Null]);
    let renamed = json!({"records": [{"id": ada, "external_id": null},
        {"id": nameless, "external_id": "bea"}]});
    api.put(&format!("{PAYEES}/batch"), renamed)
        .await
        .expect(200);
    assert_eq!(shown().await, [Value::Null, json!("bea")]);

    let listed = api.get(RULES).await.expect(200);
    assert_eq!(listed["data"], json!([created]), "a list shows ids only");
    api.put(&path, json!({"priority": 1})).await.expect(200);
    let saved = api.get(&format!("{path}/versions")).await.expect(200);
    assert_eq!(
        saved["data"][0]["rule"], created,
        "and so do saved versions"
    );
}

#[tokio::test]
async fn a_rule_that_is_read_can_be_sent_back_or_sent_again() {
    let api = Api::start().await;
    payee(&api, "ada").await;
    let allocations = json!([{"payee_external_id": "ada", "percentage": 1},
        {"payee_id": api.payee().await, "percentage": 2}]);
    let created = create(&api, "r", allocations.clone()).await;
    let path = path_of(&created);
    let read = api.get(&path).await.expect(200)["data"].clone();
    assert_eq!(read["allocations"][0]["payee_external_id"], "ada");
    for body in [read.clone(), json!({"allocations": allocations})] {
        let same = api.put(&path, body.clone()).await.expect(200);
        assert_eq!(same["data"], created);
        let mut row = body;
        row["external_id"] = json!("r");
        row.as_object_mut().unwrap().remove("version");
        for (method, batch) in [(Method::PUT, "batch"), (Method::POST, "upsert")] {
            let records = json!({"records": [row]});
            let answer = api
                .call(method, &format!("{RULES}/{batch}"), &records)
                .await;
            let result = answer.expect(200)["data"][0].clone();
            assert_eq!(
                (&result["status"], &result["data"]),
                (&json!("unchanged"), &created)
            );
        }
    }
    let none = api.get(&format!("{path}/versions")).await.expect(200);
    assert_eq!(none["meta"]["total"], json!(0));
    let mut copy = read;
    copy["external_id"] = json!("copy");
    let copied = api.post(RULES, copy).await.expect(201);
    assert_eq!(copied["data"]["allocations"], created["allocations"]);
}

#[tokio::test]
async fn an_external_id_names_the_payee_that_has_it_now() {
    let api = Api::start().await;
    let (first, second) = (payee(&api, "ada").await, payee(&api, "bea").await);
    let rule = create(&api, "r", by_external_id("ada", 1)).await;
    // Another process has not seen the old names, and this one has.
    let other = api.restarted().await;
    let renamed = json!({"records": [{"id": first, "external_id": "old"},
        {"id": second, "external_id": "ada"}]});
    other
        .put(&format!("{PAYEES}/batch"), renamed)
        .await
        .expect(200);
    let path = path_of(&rule);
    let sent = json!({"allocations": by_external_id("ada", 1)});
    let updated = api.put(&path, sent).await.expect(200)["data"].clone();
    assert_eq!(
        (&updated["allocations"], &updated["version"]),
        (&by_id(&second, 1), &json!(2))
    );
    let sent = json!({"allocations": by_external_id("bea", 1)});
    let expected = [(
        "#/allocations/0/payee_external_id".to_owned(),
        "not_found".to_owned(),
    )];
    assert_eq!(api.put(&path, sent).await.problems(), expected);
}

#[tokio::test]
async fn an_unknown_external_id_fails_its_own_record_and_is_quoted() {
    let api = Api::start().await;
    let ada = payee(&api, "ada").await;
    let product = json!({"external_id": "sku", "name": "A product is no payee"});
    api.post("/api/v1/products", product).await.expect(201);
    let row = |external_id: &str| {
        json!({"external_id": external_id, "name": "R",
        "allocations": by_external_id(external_id, 1)})
    };
    let records = json!({"records": [row("ada"), row("Ada"), row("sku"), row("ada")]});
    let answer = api
        .post(&format!("{RULES}/upsert"), records)
        .await
        .expect(200);
    let rows = answer["data"].as_array().unwrap();
    let statuses: Vec<_> = rows
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["created", "failed", "failed", "unchanged"]);
    assert_eq!(rows[0]["data"]["allocations"], by_id(&ada, 1));
    for (row, name) in [(&rows[1], "Ada"), (&rows[2], "sku")] {
        let expected = json!([{"pointer": "#/allocations/0/payee_external_id", "code": "not_found",
            "detail": format!("there is no payee with the external id \"{name}\" in this workspace")}]);
        assert_eq!(row["error"]["errors"], expected);
        assert_eq!(row["retryable"], json!(false));
    }
}

#[tokio::test]
async fn payees_of_another_workspace_are_unknown_by_external_id() {
    let api = Api::start().await;
    payee(&api, "ada").await;
    create(&api, "r", by_external_id("ada", 1)).await;
    let foreign = api.foreign_key().await;
    let rule = json!({"name": "R", "allocations": by_external_id("ada", 1)});
    let answer = api.call_as(&foreign, Method::POST, RULES, &rule).await;
    let expected = [(
        "#/allocations/0/payee_external_id".to_owned(),
        "not_found".to_owned(),
    )];
    assert_eq!(answer.problems(), expected);
    let list = format!("{RULES}?payee_external_id=ada");
    let listed = api
        .call_as(&foreign, Method::GET, &list, &Value::Null)
        .await;
    assert_eq!(listed.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn a_key_for_rules_alone_names_payees_by_external_id() {
    let api = Api::start().await;
    payee(&api, "ada").await;
    let rule = create(&api, "r", by_external_id("ada", 1)).await;
    let writer = api.key_with(&["write:rules"]).await;
    let body = json!({"name": "R", "allocations": by_external_id("ada", 1)});
    let written = api.call_as(&writer, Method::POST, RULES, &body).await;
    assert_eq!(written.expect(201)["data"].get("allocations"), None);
    // What is stored does not show in the problem of a key that may not read it.
    let other =
        json!([{"payee_id": api.payee().await, "payee_external_id": "ada", "percentage": 1}]);
    let path = path_of(&rule);
    let body = json!({"allocations": other});
    let refused = api.call_as(&writer, Method::PUT, &path, &body).await;
    let problem = refused.problem(422, "validation_failed");
    let expected = [(
        "#/allocations/0/payee_external_id".to_owned(),
        "invalid_value".to_owned(),
    )];
    assert_eq!(problems_of(&problem), expected);
    let stored = rule["allocations"][0]["payee_id"].as_str().unwrap();
    assert!(!problem.to_string().contains(stored), "{problem:#}");

    let reader = api.key_with(&["read:rules"]).await;
    let read = api.call_as(&reader, Method::GET, &path, &Value::Null).await;
    let read = read.expect(200)["data"]["allocations"].clone();
    assert_eq!(read[0]["payee_external_id"], "ada");
}
