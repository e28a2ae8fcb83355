//! Golden values: the stored records, and the derivation of revenue ids. Both outlive every
//! release.

use crate::counted_ids::CountedIds;
use crate::fixture::kinds;
use crate::harness::Api;
use domain::id::{self, WorkspaceId};
use domain::payee::Payee;
use domain::permission::HasKind;
use domain::rule::{Allocations, Rule};
use domain::value::{ExternalId, FromText, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use shared::clock::Clock;
use std::sync::atomic::{AtomicU64, Ordering};
use store::key::{self, Key};
use store::table::{Action, Condition};
use uuid::Uuid;

/// A clock that advances by a second each time it is read.
struct CountedSeconds(AtomicU64);

impl Clock for CountedSeconds {
    fn now(&self) -> Timestamp {
        let seconds = self.0.fetch_add(1, Ordering::Relaxed);
        let seconds = 1_780_000_000 + i64::try_from(seconds).unwrap();
        Timestamp::new(jiff::Timestamp::from_second(seconds).unwrap())
    }
}

fn uuid(text: &str) -> Uuid {
    text.parse().unwrap()
}

/// The vectors were computed by another program, in another language, from the description of
/// [`id::revenue`].
#[test]
fn revenue_ids_never_change() {
    let (one, two) = (
        uuid("0198c0de-0000-7000-8000-000000000001"),
        uuid("0198c0de-0000-7000-8000-000000000002"),
    );
    let longest = "x".repeat(255);
    let vectors = [
        (one, two, "order-1", "f516406a-3dad-8a58-8535-530507f133a7"),
        (one, two, "order-2", "bafe5fdb-7e57-860b-a2c7-3aa772370859"),
        (one, two, " ", "462c7e4a-6359-88fd-8cf9-b3f2e3f4de9d"),
        (one, two, "é", "c78445bd-07bb-83a9-9cfd-9c66e36ebf68"),
        (one, two, "e\u{301}", "9de191e0-9e30-87a2-86cf-e800a7b0dd72"),
        (one, two, "🦀", "11cda001-4912-8b3b-96c6-9a931371aa32"),
        (
            one,
            two,
            longest.as_str(),
            "7db3bfb4-4462-8b44-bc12-0084c9465b43",
        ),
        (two, one, "order-1", "4f32c231-e421-8a4a-9bcd-1d25fd7bfe06"),
    ];
    for (workspace, source, external_id, expected) in vectors {
        let external_id = ExternalId::from_text(external_id).unwrap();
        assert_eq!(
            id::revenue(WorkspaceId(workspace), source, &external_id),
            uuid(expected),
            "{external_id:?}"
        );
    }
}

/// The item at a key, without the nonce, which is new for each write.
pub async fn item(api: &Api, key: Key) -> Value {
    let mut item = api
        .app
        .table
        .get::<Value>(&[key])
        .await
        .unwrap()
        .remove(0)
        .expect("the item is there");
    assert!(
        item.as_object_mut()
            .unwrap()
            .remove("nonce")
            .unwrap()
            .is_string()
    );
    item
}

#[tokio::test]
async fn records_keep_their_stored_form() {
    let clock = CountedSeconds(AtomicU64::new(0));
    let ids = CountedIds(AtomicU64::new(1));
    let api = Api::start_in(Box::new(clock), Box::new(ids)).await;
    let workspace = api.workspace.config.id;
    let payee = api.post("/api/v1/payees", json!({
        "external_id": "crm-1", "name": "Ada", "payout_threshold": "50", "payout_currency": "eur",
        "fallback_percentage": "33.3333", "metadata": {"n": 1.5, "t": "x", "b": true, "i": -2}, "hold_until": "2026-12-31",
    })).await.expect(201)["data"].clone();
    let payee_id = uuid(payee["id"].as_str().unwrap());
    let stored = item(&api, key::record(workspace, Payee::KIND, payee_id)).await;
    assert_eq!(
        stored,
        json!({
            "PK": format!("W#{workspace}#PAYEE"), "SK": format!("E#{payee_id}"), "id": payee_id, "external_id": "crm-1",
            "name": "Ada", "type": "individual", "status": "active", "contact_name": null, "contact_email": null,
            "contact_phone": null, "on_hold": false, "hold_reason": null, "hold_until": "2026-12-31",
            "payout_threshold": "50.000", "payout_currency": "EUR", "fallback_percentage": 33.3333,
            "metadata": {"n": 1.5, "t": "x", "b": true, "i": -2}, "version": 1, "created_at": payee["created_at"],
            "updated_at": payee["updated_at"],
        })
    );
    let claim = item(
        &api,
        key::claim(
            workspace,
            Payee::KIND,
            &ExternalId::from_text("crm-1").unwrap(),
        ),
    )
    .await;
    assert_eq!(
        claim,
        json!({"PK": format!("W#{workspace}#PAYEE"), "SK": "X#crm-1", "id": payee_id})
    );

    let body = json!({"name": "R", "allocations": [{"payee_id": payee_id, "percentage": 12.5}]});
    let before = api.post("/api/v1/rules", body).await.expect(201)["data"].clone();
    let rule_id = uuid(before["id"].as_str().unwrap());
    let after = api
        .put(&format!("/api/v1/rules/{rule_id}"), json!({"priority": 1}))
        .await
        .expect(200)["data"]
        .clone();
    let saved = item(&api, key::saved_version(workspace, Rule::KIND, rule_id, 1)).await;
    assert_eq!(
        saved,
        json!({
            "PK": format!("W#{workspace}#RULE"), "SK": format!("V#{rule_id}#0000000001"), "version": 1,
            "saved_at": after["updated_at"], "saved_by": saved["saved_by"], "changed_fields": ["priority"], "record": before,
        })
    );
    let mut stored = after.clone();
    stored["PK"] = json!(format!("W#{workspace}#RULE"));
    stored["SK"] = json!(format!("E#{rule_id}"));
    assert_eq!(
        item(&api, key::record(workspace, Rule::KIND, rule_id)).await,
        stored
    );
}

/// What every stored record has, no matter which fields were added since.
#[derive(Serialize)]
struct Old {
    id: Uuid,
    external_id: Option<String>,
    name: &'static str,
    /// Of rules, which always have some.
    #[serde(skip_serializing_if = "Option::is_none")]
    allocations: Option<Allocations>,
    version: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[tokio::test]
async fn records_that_lack_newer_fields_are_read() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let id = Uuid::now_v7();
        let now = api.app.now();
        let allocations = kind.minimal.get("allocations");
        let old = Old {
            id,
            external_id: None,
            name: "Old",
            allocations: allocations.map(|json| serde_json::from_value(json.clone()).unwrap()),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let key = key::record(api.workspace.config.id, kind.declared(), id);
        let action = Action::put(key, Condition::Absent, &old).unwrap();
        api.app
            .table
            .write(vec![action], Uuid::now_v7())
            .await
            .unwrap();
        let read = api.get(&format!("{}/{id}", kind.path())).await.expect(200);
        assert_eq!(read["data"]["name"], json!("Old"), "{kind}");
    }
}

#[tokio::test]
async fn revenues_keep_their_stored_form() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let source = api.workspace.config.default_source;
    let body = json!({
        "external_id": "order-1", "type": "sale", "amount": "123456789012345.678", "currency": "EUR",
        "occurred_at": "2026-05-31T12:00:00.5+02:00", "external_product_identifier": "sku", "metadata": {"k": "v"},
    });
    let created = api.post("/api/v1/revenues", body).await.expect(201)["data"].clone();
    let id = id::revenue(
        workspace,
        source,
        &ExternalId::from_text("order-1").unwrap(),
    );
    assert_eq!(
        item(&api, key::revenue(workspace, id)).await,
        json!({
            "PK": format!("W#{workspace}#R#{id}"), "SK": "R", "GSI1PK": format!("W#{workspace}#L#0"),
            "GSI1SK": format!("2026-05-31T10:00:00.500000Z#{id}"), "id": id, "external_id": "order-1",
            "revenue_source_id": source, "external_product_identifier": "sku", "type": "sale",
            "amount": "123456789012345.678", "currency": "EUR", "occurred_at": "2026-05-31T10:00:00.500000+00:00",
            "original_external_id": null, "metadata": {"k": "v"}, "created_at": created["created_at"],
        })
    );
}
