//! What the operator's tool says of a mistake.

use std::ffi::OsString;

use admin::cli::{parse, run};
use serde_json::json;
use store::key;
use store::table::Condition;

use crate::harness::Api;
use crate::operator::{admin, output};

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
            "--all-permissions",
        ),
        (
            format!("key create --workspace {id} --name k"),
            "the permissions are read:payees, write:payees, ",
        ),
        (
            format!("key create --workspace {id} --name k --permission"),
            "the permissions are read:payees, write:payees, ",
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
            format!("category set --workspace {id} ebook=E-Book nope="),
            "no category \"nope\" to remove; the workspace has saas_subscription, ",
        ),
        (
            format!(
                "key create --workspace {id} --name k --permission read:payees --expires-in=-1d"
            ),
            "-1d",
        ),
        (
            format!("totals rebuild --workspace {id} --wait 4000000d"),
            "at most 1h",
        ),
        (
            format!("totals verify --workspace {id} --wait 61m"),
            "at most 1h",
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
        assert!(message.contains(r#""x\u200b\nx"#), "{message}");
        assert!(message.contains("…\""), "{message}");
        assert!(!message.contains(&long[..200]), "{message}");
    }
    let source = "Müller \\ \"Shop\"".replace(' ', "\u{a0}");
    let create = format!("source create --workspace {id} --name {source}");
    admin(&api, &create).await.unwrap();
    let message = admin(&api, &create).await.unwrap_err();
    let quoted = json!(source).to_string().replace('\u{a0}', r"\u00a0");
    assert!(message.contains(&quoted), "{message}");
}

#[tokio::test]
async fn a_key_in_a_wrong_place_is_never_repeated() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let secret = &api.key[42..];
    let parts = [
        api.key.clone(),
        secret.to_owned(),
        secret[..40].to_ascii_uppercase(),
        format!("{}_{secret}", &api.key[9..41]),
    ];
    for command in [
        "key revoke --key {key}",
        "key revoke {key}",
        "key rotate --key {key}",
        "workspace show --workspace {key}",
        "{key}",
        "--{key}",
        "--output {key} key list",
        "--table {key} workspace list",
        "--endpoint-url {key} workspace list",
        "key list --workspace={key}",
        "key create --workspace {id} --name k --permission {key}",
        "key create --workspace {id} --name k --all-permissions --expires-in {key}",
        "key create --workspace {id} --name {key} --all-permissions",
        "source create --workspace {id} --name {key}",
        "category set --workspace {id} {key}=x",
        "category set --workspace {id} x={key}",
    ] {
        for part in &parts {
            let command = command
                .replace("{key}", part)
                .replace("{id}", &id.to_string());
            let message = output(&api, &command).await.unwrap_err();
            assert!(!message.contains(&part[part.len() - 24..]), "{message}");
            assert!(message.contains("32 characters"), "{message}");
        }
    }
    let sources = admin(&api, &format!("source list --workspace {id}")).await;
    assert_eq!(sources.unwrap().as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn nothing_that_a_terminal_obeys_is_printed() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let obeyed = |c: char| c.is_control() && c != '\n';
    let odd = "\u{1b}[2J\u{9b}31m\u{7f}\r\n";
    // As something else than this tool may have written it.
    let named = json!({"name": odd});
    assert!(
        api.app
            .table
            .set(&key::workspace(id), &Condition::Present, &named)
            .await
            .unwrap()
    );
    for format in ["text", "json"] {
        let command = format!("--output {format} workspace show --workspace {id}");
        let shown = output(&api, &command).await.unwrap();
        assert!(!shown.contains(obeyed), "{shown:?}");
        assert!(shown.contains(r"\u001b[2J\u009b31m\u007f"), "{shown}");
    }
    for words in [
        vec!["workspace", "list", "--\u{1b}[2J"],
        vec!["\u{1b}]0;title\u{7}"],
        vec!["workspace", "show", "--workspace", "\u{9b}31m"],
    ] {
        let words = std::iter::once("allocora-admin")
            .chain(words)
            .map(OsString::from);
        let error = parse(words).err().unwrap();
        let shown = error.render().ansi().to_string();
        // Its own colours are the only sequences.
        let shown = ["[0m", "[1m", "[31m", "[33m"]
            .iter()
            .fold(shown, |shown, colour| {
                shown.replace(&format!("\u{1b}{colour}"), "")
            });
        assert!(!shown.contains(obeyed), "{shown:?}");
    }
}
