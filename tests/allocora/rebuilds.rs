//! Counters are verified against the revenues, and rebuilt.

use crate::harness::Api;
use crate::operator::{admin, output};
use crate::totals::revenue;
use domain::counting::{Numbers, counter};
use domain::revenue::Revenue;
use domain::workspace::Generation;
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::key;
use store::table::{Added, Checkpoint, Query, ReadSource};

const REVENUES: &str = "/api/v1/revenues";

/// Adds to a counter behind the back of everyone.
pub async fn tamper(api: &Api, sort: String, name: &str, number: i128) {
    let counters = key::counters(api.workspace.config.id, 1);
    let key = counters.key(sort);
    let mark = Checkpoint {
        name: format!("tampered-{name}"),
        reached: "1".to_owned(),
    };
    let added = api
        .app
        .table
        .add(
            &key,
            &Numbers::from([(name.to_owned(), number)]),
            &mark,
            "0",
        )
        .await
        .unwrap();
    assert!(matches!(added, Added::Applied(_)), "{added:?}");
}

#[tokio::test]
async fn totals_are_verified_and_rebuilt() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let verify = async || {
        admin(
            &api,
            &format!("totals verify --workspace {workspace} --wait 0s"),
        )
        .await
        .unwrap()
    };
    let records: Vec<Value> = (0..30).map(|index| revenue(&format!("r{index}"))).collect();
    api.post(&format!("{REVENUES}/batch"), json!({"records": records}))
        .await
        .expect(200);
    api.counted().await;
    assert_eq!(verify().await, json!([]));

    let group = format!("sale#EUR#{}", api.workspace.config.default_source);
    let wrong = [
        (counter::year("*", "2026"), "0531", "30", "31"),
        (counter::day("2026-05-31", &group), "10:00#~~", "0", "1"),
        (counter::month("2026-05", &group), "31s", "75000", "75001"),
        (counter::product("p"), "n", "30", "31"),
        (counter::month("2024-05", &group), "31n", "0", "1"),
        (counter::day("2024-05-31", &group), "10:00+", "0", "1"),
    ];
    let mut expected = Vec::new();
    for (sort, name, found, counted) in wrong {
        tamper(&api, sort.clone(), name, 1).await;
        expected.push(json!({"counter": sort, "number": name, "counted": counted, "found": found}));
    }
    let differences = verify().await;
    let rows = |rows: &Value| -> BTreeSet<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(Value::to_string).collect()
    };
    assert_eq!(
        rows(&differences),
        rows(&json!(expected)),
        "{differences:#}"
    );

    let rebuilt = admin(
        &api,
        &format!("totals rebuild --workspace {workspace} --wait 0s"),
    )
    .await
    .unwrap();
    assert_eq!(rebuilt, json!({"generation": 2, "revenues": 30}));
    assert_eq!(verify().await, json!([]));
    let old = key::counters(workspace, 1);
    assert!(
        api.app
            .table
            .counters(&store::table::Query::all(old))
            .await
            .unwrap()
            .is_empty(),
        "the old ones are gone"
    );
    api.post(REVENUES, revenue("later")).await.expect(201);
    let other = api.restarted().await;
    assert_eq!(
        verify().await,
        json!([]),
        "new revenues are counted into the new ones"
    );
    let product = json!({"external_id": "p", "name": "P"});
    let product = other.post("/api/v1/products", product).await.expect(201)["data"]["id"].clone();
    let read = other
        .get(&format!("/api/v1/products/{}", product.as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(read["data"]["revenue_count"], 31);
}

#[tokio::test]
async fn a_rebuild_loses_nothing_that_is_written_meanwhile() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let (written, done) = (Cell::new(0), Cell::new(false));
    let write = async {
        while !done.get() {
            api.post(REVENUES, revenue(&format!("r{}", written.get())))
                .await
                .expect(201);
            written.set(written.get() + 1);
        }
    };
    let rebuild = async {
        // Long enough for a request that has begun to end.
        admin(
            &api,
            &format!("totals rebuild --workspace {workspace} --wait 500ms"),
        )
        .await
        .unwrap();
        done.set(true);
    };
    futures::join!(write, rebuild);
    let mut differences = Value::Null;
    // A machine with much else to do may take its time to count.
    for _ in 0..10 {
        differences = admin(
            &api,
            &format!("totals verify --workspace {workspace} --wait 1s"),
        )
        .await
        .unwrap();
        if differences == json!([]) {
            break;
        }
    }
    assert_eq!(differences, json!([]));
    let again = admin(
        &api,
        &format!("totals rebuild --workspace {workspace} --wait 0s"),
    )
    .await
    .unwrap();
    assert_eq!(again["revenues"], written.get());
}

#[tokio::test]
async fn one_rebuild_takes_over_from_another() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let records: Vec<Value> = (0..20).map(|index| revenue(&format!("r{index}"))).collect();
    api.post(&format!("{REVENUES}/batch"), json!({"records": records}))
        .await
        .expect(200);
    api.counted().await;
    let rebuild = async |wait: &str| {
        admin(
            &api,
            &format!("totals rebuild --workspace {workspace} --wait {wait}"),
        )
        .await
    };
    let second = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        rebuild("0s").await
    };
    let (first, second) = futures::join!(rebuild("100ms"), second);
    assert!(first.unwrap_err().contains("another rebuild"));
    let second = second.unwrap();
    assert_eq!(second["revenues"], 20);
    // And one that was killed on the way, after it had counted half of them.
    let unfinished = Generation {
        number: 900,
        since: Some(api.app.now()),
        ready: false,
        set_aside: false,
    };
    let ready = Generation {
        number: 700,
        since: None,
        ready: true,
        set_aside: false,
    };
    let counting = BTreeMap::from([("counting", [ready, unfinished])]);
    api.configure(&counting).await;
    let list = Query::all(key::revenue_list(workspace, 0)).through(ReadSource::Index);
    let rows = api.app.table.query_all::<Revenue>(&list).await.unwrap();
    totals::replay(
        &api.app.table,
        &key::counters(workspace, 900),
        &rows[..10],
        api.app.now(),
    )
    .await
    .unwrap();
    let third = rebuild("0s").await.unwrap();
    assert!(
        third["generation"].as_u64() > second["generation"].as_u64(),
        "no number is used again: {third}"
    );
    let differences = admin(
        &api,
        &format!("totals verify --workspace {workspace} --wait 0s"),
    )
    .await
    .unwrap();
    assert_eq!(differences, json!([]));
    let left = api
        .app
        .table
        .counters(&Query::all(key::counters(workspace, 900)))
        .await
        .unwrap();
    assert!(left.is_empty(), "what was given up is cleared");
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
    tamper(&api, year.clone(), "0531", 1).await;
    tamper(&api, year.clone(), "0601", 1).await;
    let text = output(&api, &verify).await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["1 counter differs", ""]);
    assert!(lines[2].starts_with("counter "), "{text}");
    assert_eq!(
        lines[3].split_whitespace().collect::<Vec<_>>(),
        [&year, "0531", "1", "0"]
    );
    tamper(&api, counter::product("p"), "n", 1).await;
    let text = output(&api, &verify).await.unwrap();
    assert!(text.starts_with("2 counters differ\n\n"), "{text}");
    assert_eq!(text.lines().count(), 2 + 1 + 3, "{text}");
    let rows = admin(&api, &verify).await.unwrap();
    assert_eq!(rows.as_array().map(Vec::len), Some(3), "{rows}");
}
