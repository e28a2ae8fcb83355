//! The log never contains personal data or secrets.

use domain::payee::Payee;
use domain::permission::HasKind;
use serde_json::json;
use store::key;
use store::table::Condition;

use crate::captured_log::Log;
use crate::harness::Api;

#[tokio::test]
async fn nothing_personal_and_no_secret_is_logged_at_any_level_of_ours() {
    let api = Api::start_here().await;
    let log = Log::at("debug");
    let body = json!({"name": "Ada Lovelace", "contact_email": "ada@example.com", "external_id": "crm-42"});
    api.post("/api/v1/payees", body.clone()).await.expect(201);
    api.post("/api/v1/payees", body)
        .await
        .problem(409, "already_exists");
    api.post(
        "/api/v1/payees",
        json!({"name": "Ada Lovelace", "crm-42": "ada@example.com"}),
    )
    .await
    .problems();
    api.get("/api/v1/payees?search=Lovelace").await.expect(200);
    api.get("/api/v1/payees/ada@example.com")
        .await
        .problem(404, "not_found");
    api.get(&format!("/ada@example.com/{}", api.key))
        .await
        .problem(404, "not_found");
    api.get(&format!("/api/v1/payees/{}?key={0}", api.key))
        .await
        .problem(400, "malformed_query");
    // An item that cannot be read is an internal error, whose cause is logged without its values.
    let payee = api.payee().await;
    let place = key::record(api.workspace.config.id, Payee::KIND, payee.parse().unwrap());
    let spoilt = json!({"metadata": "Ada Lovelace, ada@example.com"});
    let spoilt = api.app.table.set(&place, &Condition::Present, &spoilt);
    assert!(spoilt.await.unwrap());
    api.get(&format!("/api/v1/payees/{payee}"))
        .await
        .problem(500, "internal_error");
    let text = serde_json::to_string(&log.take()).unwrap();
    assert!(text.contains("reading an item failed"), "{text}");
    for secret in ["Lovelace", "ada@", "crm-42", &api.key[42..], "Bearer"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
