//! Rotating keys: what the old one and the new one may do, and until when.

use crate::hand_clock::HandClock;
use crate::harness::Api;
use crate::operator::admin;
use admin::keys::{KeyStatus, KeySummary, NewKey, create, list, revoke, rotate};
use http::Method;
use jiff::SignedDuration;
use serde_json::Value;
use std::time::Duration;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

async fn new_key(api: &Api, lifetime: Option<SignedDuration>) -> NewKey {
    let (workspace, permissions) = (api.workspace.config.id, ["read:payees".to_owned()]);
    create(&api.app, workspace, "job", &permissions, lifetime)
        .await
        .unwrap()
}

async fn listed(api: &Api, key_id: &str) -> KeySummary {
    let keys = list(&api.app, api.workspace.config.id).await.unwrap();
    keys.into_iter().find(|key| key.key_id == key_id).unwrap()
}

async fn ping(api: &Api, key: &NewKey) -> u16 {
    let path = "/api/allocora/ping";
    let reply = api.call_as(&key.api_key, Method::GET, path, &Value::Null);
    reply.await.status
}

#[tokio::test]
async fn a_rotation_never_prolongs_a_key_and_hands_on_its_lifetime() {
    let clock = HandClock::new();
    let api = Api::start_at(&clock).await;
    let old = new_key(&api, Some(SignedDuration::from_secs(60))).await;
    let end = old.expires_at.unwrap();
    clock.forward(Duration::from_secs(10));
    let rotation = rotate(&api.app, &old.key_id, HOUR).await.unwrap();
    assert_eq!(listed(&api, &old.key_id).await.expires_at, Some(end));
    assert_eq!(rotation.replaced_expires_at, end, "its end, as it is now");
    let new = rotation.new;
    let later = end.instant() + SignedDuration::from_secs(10);
    assert_eq!(
        new.expires_at.unwrap().instant(),
        later,
        "the same, from now"
    );
    assert_eq!(listed(&api, &new.key_id).await.expires_at, new.expires_at);

    let endless = new_key(&api, None).await;
    let rotation = rotate(&api.app, &endless.key_id, HOUR).await.unwrap();
    assert_eq!(rotation.new.expires_at, None);
    let overlap_end = listed(&api, &endless.key_id).await.expires_at.unwrap();
    assert_eq!(overlap_end.instant(), api.app.now().instant() + HOUR);
    clock.forward(Duration::from_secs(60));
    let retry = rotate(&api.app, &endless.key_id, HOUR).await.unwrap();
    let again = listed(&api, &endless.key_id).await.expires_at;
    assert_eq!(again, Some(overlap_end), "a retry does not extend it");
    assert_eq!(retry.replaced_expires_at, overlap_end, "and says so");
}

#[tokio::test]
async fn an_overlap_is_never_negative() {
    let api = Api::start_here().await;
    let key = new_key(&api, None).await;
    let negative = SignedDuration::from_secs(-1);
    assert!(rotate(&api.app, &key.key_id, negative).await.is_err());
    let command = format!("key rotate --key {} --overlap=-1s", key.key_id);
    let message = admin(&api, &command).await.unwrap_err();
    assert!(message.contains("-1s"), "{message}");
    let all = list(&api.app, api.workspace.config.id).await.unwrap();
    assert_eq!(all.len(), 2, "no new key: {all:#?}");
    assert_eq!(listed(&api, &key.key_id).await.status, KeyStatus::Active);
}

#[tokio::test]
async fn an_expired_or_revoked_key_is_not_rotated() {
    let clock = HandClock::new();
    let api = Api::start_at(&clock).await;
    let expired = new_key(&api, Some(HOUR)).await;
    clock.forward(Duration::from_secs(60 * 60));
    assert!(rotate(&api.app, &expired.key_id, HOUR).await.is_err());
    let revoked = new_key(&api, None).await;
    revoke(&api.app, &revoked.key_id).await.unwrap();
    assert!(rotate(&api.app, &revoked.key_id, HOUR).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_never_undoes_a_revocation() {
    let api = Api::start_here().await;
    for round in 0..20 {
        let key = new_key(&api, None).await;
        let (revoked, rotated) = futures::join!(
            revoke(&api.app, &key.key_id),
            rotate(&api.app, &key.key_id, HOUR)
        );
        revoked.unwrap();
        assert_eq!(ping(&api, &key).await, 401, "round {round}");
        let after = listed(&api, &key.key_id).await;
        assert_eq!(after.status, KeyStatus::Revoked, "round {round}");
        // Whichever came first, a rotation that succeeded shortened the life of the old key.
        assert_eq!(after.expires_at.is_some(), rotated.is_ok(), "round {round}");
    }
}
