//! Generated events, of which none may make a function panic.

use fastrand::Rng;
use registry::operations;
use serde_json::{Value, json};

use crate::events::{answer, event, router_of};
use crate::harness::Api;

/// How many events are generated, if [`EVENTS_VARIABLE`] does not say more.
const EVENTS: usize = 5_000;
const EVENTS_VARIABLE: &str = "TEST_EVENTS";
/// One in so many generated events has a valid key.
const WITH_KEY_ONE_IN: usize = 50;

/// Pieces of paths, queries, headers and bodies that mean something to somebody.
const PIECES: [&str; 36] = [
    "/",
    "//",
    ".",
    "..",
    "%2e",
    "%2E%2e",
    "\\",
    "%5c",
    "%2f",
    "%",
    "%zz",
    "%ff",
    "?",
    "#",
    "&",
    "=",
    " ",
    "\"",
    "<",
    ">",
    "\0",
    "\r\n",
    "\u{7f}",
    "\u{9b}",
    "é",
    "😀",
    "\u{fffd}",
    "[",
    "::1",
    ":",
    "@",
    "api/v1/payees",
    "api/v1/rules",
    "search",
    "page",
    "x",
];

#[tokio::test]
async fn no_event_panics() {
    let events = std::env::var(EVENTS_VARIABLE).map_or(EVENTS, |text| text.parse().unwrap());
    let api = Api::start_here().await;
    let router = router_of(&api);
    let mut rng = Rng::with_seed(11);
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..events {
        let event = generated(&api.key, &mut rng);
        match answer(&router, event.clone()).await {
            // A panic in a handler would be a 500.
            Ok((status, body)) => {
                assert!((200..500).contains(&status), "{event}: {body:#}");
                answered += 1;
            }
            Err(error) => {
                assert!(
                    error.to_string().contains("payload format 2.0"),
                    "{event}: {error}"
                );
                refused += 1;
            }
        }
    }
    assert!(
        answered > events / 2 && refused > 0,
        "{answered} and {refused}"
    );
}

/// An event with odd parts, of which some have bytes missing, or too many.
fn generated(key: &str, rng: &mut Rng) -> String {
    let operations = operations();
    let mut text = |parts: usize| -> String {
        let parts = rng.usize(..=parts);
        (0..parts)
            .map(|_| PIECES[rng.usize(..PIECES.len())])
            .collect()
    };
    let (path, query, method) = (text(6), text(6), text(1));
    let (name, value, body) = (text(2), text(4), text(8));
    let (proto, host) = (text(2), text(3));
    let operation = &operations[rng.usize(..operations.len())];
    let path = match rng.usize(..3) {
        0 => path,
        1 => format!("{}{path}", operation.path),
        _ => operation.path.replace("{id}", &path),
    };
    let is_valid = rng.usize(..WITH_KEY_ONE_IN) == 0;
    let method = if rng.bool() {
        operation.method.as_str()
    } else {
        &method
    };
    let mut event = event(if is_valid { key } else { "none" }, method, &path, &query);
    event["headers"]["x-forwarded-proto"] = json!(proto);
    event["headers"]["host"] = json!(host);
    event["headers"]["content-type"] = json!("application/json");
    if rng.usize(..4) == 0 {
        event["headers"][name] = json!(value);
    }
    event["body"] = if rng.bool() { json!(body) } else { Value::Null };
    event["isBase64Encoded"] = json!(rng.usize(..4) == 0);
    let mut text = event.to_string();
    if rng.usize(..8) == 0 {
        let mut bytes = text.into_bytes();
        for _ in 0..rng.usize(1..4) {
            let place = rng.usize(..bytes.len());
            match rng.usize(..3) {
                0 => bytes[place] = rng.u8(..),
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, rng.u8(..)),
            }
        }
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    text
}
