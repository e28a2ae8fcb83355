//! Races: what many clients do at the same moment ends as if they had done it one after the other.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::fixture::{kinds, path_of};
use crate::harness::Api;

const CLIENTS: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn of_many_creates_of_one_external_id_one_wins() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let create = |client: usize| {
            let body =
                kind.body(&json!({"external_id": "one", "name": format!("Client {client}")}));
            api.post_owned(kind.path(), body)
        };
        let replies = join_all((0..CLIENTS).map(create)).await;
        let (created, refused): (Vec<_>, Vec<_>) =
            replies.into_iter().partition(|reply| reply.status == 201);
        assert_eq!((created.len(), refused.len()), (1, CLIENTS - 1), "{kind}");
        let id = &created[0].body["data"]["id"];
        for reply in refused {
            assert_eq!(
                &reply.problem(409, "already_exists")["existing_id"],
                id,
                "{kind}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_upserts_of_one_external_id_are_one_record_with_every_version() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let upsert = |client: usize| {
            let record =
                kind.body(&json!({"external_id": "one", "name": format!("Client {client}")}));
            api.post_owned(
                format!("{}/upsert", kind.path()),
                json!({"records": [record]}),
            )
        };
        let replies = join_all((0..CLIENTS).map(upsert)).await;
        let rows: Vec<Value> = replies
            .into_iter()
            .map(|reply| reply.expect(200)["data"][0].clone())
            .collect();
        let mut versions: Vec<u64> = rows
            .iter()
            .map(|row| {
                row["data"]["version"]
                    .as_u64()
                    .unwrap_or_else(|| panic!("{row:#}"))
            })
            .collect();
        versions.sort_unstable();
        assert_eq!(versions, (1..=CLIENTS as u64).collect::<Vec<_>>(), "{kind}");
        assert!(rows.iter().all(|row| row["id"] == rows[0]["id"]), "{kind}");
        assert_eq!(
            rows.iter().filter(|row| row["status"] == "created").count(),
            1,
            "{kind}"
        );
        let path = format!("{}/{}", kind.path(), rows[0]["id"].as_str().unwrap());
        assert_eq!(
            api.get(&path).await.expect(200)["data"]["version"],
            json!(CLIENTS),
            "{kind}"
        );
        if kind.name == "rules" {
            let saved = api
                .get(&format!("{path}/versions?per_page=100"))
                .await
                .expect(200);
            let saved: Vec<u64> = saved["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|saved| saved["version"].as_u64().unwrap())
                .collect();
            assert_eq!(
                saved,
                (1..CLIENTS as u64).rev().collect::<Vec<_>>(),
                "{kind}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_updates_that_name_a_version_one_wins() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let id = api
            .post(&kind.path(), kind.body(&json!({})))
            .await
            .expect(201)["data"]["id"]
            .clone();
        let update = |client: usize| {
            let row = json!({"id": id, "version": 1, "name": format!("Client {client}")});
            api.put_owned(format!("{}/batch", kind.path()), json!({"records": [row]}))
        };
        let replies = join_all((0..CLIENTS).map(update)).await;
        let rows: Vec<Value> = replies
            .into_iter()
            .map(|reply| reply.expect(200)["data"][0].clone())
            .collect();
        assert_eq!(
            rows.iter().filter(|row| row["status"] == "updated").count(),
            1,
            "{kind}"
        );
        assert_eq!(
            rows.iter()
                .filter(|row| row["error"]["code"] == "version_conflict")
                .count(),
            CLIENTS - 1,
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_records_that_take_one_external_id_one_has_it() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let records: Vec<Value> = (0..CLIENTS).map(|_| kind.body(&json!({}))).collect();
        let created = api
            .post(
                &format!("{}/batch", kind.path()),
                json!({"records": records}),
            )
            .await
            .expect(200);
        let ids: Vec<String> = created["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        let rename = |id: &String| {
            api.put_owned(
                format!("{}/{id}", kind.path()),
                json!({"external_id": "one"}),
            )
        };
        let replies = join_all(ids.iter().map(rename)).await;
        let winners: Vec<Value> = replies
            .iter()
            .filter(|reply| reply.status == 200)
            .map(|reply| reply.body["data"]["id"].clone())
            .collect();
        assert_eq!(winners.len(), 1, "{kind}");
        for reply in replies.into_iter().filter(|reply| reply.status != 200) {
            assert_eq!(
                reply.problem(409, "already_exists")["existing_id"],
                winners[0],
                "{kind}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_never_undoes_a_rename() {
    let api = Api::start().await;
    for round in 0..20 {
        let (old, new) = (format!("old-{round}"), format!("new-{round}"));
        let body = json!({"external_id": old, "name": "First"});
        let id = api.post("/api/v1/payees", body).await.expect(201)["data"]["id"].clone();
        let path = format!("/api/v1/payees/{}", id.as_str().unwrap());
        // Another process has no hint, and reads the claim and then the record.
        let other = api.restarted().await;
        let records = json!({"records": [{"external_id": old, "name": "Upserted"}]});
        let (renamed, upserted) = futures::join!(
            api.put_owned(path.clone(), json!({"external_id": new})),
            other.post_owned("/api/v1/payees/upsert".to_owned(), records)
        );
        renamed.expect(200);
        upserted.expect(200);
        assert_eq!(
            api.get(&path).await.expect(200)["data"]["external_id"],
            json!(new)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revenue_that_many_send_is_created_once() {
    const RECORDS: u64 = 5;
    let api = Api::start().await;
    let records: Vec<Value> = (0..RECORDS)
        .map(|index| json!({"external_id": format!("r{index}"), "type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-01-01"}))
        .collect();
    let send = |_| {
        api.post_owned(
            "/api/v1/revenues/batch".to_owned(),
            json!({"records": records}),
        )
    };
    let replies = join_all((0..CLIENTS).map(send)).await;
    let metas: Vec<Value> = replies
        .into_iter()
        .map(|reply| reply.expect(200)["meta"].clone())
        .collect();
    let sum = |name: &str| {
        metas
            .iter()
            .map(|meta| meta[name].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(
        (
            sum("created"),
            sum("skipped_duplicate"),
            sum("duplicate_conflicts")
        ),
        (RECORDS, RECORDS * (CLIENTS as u64 - 1), 0)
    );
    assert_eq!(
        api.get("/api/v1/revenues").await.expect(200)["meta"]["total"],
        json!(RECORDS)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_give_one_record_the_same_external_id_all_succeed() {
    let api = Api::start().await;
    for kind in kinds(&api).await {
        let record = api
            .post(&kind.path(), kind.body(&json!({})))
            .await
            .expect(201)["data"]
            .clone();
        let path = path_of(&kind, &record);
        let rename = |_| api.put_owned(path.clone(), json!({"external_id": "one"}));
        for reply in join_all((0..CLIENTS / 2).map(rename)).await {
            let renamed = reply.expect(200)["data"].clone();
            assert_eq!(renamed["version"], 2, "one of them changes it: {kind}");
        }
    }
}
