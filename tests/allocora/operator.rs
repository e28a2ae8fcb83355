//! The operator's commands, as they are typed, and what they change for requests.

use std::ffi::OsString;

use admin::cli::{parse, run};
use domain::counting::{Numbers, counter};
use http::Method;
use serde_json::{Value, json};
use store::key;
use store::table::{Added, Checkpoint};

use crate::harness::Api;

/// Runs a command against the table of an API and reads its JSON.
pub async fn admin(api: &Api, command: &str) -> Result<Value, String> {
    let text = output(api, &format!("--output json {command}")).await?;
    Ok(serde_json::from_str(&text).unwrap())
}

/// Runs a command against the table of an API and returns its output, or the error message.
async fn output(api: &Api, command: &str) -> Result<String, String> {
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
async fn a_mistake_is_explained_in_a_sentence() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let nobody = "00000000-0000-7000-8000-000000000000";
    let cases = [
        (
            format!("key create --workspace {id} --name k --permission read:payee"),
            "\"read:payee\"",
        ),
        (
            format!("key create --workspace {id} --name k --permission read:payee"),
            "write:rules",
        ),
        (
            format!("key create --workspace {id} --name k"),
            "permission",
        ),
        (
            format!("key create --workspace {nobody} --name k --permission read:payees"),
            nobody,
        ),
        (format!("workspace show --workspace {nobody}"), nobody),
        ("key revoke --key 1234".to_owned(), "32 characters"),
        (
            format!("source create --workspace {id} --name API"),
            "\"API\"",
        ),
        (
            format!("category set --workspace {id} Bad-Name=x"),
            "\"Bad-Name\"",
        ),
        (
            format!(
                "key create --workspace {id} --name k --permission read:payees --expires-in=-1d"
            ),
            "-1d",
        ),
        ("--table absent workspace list".to_owned(), "\"absent\""),
        ("--table absent workspace list".to_owned(), "table create"),
    ];
    for (command, named) in cases {
        let mut words = vec!["allocora-admin", "--endpoint-url", &api.endpoint];
        if !command.starts_with("--table") {
            words.extend(["--table", &api.table]);
        }
        let words = words
            .into_iter()
            .chain(command.split(' '))
            .map(OsString::from);
        let message = match parse(words) {
            Ok(arguments) => run(arguments).await.map(drop).unwrap_err().sentence(),
            Err(error) => error.to_string(),
        };
        assert!(message.contains(named), "{command}: {message}");
    }
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

/// Adds to a counter without a revenue.
async fn tamper(api: &Api, counter: String, number: &str) {
    let checkpoint = Checkpoint {
        name: format!("tampered-{number}"),
        reached: "1".to_owned(),
    };
    let added = api
        .app
        .table
        .add(
            &key::counters(api.workspace.config.id, 1).key(counter),
            &Numbers::from([(number.to_owned(), 1)]),
            &checkpoint,
            "0",
        )
        .await
        .unwrap();
    assert!(matches!(added, Added::Applied(_)), "{added:?}");
}

#[tokio::test]
async fn verify_says_how_many_counters_differ() {
    let api = Api::start().await;
    let verify = format!(
        "totals verify --workspace {} --wait 0s",
        api.workspace.config.id
    );
    assert_eq!(output(&api, &verify).await.unwrap(), "0 counters differ");
    assert_eq!(admin(&api, &verify).await.unwrap(), json!([]));
    let year = counter::year("*", "2026");
    tamper(&api, year.clone(), "0531").await;
    tamper(&api, year.clone(), "0601").await;
    let text = output(&api, &verify).await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["1 counter differs", ""]);
    assert!(lines[2].starts_with("counter "), "{text}");
    assert_eq!(
        lines[3].split_whitespace().collect::<Vec<_>>(),
        [&year, "0531", "1", "0"]
    );
    tamper(&api, counter::product("p"), "n").await;
    let text = output(&api, &verify).await.unwrap();
    assert!(text.starts_with("2 counters differ\n\n"), "{text}");
    assert_eq!(text.lines().count(), 2 + 1 + 3, "{text}");
    let rows = admin(&api, &verify).await.unwrap();
    assert_eq!(rows.as_array().map(Vec::len), Some(3), "{rows}");
}

#[tokio::test]
async fn help_lists_the_permissions() {
    let api = Api::start().await;
    let help = output(&api, "key create --help").await.unwrap_err();
    for permission in registry::permissions() {
        assert!(help.contains(&permission), "{permission} in {help}");
    }
}

#[tokio::test]
async fn ids_are_never_positional() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let key = &api.key[9..41];
    for command in [
        format!("workspace show {id}"),
        format!("workspace shards {id} 4"),
        format!("workspace shards --workspace {id} 4"),
        format!("key list {id}"),
        format!("key rotate {key}"),
        format!("key revoke {key}"),
        format!("source list {id}"),
        format!("category list {id}"),
        format!("totals verify {id}"),
        format!("totals rebuild {id}"),
    ] {
        let message = output(&api, &command).await.unwrap_err();
        assert!(
            message.contains("--workspace <ID>")
                || message.contains("--key <KEY_ID>")
                || message.contains("unexpected argument"),
            "{command}: {message}"
        );
    }
}

#[tokio::test]
async fn an_invalid_value_is_quoted_and_cut() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let long = "x\u{200b}\n".repeat(100);
    let create = format!("key create --workspace {id} --name k --permission");
    for command in [
        "workspace show --workspace {value}",
        "{create} {value}",
        "category set --workspace {id} {value}=x",
        "category set --workspace {id} {value}",
        "{create} read:rules --expires-in {value}",
    ] {
        let command = command
            .replace("{create}", &create)
            .replace("{id}", &id.to_string())
            .replace("{value}", &long);
        let message = output(&api, &command).await.unwrap_err();
        assert!(message.contains("\"x\u{200b}\\nx"), "{message}");
        assert!(message.contains("…\""), "{message}");
        assert!(!message.contains(&long[..200]), "{message}");
    }
    let source = "Müller \\ \"Shop\"".replace(' ', "\u{a0}");
    let create = format!("source create --workspace {id} --name {source}");
    admin(&api, &create).await.unwrap();
    let message = admin(&api, &create).await.unwrap_err();
    assert!(message.contains(&json!(source).to_string()), "{message}");
}

#[tokio::test]
async fn a_key_in_a_wrong_place_is_never_repeated() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    for command in [
        "key revoke --key {key}",
        "key revoke {key}",
        "key rotate --key {key}",
        "workspace show --workspace {key}",
        "{key}",
        "--output {key} key list",
        "--table {key} workspace list",
        "key list --workspace={key}",
        "key create --workspace {id} --name k --permission {key}",
        "key create --workspace {id} --name {key} --all-permissions",
        "source create --workspace {id} --name {key}",
        "category set --workspace {id} {key}=x",
        "category set --workspace {id} x={key}",
    ] {
        let command = command
            .replace("{key}", &api.key)
            .replace("{id}", &id.to_string());
        let message = output(&api, &command).await.unwrap_err();
        assert!(!message.contains(&api.key[42..]), "{message}");
        assert!(message.contains("32 characters"), "{message}");
    }
    let sources = admin(&api, &format!("source list --workspace {id}")).await;
    assert_eq!(sources.unwrap().as_array().map(Vec::len), Some(1));
}
