//! Products: archiving, categories and counted revenues.

use serde_json::{Value, json};

use crate::harness::Api;

const PRODUCTS: &str = "/api/v1/products";

async fn product(api: &Api, body: Value) -> Value {
    api.post(PRODUCTS, body).await.expect(201)["data"].clone()
}

#[tokio::test]
async fn a_product_is_archived_and_restored() {
    let api = Api::start().await;
    let created = product(&api, json!({"name": "Plan", "external_id": "p"})).await;
    let path = format!("{PRODUCTS}/{}", created["id"].as_str().unwrap());
    let archived = api.delete(&path, Value::Null).await.expect(200)["data"].clone();
    assert_eq!(
        (&archived["status"], &archived["version"]),
        (&json!("archived"), &json!(2))
    );
    assert_eq!(archived["archived_at"], archived["updated_at"]);
    assert_eq!(
        api.delete(&path, Value::Null).await.expect(200)["data"],
        archived,
        "archiving twice is once"
    );
    let restored = api
        .put(&path, json!({"status": "active"}))
        .await
        .expect(200)["data"]
        .clone();
    assert_eq!(
        (&restored["archived_at"], &restored["version"]),
        (&Value::Null, &json!(3))
    );
    api.delete(&path, json!({"version": 2}))
        .await
        .problem(409, "version_conflict");
    api.delete(&path, json!({"name": "x"}))
        .await
        .problem(422, "validation_failed");
    api.delete(&format!("{PRODUCTS}/nothing"), Value::Null)
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn products_are_archived_in_a_batch() {
    let api = Api::start().await;
    let first = product(&api, json!({"name": "A"})).await;
    product(&api, json!({"name": "B", "external_id": "b"})).await;
    let records = json!([{"id": first["id"]}, {"external_id": "b"}, {"external_id": "b"}, {"external_id": "c"}, {"id": first["id"], "name": "x"}, {}]);
    let reply = api
        .delete(&format!("{PRODUCTS}/batch"), json!({"records": records}))
        .await
        .expect(200);
    let statuses: Vec<&str> = reply["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        [
            "archived",
            "archived",
            "unchanged",
            "failed",
            "failed",
            "failed"
        ]
    );
    let meta =
        json!({"total": 6, "archived": 2, "unchanged": 1, "failed": 3, "outcome_unknown": 0});
    assert_eq!(reply["meta"], meta);
}

#[tokio::test]
async fn every_answer_lists_the_category_options() {
    let api = Api::start().await;
    let created = api
        .post(
            PRODUCTS,
            json!({"name": "A", "category": "saas_subscription"}),
        )
        .await
        .expect(201);
    let options = created["category_options"].as_array().unwrap();
    assert!(options.contains(&json!({"name": "saas_subscription", "label": "SaaS Subscription"})));
    let path = format!("{PRODUCTS}/{}", created["data"]["id"].as_str().unwrap());
    let answers = [
        api.get(PRODUCTS).await.expect(200),
        api.get(&path).await.expect(200),
        api.put(&path, json!({"name": "B"})).await.expect(200),
        api.post(
            &format!("{PRODUCTS}/upsert"),
            json!({"records": [{"external_id": "x", "name": "X"}]}),
        )
        .await
        .expect(200),
    ];
    for answer in answers {
        assert_eq!(answer["category_options"], created["category_options"]);
    }
}

#[tokio::test]
async fn a_category_can_be_used_as_soon_as_it_is_set() {
    let api = Api::start().await;
    api.post(PRODUCTS, json!({"name": "A", "category": "podcast"}))
        .await
        .problem(422, "validation_failed");
    let category = ("podcast".to_owned(), "Podcast".to_owned());
    admin::categories::set(&api.app, api.workspace.config.id, &[category])
        .await
        .unwrap();
    let created = api
        .post(PRODUCTS, json!({"name": "A", "category": "podcast"}))
        .await
        .expect(201);
    assert!(
        created["category_options"]
            .as_array()
            .unwrap()
            .contains(&json!({"name": "podcast", "label": "Podcast"}))
    );
}

#[tokio::test]
async fn a_product_counts_the_revenues_that_name_it() {
    let api = Api::start().await;
    let created = product(&api, json!({"name": "A", "external_id": "sku"})).await;
    let path = format!("{PRODUCTS}/{}", created["id"].as_str().unwrap());
    assert_eq!(
        api.get(&path).await.expect(200)["data"]["revenue_count"],
        json!(0)
    );
    for (index, product) in ["sku", "sku", "SKU", "other"].iter().enumerate() {
        let revenue = json!({
            "external_id": index.to_string(), "type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-01-01",
            "external_product_identifier": product,
        });
        api.post("/api/v1/revenues", revenue).await.expect(201);
    }
    assert_eq!(
        api.get(&path).await.expect(200)["data"]["revenue_count"],
        json!(2)
    );
    let listed = api.get(PRODUCTS).await.expect(200);
    assert_eq!(
        listed["data"][0].get("revenue_count"),
        None,
        "only reading one counts"
    );
}
