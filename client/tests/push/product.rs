//! The product on one machine behind a gateway that a test makes fail.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use domain::id::WorkspaceId;
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use local::gateway::Gateway;
use local::setup::{DynamoDb, Local, Setup, TABLE};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub type AnyError = Box<dyn Error + Send + Sync>;
pub type TestResult = Result<(), AnyError>;

/// What happens to a request that writes.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is answered as usual.
    None,
    /// The connection ends before it is applied.
    Disconnect,
    /// It is applied, and the connection ends before the answer.
    LoseAnswer,
    /// It is not applied, but answered with a status, `retry-after` and a body.
    Answer(u16, Option<&'static str>, &'static str, Value),
    /// It is not applied and never answered.
    Hang,
    /// Its first record is not applied, and reported as unknown.
    LoseFirstRecord,
    /// It is not applied before the test says so, and answered then.
    Hold(watch::Receiver<bool>),
}

impl Fault {
    /// The problem of a database that cannot be reached: nothing was applied.
    pub fn unavailable() -> Self {
        let problem = json!({"status": 503, "code": "unavailable", "detail": "Try again."});
        Self::Answer(503, Some("0"), "application/problem+json", problem)
    }

    /// A rate limit of the gateway.
    pub fn rate_limit() -> Self {
        let message = json!({"message": "Too Many Requests"});
        Self::Answer(429, Some("0"), "application/json", message)
    }

    /// An answer of the gateway in the place of a lost one.
    pub fn bad_gateway() -> Self {
        let message = json!({"message": "Internal Server Error"});
        Self::Answer(502, None, "application/json", message)
    }
}

/// Decides what happens to the request with this number, from 0.
type Script = Box<dyn FnMut(usize) -> Fault + Send>;

struct Shared {
    gateway: Arc<Gateway>,
    script: Mutex<Script>,
    /// Of requests that only read, with how many there were.
    reads: Mutex<(usize, Script)>,
    seen: watch::Sender<usize>,
    bodies: Mutex<Vec<Bytes>>,
}

