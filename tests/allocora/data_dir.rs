//! The data directory of the local product: who may read it, and what is counted when.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use admin::template::Template;
use domain::counting::counter;
use http::Method;
use local::accounts::{Account, Accounts, LOCAL};
use local::engine::Engine;
use local::gateway::Gateway;
use local::setup::{DynamoDb, Local, Setup, TABLE};
use serde_json::{Value, json};
use shared::app::App;
use store::key;
use store::table::Connection;

use crate::client::request;

/// A directory for one test, which is removed at its end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let name = uuid::Uuid::new_v4().to_string();
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    /// Starts the product over this directory, and returns it with its account.
    async fn start(&self) -> (Local, Account) {
        let setup = Setup {
            dynamodb: DynamoDb::Embedded {
                data_dir: Some(self.0.clone()),
                host: Ipv4Addr::LOCALHOST.into(),
                port: Some(0),
            },
            table: TABLE.to_owned(),
            functions: None,
            is_read_only: false,
        };
        let local = setup.start().await.unwrap();
        let mut accounts = Accounts::open(Some(&self.0)).unwrap();
        let account = accounts.account(&local.app, LOCAL).await.unwrap();
        (local, account)
    }

    /// Only the engine over this directory with the state of the API, which counts nothing.
    async fn uncounted(&self) -> (Engine, Arc<App>) {
        let engine = Engine::start(Some(&self.0), Ipv4Addr::LOCALHOST.into(), Some(0)).unwrap();
        let connection = Connection::emulated(TABLE, engine.endpoint.clone());
        (engine, Arc::new(App::new(connection.open().await)))
    }

    /// How many revenues the counters of an account have.
    async fn counted(&self, account: &Account) -> i128 {
        let (engine, app) = self.uncounted().await;
        let year = key::counters(account.workspace_id, 1).key(counter::year("*", "2026"));
        let counts = app.table.counter(&year).await.unwrap();
        engine.stop().await;
        counts.values().sum()
    }

    /// Runs a statement on the database, which is not in use, and returns its number.
    fn sql(&self, statement: &str) -> i64 {
        let database = rusqlite::Connection::open(self.0.join("dynamodb.sqlite")).unwrap();
        database.query_row(statement, [], |row| row.get(0)).unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Creates revenues with these external ids, as many as a batch can have.
async fn create(gateway: &Gateway, account: &Account, external_ids: impl Iterator<Item = String>) {
    let revenue = |id| {
        json!({"external_id": id, "type": "sale", "amount": 1, "currency": "EUR",
            "occurred_at": "2026-05-31"})
    };
    let records: Vec<Value> = external_ids.map(revenue).collect();
    let body = json!({"records": records});
    let path = "/api/v1/revenues/batch";
    let answer = gateway.answer(request(&account.api_key, Method::POST, path, &body));
    assert_eq!(answer.await.status(), 200);
}

#[tokio::test]
async fn what_was_not_counted_does_not_expire() {
    let directory = Directory::new();
    let (local, account) = directory.start().await;
    create(&local.gateway, &account, ["one".to_owned()].into_iter()).await;
    local.stop().await;
    let (engine, app) = directory.uncounted().await;
    let gateway = Gateway::new(app, Template::included()).unwrap();
    create(&gateway, &account, ["two".to_owned()].into_iter()).await;
    engine.stop().await;
    // Two days later.
    directory.sql("UPDATE _stream_records SET created_at = created_at - 172800 RETURNING 1");
    let records = directory.sql("SELECT count(*) FROM _stream_records");

    let (local, _) = directory.start().await;
    local.stop().await;
    assert_eq!(directory.counted(&account).await, 2);
    let left = directory.sql("SELECT count(*) FROM _stream_records");
    assert!(
        left < records,
        "what was counted has expired: {left} of {records}"
    );
    let (local, _) = directory.start().await;
    local.stop().await;
    let old = "SELECT count(*) FROM _stream_records WHERE created_at < unixepoch() - 86400";
    assert_eq!(directory.sql(old), 0);
}

#[tokio::test]
async fn everything_is_counted_before_the_product_stops() {
    const BATCHES: usize = 4;
    let directory = Directory::new();
    let (local, account) = directory.start().await;
    let batches = (0..BATCHES).map(|batch| {
        let ids = (0..100).map(move |index| format!("{batch}-{index}"));
        create(&local.gateway, &account, ids)
    });
    futures::future::join_all(batches).await;
    local.stop().await;
    assert_eq!(directory.counted(&account).await, 100 * BATCHES as i128);
}

#[cfg(unix)]
mod private {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// Asserts the modes of the directory and its files while the product runs.
    async fn assert_modes(directory: &Directory, expected: u32) {
        let (local, account) = directory.start().await;
        create(&local.gateway, &account, ["r".to_owned()].into_iter()).await;
        // Waits until it is counted.
        let list = request(
            &account.api_key,
            Method::GET,
            "/api/v1/revenues",
            &Value::Null,
        );
        assert_eq!(local.gateway.answer(list).await.status(), 200);
        assert_eq!(mode(&directory.0), expected);
        let mut files = Vec::new();
        for entry in fs::read_dir(&directory.0).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name != "others.txt" {
                assert_eq!(mode(&entry.path()), 0o600, "{name}");
                files.push(name);
            }
        }
        files.sort();
        let ours = [
            "dynamodb.sqlite",
            "dynamodb.sqlite-shm",
            "dynamodb.sqlite-wal",
            "keys.json",
            "lock",
            "stream.json",
        ];
        assert_eq!(files, ours);
        local.stop().await;
    }

    #[tokio::test]
    async fn only_the_owner_may_read_the_data() {
        let directory = Directory::new();
        assert_modes(&directory, 0o700).await;
        // As an earlier version left it.
        fs::set_permissions(&directory.0, Permissions::from_mode(0o755)).unwrap();
        for entry in fs::read_dir(&directory.0).unwrap() {
            fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(0o644)).unwrap();
        }
        assert_modes(&directory, 0o700).await;
        // A directory that others use too keeps its permissions.
        fs::write(directory.0.join("others.txt"), "").unwrap();
        fs::set_permissions(&directory.0, Permissions::from_mode(0o755)).unwrap();
        assert_modes(&directory, 0o755).await;
    }
}
