//! One API of its own for each test: the real functions behind the local gateway, over a real
//! DynamoDB engine.

pub use crate::client::{Reply, problems_of, request};
use crate::wire::Wire;
use admin::template::Template;
use domain::workspace::Workspace;
use local::engine::Engine;
use local::gateway::Gateway;
use local::runtime::{Output, Programs};
use local::stream::{Consumer, Source, Stream};
use serde::Serialize;
use shared::app::App;
use shared::clock::{Clock, IdGenerator};
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

impl Api {
    pub async fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        Self::start_with(
            None,
            std::env::var_os(FUNCTIONS_VARIABLE).map(|functions| root.join(functions)),
            true,
        )
        .await
    }

    /// The API whose revenues are not counted but by [`Self::count`].
    pub async fn start_uncounted() -> Self {
        Self::start_with(None, None, false).await
    }

    /// The API with its functions always in this process: one cache of keys for all of them, and
    /// one log.
    pub async fn start_here() -> Self {
        Self::start_with(None, None, true).await
    }

    /// The same with a clock and ids of the test's own.
    pub async fn start_in(clock: Box<dyn Clock>, ids: Box<dyn IdGenerator>) -> Self {
        Self::start_with(Some((clock, ids)), None, true).await
    }

    async fn start_with(
        clock_and_ids: Option<(Box<dyn Clock>, Box<dyn IdGenerator>)>,
        functions: Option<PathBuf>,
        counted: bool,
    ) -> Self {
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
        let app = Arc::new(match clock_and_ids {
            Some((clock, ids)) => App::with(opened, clock, ids),
            None => App::new(opened),
        });
        let stream = match counted {
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
        let app = Arc::new(App::new(connection.open().await));
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

async fn settled(stream: &Stream) {
    for _ in 0..60 {
        if stream.settled().await {
            return;
        }
    }
    panic!("the revenues are not counted");
}

/// The gateway before the programs in a directory, or before the functions in this process.
fn gateway(
    app: &Arc<App>,
    functions: Option<&Path>,
    variables: &[(&'static str, String)],
    stream: Option<&Arc<Stream>>,
) -> Gateway {
    let template = Template::included();
    let gateway = match functions {
        Some(directory) => {
            let programs = Programs::find(directory, template)
                .unwrap()
                .with(variables, &Output::Hidden);
            Gateway::of_programs(app.clone(), template, programs).unwrap()
        }
        None => Gateway::new(app.clone(), template).unwrap(),
    };
    match stream {
        Some(stream) => gateway.counted(stream.clone()),
        None => gateway,
    }
}

/// The stream of a table, counted by the program in a directory, or in this process. It does not go
/// through the wire, on which tests look at requests.
async fn stream(endpoint: &str, table: &str, functions: Option<&Path>) -> Stream {
    let connection = Connection::emulated(table, endpoint.to_owned());
    let (template, variables) = (Template::included(), connection.variables());
    let programs = functions.map(|functions| Programs::find(functions, template).unwrap());
    let programs = programs.map(|programs| programs.with(&variables, &Output::Hidden));
    let app = Arc::new(App::new(connection.open().await));
    let source = Source {
        variables: &variables,
        table,
        data_dir: None,
    };
    Stream::feed(source, template, Consumer::of(programs.as_deref(), app))
        .await
        .unwrap()
}