/// The product, with a key to everything.
pub struct Product {
    pub base_url: String,
    pub key: String,
    local: Local,
    workspace: WorkspaceId,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

impl Product {
    pub async fn start() -> Result<Self, AnyError> {
        let setup = Setup {
            dynamodb: DynamoDb::Embedded {
                data_dir: None,
                host: Ipv4Addr::LOCALHOST.into(),
                port: Some(0),
            },
            table: TABLE.to_owned(),
            functions: None,
            is_read_only: false,
        };
        let local = setup.start().await?;
        let workspace = admin::workspaces::create(&local.app, "Test").await?;
        let permissions = registry::permissions();
        let id = workspace.config.id;
        let key = admin::keys::create(&local.app, id, "all", &permissions, None).await?;
        let shared = Arc::new(Shared {
            gateway: local.gateway.clone(),
            script: Mutex::new(Box::new(|_| Fault::None)),
            reads: Mutex::new((0, Box::new(|_| Fault::None))),
            seen: watch::Sender::new(0),
            bodies: Mutex::default(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let mut server = JoinSet::new();
        server.spawn(accept(listener, shared.clone()));
        Ok(Self {
            base_url,
            key: key.api_key,
            local,
            workspace: id,
            shared,
            _server: server,
        })
    }

    /// A key of another workspace with these permissions.
    pub async fn foreign_key(&self, permissions: &[String]) -> Result<String, AnyError> {
        let other = admin::workspaces::create(&self.local.app, "Other").await?;
        let id = other.config.id;
        let key = admin::keys::create(&self.local.app, id, "other", permissions, None).await?;
        Ok(key.api_key)
    }

    /// Makes requests that write fail from now on, and counts them from 0.
    pub fn fail(&self, script: impl FnMut(usize) -> Fault + Send + 'static) {
        *self.shared.script.lock().expect("no test panics here") = Box::new(script);
        self.shared.seen.send_replace(0);
        self.bodies();
    }

    /// Makes requests that only read fail from now on, and counts them from 0.
    pub fn fail_reads(&self, script: impl FnMut(usize) -> Fault + Send + 'static) {
        *self.shared.reads.lock().expect("no test panics here") = (0, Box::new(script));
    }

    /// How many requests only read.
    pub fn reads(&self) -> usize {
        self.shared.reads.lock().expect("no test panics here").0
    }

    /// A new revenue source.
    pub async fn source(&self, name: &str) -> Result<String, AnyError> {
        let source = admin::sources::create(&self.local.app, self.workspace, name).await?;
        Ok(source.id.to_string())
    }

    /// The source of revenues that name none.
    pub async fn default_source(&self) -> Result<String, AnyError> {
        let page = self.get("revenue-sources").await?;
        let sources = page["data"].as_array().ok_or("it is a list")?;
        let default = sources.iter().find(|source| source["is_default"] == true);
        let id = default.and_then(|source| source["id"].as_str());
        Ok(id.ok_or("there is one")?.to_owned())
    }

    /// Waits for so many requests that write.
    pub async fn requested(&self, number: usize) -> TestResult {
        let mut seen = self.shared.seen.subscribe();
        seen.wait_for(|seen| *seen >= number).await?;
        Ok(())
    }

    /// The bodies of the requests so far.
    pub fn bodies(&self) -> Vec<Bytes> {
        std::mem::take(&mut *self.shared.bodies.lock().expect("no test panics here"))
    }

    /// Everything that is stored of a kind, by external id. Fails if one is there twice.
    pub async fn stored(&self, kind: &str) -> Result<BTreeMap<String, Value>, AnyError> {
        let mut stored = BTreeMap::new();
        let mut position = "page=1".to_owned();
        loop {
            let page = self.get(&format!("{kind}?per_page=100&{position}")).await?;
            for record in page["data"].as_array().ok_or("it is a list")? {
                let id = record["external_id"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                if let Some(twice) = stored.insert(id, record.clone()) {
                    return Err(format!("twice: {twice}").into());
                }
            }
            match page["meta"]["next_cursor"].as_str() {
                Some(cursor) => position = format!("cursor={cursor}"),
                None => return Ok(stored),
            }
        }
    }

    async fn get(&self, path: &str) -> Result<Value, AnyError> {
        let request = Request::get(format!("/api/v1/{path}"))
            .header("host", "127.0.0.1")
            .header("authorization", format!("Bearer {}", self.key))
            .body(Body::empty())?;
        let response = self.shared.gateway.answer(request).await;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(serve(client, shared.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// Serves one connection. An error of `answer` ends it: that is how a client loses an answer.
async fn serve(client: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(|request| answer(request, &shared));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(client), service);
    _ = connection.await;
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Result<Response<Body>, AnyError> {
    let (parts, body) = request.into_parts();
    let mut body = body.collect().await?.to_bytes();
    let mut fault = if parts.method == Method::POST {
        // Held to the end, so that no two requests have the same number.
        let mut script = shared.script.lock().expect("no test panics here");
        let number = *shared.seen.borrow();
        let fault = script(number);
        shared
            .bodies
            .lock()
            .expect("no test panics here")
            .push(body.clone());
        shared.seen.send_replace(number + 1);
        fault
    } else {
        let mut reads = shared.reads.lock().expect("no test panics here");
        let (number, script) = &mut *reads;
        *number += 1;
        script(*number - 1)
    };
    let mut first = None;
    match &mut fault {
        Fault::None | Fault::LoseAnswer => {}
        Fault::Disconnect => return Err("the request is lost".into()),
        Fault::Answer(status, retry_after, media_type, body) => {
            let mut response = Response::builder().status(*status);
            response = response.header("content-type", *media_type);
            if let Some(retry_after) = retry_after {
                response = response.header("retry-after", *retry_after);
            }
            return Ok(response.body(Body::from(body.to_string()))?);
        }
        Fault::Hang => return std::future::pending().await,
        Fault::LoseFirstRecord => {
            let mut sent: Value = serde_json::from_slice(&body)?;
            let records = sent["records"].as_array_mut().ok_or("it is a batch")?;
            first = Some(records.remove(0));
            body = sent.to_string().into();
        }
        Fault::Hold(released) => {
            released.wait_for(|is_released| *is_released).await?;
        }
    }
    let forwarded = Request::from_parts(parts, Body::from(body));
    let response = shared.gateway.answer(forwarded).await;
    match (fault, first) {
        (Fault::LoseAnswer, _) => Err("the answer is lost".into()),
        (_, Some(first)) => with_unknown(response, &first).await,
        (_, None) => Ok(response),
    }
}

/// The answer with an unknown outcome before the others.
async fn with_unknown(response: Response<Body>, first: &Value) -> Result<Response<Body>, AnyError> {
    let (mut parts, body) = response.into_parts();
    let mut answer: Value = serde_json::from_slice(&body.collect().await?.to_bytes())?;
    let problem = json!({"status": 503, "code": "outcome_unknown", "detail": "Send it again."});
    let unknown = json!({
        "index": 0,
        "status": "outcome_unknown",
        "external_id": first["external_id"],
        "error": problem,
        "retryable": true,
    });
    let results = answer["data"].as_array_mut().ok_or("it is a batch")?;
    results.insert(0, unknown);
    for (index, result) in results.iter_mut().enumerate() {
        result["index"] = index.into();
    }
    parts.headers.remove("content-length");
    Ok(Response::from_parts(parts, Body::from(answer.to_string())))
}
