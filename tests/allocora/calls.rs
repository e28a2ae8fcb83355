//! The DynamoDB calls of each operation: what an operation costs is part of what is promised.

use crate::fixture::{Kind, kinds};
use crate::harness::Api;
use http::Method;
use serde_json::{Value, json};

/// The calls since the last time, as in `BatchGetItem 1, PutItem 1`.
pub fn calls(api: &Api) -> String {
    let counts = api.wire.count();
    counts
        .iter()
        .map(|(operation, count)| format!("{operation} {count}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn rows(kind: &Kind, count: usize, name: &str) -> Value {
    let row = |index| kind.body(&json!({"external_id": format!("row-{index}"), "name": name}));
    json!({"records": (0..count).map(row).collect::<Vec<_>>()})
}

/// The calls that rules make in addition to those of every kind: payees that they newly name are
/// looked up, in one call.
fn with_lookups(kind: &Kind, calls: &str) -> String {
    match (kind.name.as_str(), calls) {
        ("rules", "") => "BatchGetItem 1".to_owned(),
        ("rules", calls) if calls.starts_with("BatchGetItem 1") => {
            calls.replacen("BatchGetItem 1", "BatchGetItem 2", 1)
        }
        ("rules", calls) => format!("BatchGetItem 1, {calls}"),
        (_, calls) => calls.to_owned(),
    }
}

#[tokio::test]
async fn single_operations_on_records_cost_the_fewest_calls() {
    let api = Api::start_here().await;
    for kind in kinds(&api).await {
        api.wire.take();
        let created = api
            .post(&kind.path(), kind.body(&json!({"external_id": "a"})))
            .await
            .expect(201);
        assert_eq!(
            calls(&api),
            with_lookups(&kind, "TransactWriteItems 1"),
            "{kind}"
        );
        api.post(&kind.path(), kind.body(&json!({})))
            .await
            .expect(201);
        assert_eq!(calls(&api), with_lookups(&kind, "PutItem 1"), "{kind}");

        let path = format!(
            "{}/{}",
            kind.path(),
            created["data"]["id"].as_str().unwrap()
        );
        api.get(&path).await.expect(200);
        // A product also has a counter of the revenues that name it, a rule external ids of payees.
        let has_more = ["products", "rules"].contains(&kind.name.as_str());
        let expected = format!("BatchGetItem {}", if has_more { 2 } else { 1 });
        assert_eq!(calls(&api), expected, "{kind}");
        api.put(&path, json!({"name": "New"})).await.expect(200);
        // A rule saves the state that it replaces.
        let saved = kind.name == "rules";
        assert_eq!(
            calls(&api),
            if saved {
                "BatchGetItem 1, TransactWriteItems 1"
            } else {
                "BatchGetItem 1, PutItem 1"
            },
            "{kind}"
        );
        api.put(&path, json!({"external_id": "b"}))
            .await
            .expect(200);
        assert_eq!(
            calls(&api),
            "BatchGetItem 1, TransactWriteItems 1",
            "{kind}"
        );
        api.put(&path, json!({"external_id": "b"}))
            .await
            .expect(200);
        assert_eq!(calls(&api), "BatchGetItem 1", "{kind}");

        api.get(&kind.path()).await.expect(200);
        assert_eq!(calls(&api), "Query 1", "{kind}");
        api.get(&format!("{}?external_id=b", kind.path()))
            .await
            .expect(200);
        assert_eq!(calls(&api), "BatchGetItem 2", "{kind}");
    }
}

#[tokio::test]
async fn upserts_write_new_records_together_and_changed_ones_alone() {
    let api = Api::start_here().await;
    for kind in kinds(&api).await {
        let upsert = format!("{}/upsert", kind.path());
        let write = if kind.name == "rules" {
            "TransactWriteItems"
        } else {
            "PutItem"
        };
        api.wire.take();
        api.post(&upsert, rows(&kind, 1, "One")).await.expect(200);
        assert_eq!(
            calls(&api),
            with_lookups(&kind, "BatchGetItem 1, TransactWriteItems 1"),
            "{kind}"
        );
        api.post(&upsert, rows(&kind, 100, "One")).await.expect(200);
        let created = calls(&api);
        assert!(
            created.ends_with("TransactWriteItems 2"),
            "{kind}: {created}"
        );

        // In the process that wrote them, which knows where the external ids lead.
        api.post(&upsert, rows(&kind, 1, "Two")).await.expect(200);
        assert_eq!(calls(&api), format!("BatchGetItem 1, {write} 1"), "{kind}");
        api.post(&upsert, rows(&kind, 100, "Three"))
            .await
            .expect(200);
        assert_eq!(
            calls(&api),
            format!("BatchGetItem 1, {write} 100"),
            "{kind}"
        );
        api.post(&upsert, rows(&kind, 100, "Three"))
            .await
            .expect(200);
        assert_eq!(calls(&api), "BatchGetItem 1", "{kind}");
    }
}

#[tokio::test]
async fn upserts_of_a_new_process_look_at_the_claims_first() {
    let api = Api::start_here().await;
    for kind in kinds(&api).await {
        let upsert = format!("{}/upsert", kind.path());
        let write = if kind.name == "rules" {
            "TransactWriteItems"
        } else {
            "PutItem"
        };
        api.post(&upsert, rows(&kind, 100, "One")).await.expect(200);
        let path = format!("{}?external_id=row-0", kind.path());
        let before = api.get(&path).await.expect(200)["data"][0]["id"].clone();

        let other = api.restarted().await;
        other
            .post(&upsert, rows(&kind, 100, "Two"))
            .await
            .expect(200);
        assert_eq!(
            calls(&other),
            format!("BatchGetItem 2, {write} 100"),
            "{kind}"
        );
        let records = json!({"records": [{"id": before, "external_id": "moved"}]});
        other
            .put(&format!("{}/batch", kind.path()), records)
            .await
            .expect(200);
        other
            .post(&upsert, rows(&kind, 1, "Three"))
            .await
            .expect(200);

        // The first process has an old hint, and finds the new record all the same.
        let again = api.post(&upsert, rows(&kind, 1, "Four")).await.expect(200)["data"][0].clone();
        assert_eq!(
            (&again["status"], &again["data"]["version"]),
            (&json!("updated"), &json!(2)),
            "{kind}"
        );
        assert_ne!(again["id"], before, "{kind}");
    }
}

/// One call for all claims of a batch, in place of the one for payees that are newly named by id.
#[tokio::test]
async fn payees_named_by_external_id_cost_one_read() {
    let api = Api::start_here().await;
    let payee = |index| json!({"external_id": format!("p-{index}"), "name": "P"});
    let payees: Vec<Value> = (0..100).map(payee).collect();
    let payees = json!({"records": payees});
    let payees = api.post("/api/v1/payees/upsert", payees).await.expect(200);
    let share = |payee: String| json!({"payee_external_id": payee, "percentage": 1});
    let rule = |index: usize| {
        let shares = [
            share(format!("p-{index}")),
            share(format!("p-{}", (index + 1) % 100)),
        ];
        json!({"external_id": format!("r-{index}"), "name": "R", "allocations": shares})
    };
    api.wire.take();
    let created = api.post("/api/v1/rules", rule(0)).await.expect(201);
    assert_eq!(calls(&api), "BatchGetItem 1, TransactWriteItems 1");
    let path = format!("/api/v1/rules/{}", created["data"]["id"].as_str().unwrap());
    api.put(&path, rule(0)).await.expect(200);
    assert_eq!(calls(&api), "BatchGetItem 2", "the rule and the claims");
    api.put(&path, json!({"name": "R"})).await.expect(200);
    assert_eq!(calls(&api), "BatchGetItem 1", "no allocations are sent");

    let rules = json!({"records": (0..100).map(rule).collect::<Vec<_>>()});
    api.post("/api/v1/rules/upsert", rules.clone())
        .await
        .expect(200);
    assert_eq!(calls(&api), "BatchGetItem 3, TransactWriteItems 2");
    api.post("/api/v1/rules/upsert", rules).await.expect(200);
    assert_eq!(calls(&api), "BatchGetItem 2");

    let mixed =
        json!([share("p-0".into()), {"payee_id": payees["data"][1]["id"], "percentage": 1}]);
    let mixed = json!({"name": "R", "allocations": mixed});
    api.post("/api/v1/rules", mixed).await.expect(201);
    assert_eq!(calls(&api), "BatchGetItem 2, PutItem 1");
    api.get("/api/v1/rules?payee_external_id=p-0")
        .await
        .expect(200);
    assert_eq!(calls(&api), "BatchGetItem 1, Query 1");
    api.get("/api/v1/rules?payee_external_id=nobody")
        .await
        .expect(200);
    assert_eq!(calls(&api), "BatchGetItem 1");
}

#[tokio::test]
async fn warm_access_costs_nothing_and_cold_access_two_reads() {
    let api = Api::start_here().await;
    api.get("/api/allocora/ping").await.expect(200);
    assert_eq!(calls(&api), "");
    let key = api.key_with(&["read:payees"]).await;
    api.wire.take();
    let ping = async || {
        api.call_as(&key, Method::GET, "/api/allocora/ping", &Value::Null)
            .await
            .expect(200)
    };
    ping().await;
    // The update notes the first use, while the workspace is read.
    assert_eq!(calls(&api), "BatchGetItem 1, Query 1, UpdateItem 1");
    ping().await;
    assert_eq!(calls(&api), "");
    let junk = format!("{}x", &api.key[..api.key.len() - 1]);
    api.call_as(&junk, Method::GET, "/api/allocora/ping", &Value::Null)
        .await
        .problem(401, "unauthenticated");
    assert_eq!(calls(&api), "", "junk is refused without a read");
}

/// The rows of a numbered page, and the counts of those before it and after it.
#[tokio::test]
async fn a_numbered_page_costs_one_read_and_two_counts() {
    let api = Api::start_here().await;
    for kind in kinds(&api).await {
        api.post(&format!("{}/upsert", kind.path()), rows(&kind, 60, "One"))
            .await
            .expect(200);
        api.wire.take();
        for (query, expected) in [
            ("per_page=100", "Query 1"),
            ("page=1", "Query 2"),
            ("page=2", "Query 3"),
            ("page=3", "Query 2"),
            ("page=99", "Query 1"),
            // A short list is read once.
            ("page=2&search=one", "Query 1"),
            // The first rows, those after them, and the page.
            ("per_page=1&page=2&search=one", "Query 2"),
            ("per_page=1&page=59&search=one", "Query 3"),
        ] {
            let path = format!("{}?{query}", kind.path());
            api.get(&path).await.expect(200);
            assert_eq!(calls(&api), expected, "{path}");
        }
    }
}
