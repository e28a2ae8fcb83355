//! A wire on which a test scripts what happens to each write.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use proxy::{Action, Answer, Call, Hook, Proxy};
use serde_json::json;

use crate::harness::Api;
use crate::wire::Wire;

/// The calls that write records and revenues.
const WRITES: [&str; 3] = ["BatchExecuteStatement", "PutItem", "TransactWriteItems"];

/// What happens to the first attempt of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// It is refused like the later ones.
    Refused,
    /// It is carried out, or not; either way there is no answer, or an internal error.
    NoAnswer { commits: bool, status_500: bool },
}

/// What happens to the attempts after the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// DynamoDB answers them.
    Forwarded,
    /// This error.
    Error(u16, &'static str),
    /// A transaction is cancelled for this reason, and all statements fail for it. A single write
    /// gets the error of that name.
    Cancelled(&'static str),
}

/// What happens to a write: to its first attempt, to so many after it, and to all others, which are
/// forwarded.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub first: First,
    pub then: Then,
    pub times: usize,
}

/// A wire that follows a script for each write.
pub struct Scripted {
    hook: Arc<Writes>,
    proxy: Proxy,
}

struct Writes {
    script: Script,
    attempts: AtomicUsize,
}

impl Scripted {
    pub async fn before(endpoint: &str, script: Script) -> Self {
        let hook = Arc::new(Writes {
            script,
            attempts: AtomicUsize::new(0),
        });
        let proxy = Proxy::start(endpoint, hook.clone()).await.unwrap();
        Self { hook, proxy }
    }

    /// The API over a wire with this script. It has proven its key.
    pub async fn api(api: &Api, first: First, then: Then, times: usize) -> (Self, Api) {
        let scripted = Self::before(&api.endpoint, Script { first, then, times }).await;
        let other = api.over(scripted.wire().await).await;
        other.get("/api/v1/payees").await.expect(200);
        (scripted, other)
    }

    /// Another wire in front of this one, for an API.
    pub async fn wire(&self) -> Wire {
        Wire::before(&self.proxy.endpoint).await
    }

    /// What is written next is another write, with a first attempt of its own.
    pub fn begin(&self) {
        self.hook.attempts.store(0, Ordering::SeqCst);
    }
}

impl Hook for Writes {
    type Note = ();

    async fn request(&self, call: Call) -> Action<()> {
        if !WRITES.contains(&call.operation.as_str()) {
            return Action::Forward(());
        }
        let Script { first, then, times } = self.script;
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst);
        match first {
            First::NoAnswer {
                commits,
                status_500,
            } if attempt == 0 => match (commits, status_500) {
                (true, true) => Action::ReplaceAnswer(error(500, "InternalServerError")),
                (true, false) => Action::LoseAnswer,
                (false, true) => Action::Answer(error(500, "InternalServerError")),
                (false, false) => Action::Disconnect,
            },
            First::Refused | First::NoAnswer { .. } if attempt > times => Action::Forward(()),
            First::Refused | First::NoAnswer { .. } => then.action(&call),
        }
    }
}

impl Then {
    fn action(self, call: &Call) -> Action<()> {
        match self {
            Self::Forwarded => Action::Forward(()),
            Self::Error(status, name) => Action::Answer(error(status, name)),
            Self::Cancelled(reason) => {
                let items = call.body["TransactItems"].as_array();
                let statements = call.body["Statements"].as_array();
                Action::Answer(match (items, statements) {
                    (Some(items), _) => cancelled(reason, items.len()),
                    // Only DynamoDB knows the item that is part of its answer, or is read after it.
                    _ if reason == "ConditionalCheckFailed" => return Action::Forward(()),
                    (_, Some(statements)) => failed(reason, statements.len()),
                    (None, None) => error(400, &single(reason)),
                })
            }
        }
    }
}

/// The error of a write outside a transaction for the same reason.
fn single(reason: &str) -> String {
    match reason {
        "ThrottlingError" => "ThrottlingException".to_owned(),
        "ValidationError" => "ValidationException".to_owned(),
        other => format!("{other}Exception"),
    }
}

fn error(status: u16, name: &str) -> Answer {
    let body = json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"),
        "message": "as scripted",
    });
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        body: body.to_string().into(),
    }
}

/// A cancelled transaction, because of its last action.
fn cancelled(reason: &str, actions: usize) -> Answer {
    let mut reasons = vec![json!({"Code": "None"}); actions];
    reasons[actions - 1] = json!({"Code": reason, "Message": "as scripted"});
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "cancelled",
        "CancellationReasons": reasons,
    });
    Answer {
        status: StatusCode::BAD_REQUEST,
        body: body.to_string().into(),
    }
}

/// Statements that failed, all for the same reason.
fn failed(reason: &str, statements: usize) -> Answer {
    let response = json!({"Error": {"Code": reason, "Message": "as scripted"}});
    let body = json!({"Responses": vec![response; statements]});
    Answer {
        status: StatusCode::OK,
        body: body.to_string().into(),
    }
}
