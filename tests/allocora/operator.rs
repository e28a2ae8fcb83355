//! The operator's commands, as they are typed, and what they change for requests.

use std::ffi::OsString;

use admin::cli::{parse, run};
use http::Method;
use serde_json::{Value, json};

use crate::harness::Api;

/// Runs a command against the table of an API and reads its JSON.
pub async fn admin(api: &Api, command: &str) -> Result<Value, String> {
    let text = output(api, &format!("--output json {command}")).await?;
    Ok(serde_json::from_str(&text).unwrap())
}

/// Runs a command against the table of an API and returns its output, or the error message.
pub async fn output(api: &Api, command: &str) -> Result<String, String> {
    let table = [
        "allocora-admin",
        "--endpoint-url",
        &api.endpoint,
        "--table",
        &api.table,
    ];
    let words = table.into_iter().chain(command.split(' '));
    let arguments = parse(words.map(OsString::from)).map_err(|error| error.to_string())?;
    let output = run(arguments).await.map_err(|error| error.sentence())?;
    Ok(output.text)
}

async fn ping(api: &Api, key: &Value) -> u16 {
    api.call_as(
        key.as_str().unwrap(),
        Method::GET,
        "/api/allocora/ping",
        &Value::Null,
    )
    .await
    .status
}

#[tokio::test]
async fn a_workspace_begins_with_a_source_and_categories() {
    let api = Api::start().await;
    let created = admin(&api, "workspace create --name Acme").await.unwrap();
    let id = created["id"].as_str().unwrap();
    assert_eq!(
        admin(&api, &format!("workspace show --workspace {id}"))
            .await
            .unwrap()["name"],
        json!("Acme")
    );
    let all = admin(&api, "workspace list").await.unwrap();
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .any(|workspace| workspace["id"] == created["id"])
    );
    assert!(!all.to_string().contains("secret"));
    let sources = admin(&api, &format!("source list --workspace {id}"))
        .await
        .unwrap();
    assert_eq!(
        (&sources[0]["name"], &sources[0]["is_default"]),
        (&json!("API"), &json!(true))
    );
    let shop = admin(&api, &format!("source create --workspace {id} --name Shop"))
        .await
        .unwrap();
    assert_eq!(
        admin(&api, &format!("source list --workspace {id}"))
            .await
            .unwrap()[1]["id"],
        shop["id"]
    );
    let categories = admin(&api, &format!("category list --workspace {id}"))
        .await
        .unwrap();
    assert!(
        categories
            .as_array()
            .unwrap()
            .contains(&json!({"name": "saas_subscription", "label": "SaaS Subscription"}))
    );
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_its_workspace() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let command = format!(
        "key create --workspace {id} --name job --permission read:payees --permission write:payees --expires-in 90d"
    );
    let created = admin(&api, &command).await.unwrap();
    assert_eq!(
        created["permissions"],
        json!(["read:payees", "write:payees"])
    );
    assert!(
        created["expires_at"].as_str().unwrap()
            > api.workspace.config.created_at.to_string().as_str()
    );
    assert_eq!(ping(&api, &created["api_key"]).await, 200);
    let listed = admin(&api, &format!("key list --workspace {id}"))
        .await
        .unwrap();
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|key| key["key_id"] == created["key_id"])
    );
    let secret = &created["api_key"].as_str().unwrap()[42..];
    assert!(!listed.to_string().contains(secret) && !listed.to_string().contains("secret"));
}

#[tokio::test]
async fn a_rotated_key_lives_for_the_overlap() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let create = format!("key create --workspace {id} --name job --permission read:rules");
    let old = admin(&api, &create).await.unwrap();
    let new = admin(
        &api,
        &format!(
            "key rotate --key {} --overlap 1h",
            old["key_id"].as_str().unwrap()
        ),
    )
    .await
    .unwrap();
    assert_ne!(new["key_id"], old["key_id"]);
    assert_eq!(
        (&new["permissions"], &new["expires_at"]),
        (&old["permissions"], &Value::Null)
    );
    assert_eq!(
        (
            ping(&api, &old["api_key"]).await,
            ping(&api, &new["api_key"]).await
        ),
        (200, 200)
    );

    let old = admin(&api, &create).await.unwrap();
    let new = admin(
        &api,
        &format!(
            "key rotate --key {} --overlap 0s",
            old["key_id"].as_str().unwrap()
        ),
    )
    .await
    .unwrap();
    assert_eq!(
        (
            ping(&api, &old["api_key"]).await,
            ping(&api, &new["api_key"]).await
        ),
        (401, 200)
    );
    let again = admin(
        &api,
        &format!("key rotate --key {}", old["key_id"].as_str().unwrap()),
    )
    .await;
    assert!(
        again.unwrap_err().contains("expired"),
        "an ended key is not rotated"
    );
}

#[tokio::test]
async fn a_revoked_key_opens_nothing() {
    let api = Api::start().await;
    let create = format!(
        "key create --workspace {} --name job --all-permissions",
        api.workspace.config.id
    );
    let key = admin(&api, &create).await.unwrap();
    let revoke = format!("key revoke --key {}", key["key_id"].as_str().unwrap());
    let revoked = admin(&api, &revoke).await.unwrap();
    assert_eq!(
        admin(&api, &revoke).await.unwrap()["revoked_at"],
        revoked["revoked_at"],
        "revoking twice is once"
    );
    assert_eq!(ping(&api, &key["api_key"]).await, 401);
}

#[tokio::test]
async fn categories_are_added_relabelled_and_removed() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let before = admin(&api, &format!("category list --workspace {id}"))
        .await
        .unwrap();
    let set =
        format!("category set --workspace {id} podcast=Podcast saas_subscription=SaaS other=");
    let after = admin(&api, &set).await.unwrap();
    let after = after.as_array().unwrap();
    assert!(after.contains(&json!({"name": "podcast", "label": "Podcast"})));
    assert!(after.contains(&json!({"name": "saas_subscription", "label": "SaaS"})));
    assert!(!after.iter().any(|category| category["name"] == "other"));
    assert_eq!(after.len(), before.as_array().unwrap().len());
}

#[tokio::test]
async fn a_listed_key_has_a_status() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let create = format!("key create --workspace {id} --permission read:rules --name");
    let created = async |words: &str| {
        let key = admin(&api, &format!("{create} {words}")).await.unwrap();
        key["key_id"].as_str().unwrap().to_owned()
    };
    let active = created("a").await;
    let expires = created("b --expires-in 90d").await;
    let expired = created("c").await;
    let revoked = created("d --expires-in 90d").await;
    admin(&api, &format!("key rotate --key {expired} --overlap 0s"))
        .await
        .unwrap();
    admin(&api, &format!("key revoke --key {revoked}"))
        .await
        .unwrap();
    let listed = admin(&api, &format!("key list --workspace {id}"))
        .await
        .unwrap();
    let text = output(&api, &format!("key list --workspace {id}"))
        .await
        .unwrap();
    for (key, status) in [
        (active, "active"),
        (expires, "expires"),
        (expired, "expired"),
        (revoked, "revoked"),
    ] {
        let found = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["key_id"] == json!(key));
        assert_eq!(found.unwrap()["status"], json!(status), "{key}");
        let line = text.lines().find(|line| line.starts_with(&key)).unwrap();
        assert!(line.split_whitespace().any(|word| word == status), "{line}");
    }
}
