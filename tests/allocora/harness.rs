//! One API of its own for each test: the real functions behind the local gateway, over a real
//! DynamoDB engine.

pub use crate::client::{Reply, problems_of, request};
use crate::hand_clock::HandClock;
use crate::parts::{gateway, settled, stream};
use crate::wire::Wire;
use admin::template::Template;
use domain::workspace::Workspace;
use local::engine::Engine;
use local::gateway::Gateway;
use local::stream::Stream;
use serde::Serialize;
use shared::app::App;
use shared::clock::{Clock, IdGenerator, OrderedIds};
use shared::lists::ReadLimits;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::table::{Condition, Connection};

/// Names a running DynamoDB, such as Amazon's DynamoDB Local; without it each test starts the
/// embedded engine.
const ENDPOINT_VARIABLE: &str = "TEST_DYNAMODB_ENDPOINT";

/// Names a directory with the programs of the functions, from the root of the repository:
/// `target/lambda` or `target/debug`. Without it the functions run in this process.
const FUNCTIONS_VARIABLE: &str = "TEST_FUNCTIONS";

/// The API with one workspace and a key to all of it.
pub struct Api {
    pub app: Arc<App>,
    pub gateway: Gateway,
    /// What the API and DynamoDB say to each other.
    pub wire: Wire,
    pub workspace: Workspace,
    pub key: String,
    pub endpoint: String,
    pub table: String,
    /// Where the programs of the functions are; nowhere if these run in this process.
    functions: Option<PathBuf>,
    /// What counts; nothing if a test lets it be done when it likes.
    stream: Option<Arc<Stream>>,
    _engine: Option<Arc<Engine>>,
}

/// How an API of a test differs from another.
struct Options {
    clock_and_ids: Option<(Box<dyn Clock>, Box<dyn IdGenerator>)>,
    /// Where the programs of the functions are; nowhere if these run in this process.
    functions: Option<PathBuf>,
    /// Whether revenues are counted without being asked to.
    is_counted: bool,
    limits: ReadLimits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock_and_ids: None,
            functions: None,
            is_counted: true,
            limits: ReadLimits::default(),
        }
    }
}

