//! Keys: what proves one, for how long the proof holds, and what is noted of its use.

use crate::hand_clock::HandClock;
use crate::harness::{Api, Reply, request};
use crate::wire::{Fault, Wire};
use admin::keys::NewKey;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::auth::{CACHE_LIFETIME, KEY_PREFIX, Token};
use std::time::{Duration, Instant};
use store::key;
use store::table::Condition;
use uuid::Uuid;

const PING: &str = "/api/allocora/ping";
const MINUTE: Duration = Duration::from_secs(60);

async fn ping(api: &Api, key: &str) -> u16 {
    call(api, key).await.status
}

async fn call(api: &Api, key: &str) -> Reply {
    api.call_as(key, Method::GET, PING, &Value::Null).await
}

/// A key to the workspace of an API, with any permission.
async fn new_key(api: &Api, expires_in: Option<SignedDuration>) -> NewKey {
    let (workspace, permissions) = (api.workspace.config.id, ["read:payees".to_owned()]);
    admin::keys::create(&api.app, workspace, "job", &permissions, expires_in)
        .await
        .unwrap()
}

/// A key of the right form with the id of a real one and a secret of its own.
fn forged(key: &str) -> String {
    let id = key[KEY_PREFIX.len()..].split('_').next().unwrap();
    Token::new(Uuid::try_parse(id).unwrap(), [7; 32]).reveal()
}

/// CRC-32, bit by bit.
fn checksum(text: &str) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
    let byte = |crc: u32, byte: u8| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc));
    !text.bytes().fold(u32::MAX, byte)
}

#[tokio::test]
async fn another_secret_never_opens_a_known_key() {
    let api = Api::start_here().await;
    let forged = forged(&api.key);
    call(&api, &forged).await.problem(401, "unauthenticated");
    assert_eq!(api.wire.count().len(), 0, "the cached key refuses it");

    let cold = api.over(Wire::before(&api.endpoint).await).await;
    for attempt in 1..=2 {
        call(&cold, &forged).await.problem(401, "unauthenticated");
        let calls: Vec<_> = cold.wire.count().into_iter().collect();
        let read = [("BatchGetItem".to_owned(), 1)];
        assert_eq!(calls, read, "neither cached nor a use: attempt {attempt}");
    }
    assert_eq!(ping(&cold, &api.key).await, 200);
    assert_eq!(ping(&cold, &forged).await, 401);
    assert_eq!(
        ping(&cold, &api.key).await,
        200,
        "the good key stays cached"
    );
}

#[tokio::test]
async fn a_key_of_another_form_is_refused_without_a_read() {
    let api = Api::start_here().await;
    let (id, secret) = ("0".repeat(32), "0".repeat(64));
    let key = |id: &str, secret: &str| {
        let covered = format!("{KEY_PREFIX}{id}_{secret}");
        format!("{covered}{:08x}", checksum(&covered))
    };
    call(&api, &key(&id, &secret))
        .await
        .problem(401, "unauthenticated");
    assert_eq!(api.wire.count().len(), 1, "this one could exist");
    for malformed in [
        key(&id[1..], &secret),
        key(&format!("{id}0"), &secret),
        key(&format!("{}#", &id[1..]), &secret),
        key(&id, &format!("{}g", &secret[1..])),
        key(&id, &secret).replacen("live", "test", 1),
        format!("{}0", key(&id, &secret)),
    ] {
        call(&api, &malformed).await.problem(401, "unauthenticated");
        assert_eq!(api.wire.count().len(), 0, "{malformed}");
    }
}

#[tokio::test]
async fn a_key_ends_at_its_instant_even_in_the_cache() {
    let clock = HandClock::new();
    let api = Api::start_at(&clock).await;
    let key = new_key(&api, Some("10s".parse().unwrap())).await.api_key;
    assert_eq!(ping(&api, &key).await, 200);
    clock.forward(Duration::from_millis(9_999));
    assert_eq!(ping(&api, &key).await, 200);
    clock.forward(Duration::from_millis(1));
    assert_eq!(ping(&api, &key).await, 401, "at its very end");
}

#[tokio::test]
async fn a_revocation_takes_30_seconds_at_most() {
    assert_eq!(CACHE_LIFETIME, SignedDuration::from_secs(30));
    let clock = HandClock::new();
    let api = Api::start_at(&clock).await;
    let key = new_key(&api, None).await;
    assert_eq!(ping(&api, &key.api_key).await, 200);
    admin::keys::revoke(&api.app, &key.key_id).await.unwrap();
    clock.forward(Duration::from_secs(30));
    assert_eq!(ping(&api, &key.api_key).await, 401);
}

#[tokio::test]
async fn the_last_use_is_written_every_15_minutes() {
    let clock = HandClock::new();
    let api = Api::start_at(&clock).await;
    let key = new_key(&api, None).await;
    for (minutes, writes) in [(0, 1), (1, 0), (14, 1), (1, 0)] {
        clock.forward(minutes * MINUTE);
        api.wire.take();
        assert_eq!(ping(&api, &key.api_key).await, 200);
        let written = api.wire.count().get("UpdateItem").copied();
        assert_eq!(written.unwrap_or(0), writes, "after {minutes} minutes");
    }
    let listed = admin::keys::list(&api.app, api.workspace.config.id).await;
    let listed = listed
        .unwrap()
        .into_iter()
        .find(|one| one.key_id == key.key_id);
    let noted = api.app.now().instant() - SignedDuration::from_mins(1);
    assert_eq!(listed.unwrap().last_used_at.unwrap().instant(), noted);
}

#[tokio::test]
async fn writing_the_last_use_delays_a_request_by_half_a_second_at_most() {
    let api = Api::start_here().await;
    let key = new_key(&api, None).await.api_key;
    api.wire.only("UpdateItem");
    api.wire.next(Fault::Silence, usize::MAX);
    let start = Instant::now();
    assert_eq!(ping(&api, &key).await, 200);
    // Far below the deadline of a request, and far above what a busy machine needs.
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn noting_a_use_never_creates_a_key() {
    let api = Api::start_here().await;
    let absent = key::api_key(&"0".repeat(32));
    let used = json!({"last_used_at": "2026-01-01T00:00:00+00:00"});
    let set = api.app.table.set(&absent, &Condition::Present, &used);
    assert!(!set.await.unwrap());
    let existing = api.app.table.existing(&[absent]).await.unwrap();
    assert!(existing.is_empty(), "{existing:?}");
}

#[tokio::test]
async fn the_name_of_the_scheme_is_in_any_case() {
    let api = Api::start_here().await;
    for (scheme, status) in [("bEARER", 200), ("bearer", 200), ("Basic", 401), ("", 401)] {
        let mut request = request(&api.key, Method::GET, PING, &Value::Null);
        let header = format!("{scheme} {}", api.key);
        let headers = request.headers_mut();
        headers.insert("authorization", header.trim().parse().unwrap());
        assert_eq!(api.send(request).await.status, status, "{scheme:?}");
    }
}
