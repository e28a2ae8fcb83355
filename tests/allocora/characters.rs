//! Characters that nobody sees, and letters in upper and lower case.

use serde_json::{Value, json};

use crate::fixture::{create, kinds};
use crate::harness::Api;
use crate::operator::{admin, output};

/// Characters of every kind that shows nothing, as messages quote them.
const INVISIBLE: [(&str, &str); 18] = [
    ("\u{7f}", r"\u007f"),
    ("\u{85}", r"\u0085"),
    ("\u{a0}", r"\u00a0"),
    ("\u{ad}", r"\u00ad"),
    ("\u{61c}", r"\u061c"),
    ("\u{1680}", r"\u1680"),
    ("\u{200b}", r"\u200b"),
    ("\u{200e}", r"\u200e"),
    ("\u{2028}", r"\u2028"),
    ("\u{202e}", r"\u202e"),
    ("\u{202f}", r"\u202f"),
    ("\u{2060}", r"\u2060"),
    ("\u{2066}", r"\u2066"),
    ("\u{2800}", r"\u2800"),
    ("\u{3000}", r"\u3000"),
    ("\u{fe0f}", r"\ufe0f"),
    ("\u{feff}", r"\ufeff"),
    ("\u{e0041}", r"\udb40\udc41"),
];

#[tokio::test]
async fn a_quoted_value_shows_what_cannot_be_seen() {
    let api = Api::start().await;
    for (invisible, shown) in INVISIBLE {
        let text = format!("E{invisible}R é😀");
        let body = json!({"name": "x", "payout_currency": text, "type": text});
        let problem = api.post("/api/v1/payees", body).await;
        let problem = problem.problem(422, "validation_failed");
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 2, "{problem}");
        for error in errors {
            let detail = error["detail"].as_str().unwrap();
            let quoted = format!("got \"E{shown}R é😀\"");
            assert!(detail.contains(&quoted), "{shown}: {detail}");
            // It is JSON.
            let got = detail.split("got ").nth(1).unwrap();
            assert_eq!(serde_json::from_str::<Value>(got).unwrap(), json!(text));
        }
    }
    let amount = json!({"type": "sale", "amount": {"a\u{202e}": 1}, "currency": "EUR",
        "occurred_at": "2026-05-31", "external_id": "\u{7f}"});
    let problem = api.post("/api/v1/revenues", amount).await;
    let problem = problem.problem(422, "validation_failed").to_string();
    assert!(!problem.contains(['\u{7f}', '\u{202e}']), "{problem}");
}

#[tokio::test]
async fn a_name_has_a_visible_character() {
    let api = Api::start().await;
    let invisible = INVISIBLE.iter().map(|(text, _)| *text);
    let invisible = invisible.filter(|text| !text.contains(char::is_control));
    let all: String = invisible.clone().collect::<Vec<_>>().join(" ");
    for kind in kinds(&api).await {
        for name in invisible.clone().chain([all.as_str(), "\u{200b} \u{200b}"]) {
            let mut body = kind.body(&json!({}));
            body["name"] = json!(name);
            let problems = api.post(&kind.path(), body).await.problems();
            let expected = [("#/name".to_owned(), "too_short".to_owned())];
            assert_eq!(problems, expected, "{kind} {name:?}");
        }
        let name = "\u{200f}🧑\u{200d}🌾\u{fe0f}";
        let created = create(&api, &kind, json!({"name": name})).await;
        assert_eq!(created["name"], json!(name), "{kind}");
    }
    let id = api.workspace.config.id;
    let command = format!("source create --workspace {id} --name \u{200b}");
    let error = admin(&api, &command).await.unwrap_err();
    assert!(error.contains("visible"), "{error}");
}

#[tokio::test]
async fn the_tool_shows_what_cannot_be_seen() {
    let api = Api::start().await;
    let id = api.workspace.config.id;
    let name = "Shop\u{202e}lia\u{200b}\u{e0041}";
    let shown = r"Shop\u202elia\u200b\udb40\udc41";
    let create = format!("source create --workspace {id} --name {name}");
    assert_eq!(admin(&api, &create).await.unwrap()["name"], json!(name));
    for format in ["text", "json"] {
        let list = format!("--output {format} source list --workspace {id}");
        let listed = output(&api, &list).await.unwrap();
        assert!(listed.contains(shown), "{listed:?}");
        assert!(!listed.contains('\u{202e}'), "{listed:?}");
    }
    for command in [create, format!("workspace {name}"), format!("--{name}")] {
        let error = output(&api, &command).await.unwrap_err();
        assert!(error.contains(shown), "{error:?}");
        assert!(!error.contains('\u{202e}'), "{error:?}");
    }
}

#[tokio::test]
async fn a_search_compares_letter_by_letter() {
    let api = Api::start().await;
    let texts = ["ΟΔΟΣ 1", "οδος 2", "οδοσ 3", "ΣΟΦΟΣ", "STRASSE", "straße"];
    let cases = [
        ("ΟΔΟΣ", 3),
        ("οδος", 3),
        ("οδοσ", 3),
        ("οδοσ 1", 1),
        ("ΟΔΟΣ 2", 1),
        ("ΔΟ", 3),
        ("σ", 4),
        ("ς", 4),
        ("Σ", 4),
        ("σοφος", 1),
        ("strasse", 1),
        ("STRAẞE", 1),
    ];
    let mut lists = Vec::new();
    for kind in kinds(&api).await {
        for text in texts {
            create(&api, &kind, json!({"name": text})).await;
        }
        lists.push(kind.path());
    }
    for text in texts {
        let revenue = json!({"type": "sale", "amount": 1, "currency": "EUR",
            "occurred_at": "2026-05-31", "external_id": text});
        api.post("/api/v1/revenues", revenue).await.expect(201);
    }
    lists.push("/api/v1/revenues".to_owned());
    for list in lists {
        for (search, expected) in cases {
            let query = form_urlencoded(search);
            let found = api.get(&format!("{list}?search={query}")).await.expect(200);
            assert_eq!(
                found["meta"]["total"],
                json!(expected),
                "{list} {search}: {found}"
            );
        }
    }
    let id = api.workspace.config.id;
    let create = |name: &str| format!("source create --workspace {id} --name {name}");
    admin(&api, &create("ΟΔΟΣ")).await.unwrap();
    let taken = admin(&api, &create("οδοσ")).await.unwrap_err();
    assert!(taken.contains("already has a source"), "{taken}");
}

/// The text in a query.
fn form_urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