impl Api {
    pub async fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let functions = std::env::var_os(FUNCTIONS_VARIABLE);
        Self::start_with(Options {
            functions: functions.map(|functions| root.join(functions)),
            ..Options::default()
        })
        .await
    }

    /// The API whose revenues are not counted but by [`Self::count`].
    pub async fn start_uncounted() -> Self {
        Self::start_limited(ReadLimits::default()).await
    }

    /// The same, which reads no more rows than these limits allow.
    pub async fn start_limited(limits: ReadLimits) -> Self {
        Self::start_with(Options {
            limits,
            is_counted: false,
            ..Options::default()
        })
        .await
    }

    /// The API with its functions always in this process: one cache of keys for all of them, and
    /// one log.
    pub async fn start_here() -> Self {
        Self::start_with(Options::default()).await
    }

    /// The same with a clock that the test moves.
    pub async fn start_at(clock: &HandClock) -> Self {
        Self::start_in(Box::new(clock.clone()), Box::new(OrderedIds::default())).await
    }

    /// The same with a clock and ids of the test's own.
    pub async fn start_in(clock: Box<dyn Clock>, ids: Box<dyn IdGenerator>) -> Self {
        Self::start_with(Options {
            clock_and_ids: Some((clock, ids)),
            ..Options::default()
        })
        .await
    }

    async fn start_with(options: Options) -> Self {
        let Options {
            clock_and_ids,
            functions,
            is_counted,
            limits,
        } = options;
        let (engine, endpoint) = match std::env::var(ENDPOINT_VARIABLE) {
            Ok(endpoint) => (None, endpoint),
            Err(_) => {
                let engine = Engine::start(None, Ipv4Addr::LOCALHOST.into(), None).unwrap();
                let endpoint = engine.endpoint.clone();
                (Some(Arc::new(engine)), endpoint)
            }
        };
        let template = Template::included();
        let table = format!("allocora-{}", uuid::Uuid::new_v4());
        let wire = Wire::before(&endpoint).await;
        let connection = Connection::emulated(&table, wire.endpoint.clone());
        let variables = connection.variables();
        let opened = connection.open().await;
        opened.create(template.table()).await.unwrap();
        let mut app = match clock_and_ids {
            Some((clock, ids)) => App::with(opened, clock, ids),
            None => App::new(opened),
        };
        app.limits = limits;
        let app = Arc::new(app);
        let stream = match is_counted {
            true => Some(Arc::new(
                stream(&endpoint, &table, functions.as_deref()).await,
            )),
            false => None,
        };
        let gateway = gateway(&app, functions.as_deref(), &variables, stream.as_ref());
        let workspace = admin::workspaces::create(&app, "Test").await.unwrap();
        let permissions = registry::permissions();
        let key = admin::keys::create(&app, workspace.config.id, "all", &permissions, None)
            .await
            .unwrap()
            .api_key;
        let api = Self {
            app,
            gateway,
            wire,
            workspace,
            key,
            endpoint,
            table,
            functions,
            stream,
            _engine: engine,
        };
        api.get("/api/allocora/ping").await.expect(200);
        api.wire.take();
        api
    }

    /// Another process over the same table, with the key proven.
    pub async fn restarted(&self) -> Self {
        let api = self.over(Wire::before(&self.endpoint).await).await;
        api.get("/api/allocora/ping").await.expect(200);
        api.wire.take();
        api
    }

    /// Another process that reaches the same table over a wire, and has proven no key yet.
    pub async fn over(&self, wire: Wire) -> Self {
        let connection = Connection::emulated(&self.table, wire.endpoint.clone());
        let variables = connection.variables();
        let mut app = App::new(connection.open().await);
        app.limits = self.app.limits;
        let app = Arc::new(app);
        let stream = self.stream.clone();
        let gateway = gateway(&app, self.functions.as_deref(), &variables, stream.as_ref());
        let (workspace, key, endpoint, table) = (
            self.workspace.clone(),
            self.key.clone(),
            self.endpoint.clone(),
            self.table.clone(),
        );
        let (functions, _engine) = (self.functions.clone(), self._engine.clone());
        Self {
            app,
            gateway,
            wire,
            workspace,
            key,
            endpoint,
            table,
            functions,
            stream,
            _engine,
        }
    }

    /// What is reported of insertions that take so many units: DynamoDB Local reports nothing.
    pub fn reported_of_insertions(&self, units: f64) -> f64 {
        match self._engine {
            Some(_) => units,
            None => 0.0,
        }
    }

    /// Counts all that was written, of an API that does not count.
    pub async fn count(&self) {
        let stream = stream(&self.endpoint, &self.table, None).await;
        stream.written();
        settled(&stream).await;
    }

    /// Waits until all that was written is counted.
    pub async fn counted(&self) {
        settled(self.stream.as_ref().unwrap()).await;
    }

    /// Changes attributes of the configuration of the workspace, as stored.
    pub async fn configure(&self, attributes: &impl Serialize) {
        let place = store::key::workspace(self.workspace.config.id);
        let changed = self.app.table.set(&place, &Condition::Present, attributes);
        assert!(changed.await.unwrap());
    }

    /// A key of this workspace with these permissions.
    pub async fn key_with(&self, permissions: &[&str]) -> String {
        let permissions: Vec<String> = permissions
            .iter()
            .map(|permission| permission.to_string())
            .collect();
        let workspace = self.workspace.config.id;
        admin::keys::create(&self.app, workspace, "some", &permissions, None)
            .await
            .unwrap()
            .api_key
    }

    /// A key with all permissions of another workspace on the same table.
    pub async fn foreign_key(&self) -> String {
        let other = admin::workspaces::create(&self.app, "Other").await.unwrap();
        let permissions = registry::permissions();
        admin::keys::create(&self.app, other.config.id, "all", &permissions, None)
            .await
            .unwrap()
            .api_key
    }
}
