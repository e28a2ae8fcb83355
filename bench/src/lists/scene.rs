//! The measured system: a table with the revenues of one workspace, counted as by an operator's
//! rebuild, and processes that read them.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use admin::template::Template;
use axum::body::Body;
use axum::http::Request;
use domain::workspace::Generation;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::{ImportOptions, Item};
use http_body_util::BodyExt;
use local::accounts::{Account, Accounts, LOCAL};
use local::gateway::Gateway;
use serde_json::Value;
use shared::app::App;
use store::key;
use store::table::{Condition, Connection};

use crate::engine::Engine;
use crate::rows::{Maker, Row};
use crate::wire::Wire;

const TABLE: &str = "bench";
/// The number of revenues that are created through the API, to check that they are stored as the
/// items that are loaded.
const CREATED: usize = 20;
/// The number of revenues that are loaded into the engine at once.
const LOAD_BATCH: usize = 10_000;
/// The lines of the template with the timeout of functions, and the same with a timeout that is
/// long enough for any walk.
const TIMEOUT: (&str, &str) = (
    "    Default: 29\n    MinValue: 3\n",
    "    Default: 3600\n    MinValue: 3\n",
);

/// The table with its revenues.
pub struct Scene {
    /// Its revenues, newest first.
    pub rows: Vec<Row>,
    /// The second source.
    pub source: uuid::Uuid,
    /// The size of an item, in bytes.
    pub item_bytes: usize,
    /// The duration of loading.
    pub loaded: Duration,
    /// The duration of counting.
    pub counted: Duration,
    account: Account,
    engine: Engine,
}

/// A process of the API.
pub struct Process {
    /// Its connection to the engine.
    pub wire: Wire,
    app: Arc<App>,
    gateway: Gateway,
}

impl Scene {
    /// Starts an engine and loads this number of revenues.
    ///
    /// # Errors
    /// If a part of it does not work.
    pub async fn start(size: usize) -> Result<Self, Box<dyn Error>> {
        let engine = Engine::start()?;
        let process = Process::start(&engine).await?;
        let mut definition = Template::included().table().clone();
        // The benchmark counts without the stream.
        definition.streamed = false;
        process.app.table.create(&definition).await?;
        let account = Accounts::open(None)?.account(&process.app, LOCAL).await?;
        let source = admin::sources::create(&process.app, account.workspace_id, "Shop")
            .await?
            .id;
        let sources = [account.revenue_source_id, source];
        let mut scene = Self {
            rows: Vec::with_capacity(size),
            source,
            item_bytes: 0,
            loaded: Duration::ZERO,
            counted: Duration::ZERO,
            account,
            engine,
        };
        let begin = Instant::now();
        let mut maker = Maker::new(scene.account.workspace_id, sources, process.app.now())?;
        scene
            .create(&process, &mut maker, size.min(CREATED))
            .await?;
        scene.load(&mut maker, size)?;
        scene.loaded = begin.elapsed();
        let begin = Instant::now();
        let rebuilt =
            admin::totals::rebuild(&process.app, scene.account.workspace_id, Duration::ZERO)
                .await?;
        scene.counted = begin.elapsed();
        if rebuilt.revenues != size as u64 {
            return Err(format!("{} of {size} revenues were counted", rebuilt.revenues).into());
        }
        scene.rows.sort_unstable_by(|one, other| other.cmp(one));
        Ok(scene)
    }

    /// Creates revenues through the API, and compares the stored items with those that would be
    /// loaded.
    async fn create(
        &mut self,
        process: &Process,
        maker: &mut Maker,
        count: usize,
    ) -> Result<(), Box<dyn Error>> {
        for _ in 0..count {
            let (row, body) = maker.next()?;
            let request =
                Request::post("/api/v1/revenues").header("content-type", "application/json");
            let request =
                request.header("authorization", format!("Bearer {}", self.account.api_key));
            let body_text = serde_json::to_string(&body)?;
            process
                .answer(request.body(Body::from(body_text))?, 201)
                .await?;
            let mut item = maker.item(&row, &body);
            let key = [key::attribute::PARTITION, key::attribute::SORT];
            let key = key.map(|name| (name.to_owned(), item[name].clone())).into();
            let request = GetItemRequest {
                table_name: TABLE.to_owned(),
                key,
                ..GetItemRequest::default()
            };
            let mut stored = self
                .engine
                .database
                .get_item(request)?
                .item
                .unwrap_or_default();
            for differing in ["nonce", "created_at"] {
                item.remove(differing);
                stored.remove(differing);
            }
            if stored != item {
                return Err(format!("stored as {stored:?}, but loaded as {item:?}").into());
            }
            self.rows.push(row);
        }
        Ok(())
    }

    /// Loads revenues into the engine until there are `size`.
    fn load(&mut self, maker: &mut Maker, size: usize) -> Result<(), Box<dyn Error>> {
        let database = &self.engine.database;
        let mut bytes = 0;
        let created = self.rows.len();
        database.enable_bulk_loading()?;
        while self.rows.len() < size {
            let mut items: Vec<Item> = Vec::with_capacity(LOAD_BATCH);
            while items.len() < LOAD_BATCH && self.rows.len() < size {
                let (row, body) = maker.next()?;
                items.push(maker.item(&row, &body));
                self.rows.push(row);
            }
            bytes += database
                .import_items(TABLE, items, ImportOptions::default())?
                .bytes_imported;
        }
        database.disable_bulk_loading()?;
        self.item_bytes = bytes / (size - created).max(1);
        Ok(())
    }

    /// A new process, with empty caches.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn process(&self) -> Result<Process, Box<dyn Error>> {
        Process::start(&self.engine).await
    }

    /// Removes the counters of the workspace.
    ///
    /// # Errors
    /// If the table does not answer.
    pub async fn uncount(&self) -> Result<(), Box<dyn Error>> {
        let none = BTreeMap::from([("counting", Vec::<Generation>::new())]);
        let process = self.process().await?;
        process
            .app
            .table
            .set(
                &key::workspace(self.account.workspace_id),
                &Condition::Present,
                &none,
            )
            .await?;
        Ok(())
    }

    /// Sends a GET request with the key of the workspace.
    ///
    /// # Errors
    /// If the answer is a problem.
    pub async fn get(&self, process: &Process, path: &str) -> Result<Value, Box<dyn Error>> {
        let request =
            Request::get(path).header("authorization", format!("Bearer {}", self.account.api_key));
        process.answer(request.body(Body::empty())?, 200).await
    }
}

impl Process {
    async fn start(engine: &Engine) -> Result<Self, Box<dyn Error>> {
        let wire = Wire::before(&engine.endpoint).await?;
        let table = Connection::emulated(TABLE, wire.endpoint.clone())
            .open()
            .await;
        let app = Arc::new(App::new(table));
        let (before, after) = TIMEOUT;
        let text = include_str!("../../../template.yaml");
        if !text.contains(before) {
            return Err("the template's FunctionTimeout has changed".into());
        }
        let gateway = Gateway::new(app.clone(), &Template::parse(&text.replace(before, after))?)?;
        Ok(Self { wire, app, gateway })
    }

    async fn answer(&self, request: Request<Body>, expected: u16) -> Result<Value, Box<dyn Error>> {
        let response = self.gateway.answer(request).await;
        let status = response.status().as_u16();
        let body: Value =
            serde_json::from_slice(&response.into_body().collect().await?.to_bytes())?;
        if status == expected {
            Ok(body)
        } else {
            Err(format!("{status} {body:#}").into())
        }
    }
}
