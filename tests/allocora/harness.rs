//! One API of its own for each test: the real functions behind the local gateway, over a real
//! DynamoDB engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use admin::template::Template;
use axum::body::Body;
use domain::workspace::Workspace;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use local::engine::Engine;
use local::gateway::Gateway;
use local::runtime::{Output, Programs};
use local::stream::{Consumer, Source, Stream};
use serde_json::{Value, json};
use shared::app::App;
use shared::clock::{Clock, IdGenerator};
use store::table::Connection;

use crate::wire::Wire;

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

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    asked: String,
}

impl Reply {
    /// The body, if the status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(
            self.status, status,
            "{} answered {:#}",
            self.asked, self.body
        );
        self.body
    }

    /// The body of a problem, if status and code are these; every problem has the same frame.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}: {:#}",
            self.asked,
            self.body
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], json!(status));
        assert_eq!(self.body["type"], json!(format!("/docs/errors.md#{code}")));
        assert_eq!(self.body["request_id"], json!(self.header("x-request-id")));
        assert!(
            self.body["title"].is_string() && self.body["detail"].is_string(),
            "{:#}",
            self.body
        );
        self.body
    }

    /// The pointers and codes of a 422.
    #[track_caller]
    pub fn problems(self) -> Vec<(String, String)> {
        problems_of(&self.problem(422, "validation_failed"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// The pointers and codes of a problem document.
pub fn problems_of(problem: &Value) -> Vec<(String, String)> {
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    let errors = problem["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| (text(error, "pointer"), text(error, "code")))
        .collect()
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
                let engine = Engine::start(None, None).unwrap();
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

    /// Sends a request as it stands.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let asked = format!("{} {}", request.method(), request.uri());
        let (parts, body) = self.gateway.answer(request).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            asked,
        }
    }

    /// Sends a JSON body, or none if it is null, with a key.
    pub async fn call_as(&self, key: &str, method: Method, path: &str, body: &Value) -> Reply {
        self.send(request(key, method, path, body)).await
    }

    pub async fn call(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.call_as(&self.key, method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, &Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, &body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PUT, path, &body).await
    }

    /// As [`Self::post`], for many at once.
    pub async fn post_owned(&self, path: String, body: Value) -> Reply {
        self.post(&path, body).await
    }

    /// As [`Self::put`], for many at once.
    pub async fn put_owned(&self, path: String, body: Value) -> Reply {
        self.put(&path, body).await
    }

    pub async fn delete(&self, path: &str, body: Value) -> Reply {
        self.call(Method::DELETE, path, &body).await
    }

    /// A new payee, for what refers to one.
    pub async fn payee(&self) -> String {
        let created = self
            .post("/api/v1/payees", json!({"name": "Ada"}))
            .await
            .expect(201);
        created["data"]["id"].as_str().unwrap().to_owned()
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

/// A request with a key and a JSON body, or none if it is null.
pub fn request(key: &str, method: Method, path: &str, body: &Value) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"));
    match body {
        Value::Null => request.body(Body::empty()),
        json => request
            .header("content-type", "application/json")
            .body(Body::from(json.to_string())),
    }
    .unwrap()
}
