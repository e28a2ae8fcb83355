//! The wire between an API and its DynamoDB: it records every call, and can make calls fail.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::StatusCode;
pub use proxy::Call;
use proxy::{Action, Answer, Hook, Proxy};
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is carried out, but its answer is lost.
    LostAnswer,
    /// The request is throttled and not carried out.
    Throttled,
    /// The same for a transaction, for which DynamoDB has another error.
    ThrottledTransaction,
    /// The same for each of the statements of a call.
    ThrottledStatements,
    /// The request is not carried out, and there is no answer.
    Silence,
    /// A batch of reads or writes is answered with all of it left unprocessed.
    Unprocessed,
    /// The request is not permitted.
    Denied,
}

const FAULTS: [Fault; 7] = [
    Fault::LostAnswer,
    Fault::Throttled,
    Fault::ThrottledTransaction,
    Fault::ThrottledStatements,
    Fault::Silence,
    Fault::Unprocessed,
    Fault::Denied,
];
const DENIED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException","message":"not permitted"}"#;
const THROTTLED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}"#;
const THROTTLED_TRANSACTION: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message":"cancelled","CancellationReasons":[{"Code":"None"},{"Code":"ThrottlingError","Message":"slow down"}]}"#;

/// A connection to DynamoDB that a test can watch and disturb.
pub struct Wire {
    pub endpoint: String,
    state: Arc<State>,
    /// Absent if the wire is cut.
    proxy: Option<Proxy>,
}

#[derive(Default)]
struct State {
    /// How many of the next requests meet each fault.
    left: [AtomicUsize; FAULTS.len()],
    /// The operation that faults are confined to, if they are.
    only: Mutex<Option<&'static str>>,
    has_short_pages: AtomicBool,
    calls: Mutex<Vec<Call>>,
}

impl Wire {
    /// A wire to `endpoint`, without faults yet.
    pub async fn before(endpoint: &str) -> Self {
        let state = Arc::<State>::default();
        let proxy = Proxy::start(endpoint, state.clone()).await.unwrap();
        Self {
            endpoint: proxy.endpoint.clone(),
            state,
            proxy: Some(proxy),
        }
    }

    /// Cuts the wire: its connections end, and new ones are refused.
    pub async fn cut(&mut self) {
        self.proxy = None;
        let address = self.endpoint.strip_prefix("http://").unwrap();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// The next `requests` requests meet this fault.
    pub fn next(&self, fault: Fault, requests: usize) {
        self.state.left[fault as usize].store(requests, Ordering::SeqCst);
    }

    /// Confines faults to one operation, such as `PutItem`.
    pub fn only(&self, operation: &'static str) {
        *self.state.only.lock().unwrap() = Some(operation);
    }

    /// From now on, each page of a query has one item, as if items were large.
    pub fn shorten_pages(&self) {
        self.state.has_short_pages.store(true, Ordering::SeqCst);
    }

    /// Returns the calls since the last `take`.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.state.calls.lock().unwrap())
    }

    /// Adds calls that went over another wire.
    pub fn extend(&self, calls: Vec<Call>) {
        self.state.calls.lock().unwrap().extend(calls);
    }

    /// Takes the calls and counts them by operation.
    pub fn count(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.take() {
            *counts.entry(call.operation).or_default() += 1;
        }
        counts
    }
}

/// The items that a call inserts; none if it is another call.
pub fn inserted(call: &Call) -> Vec<Value> {
    let item = |statement: &Value| {
        let text = statement["Statement"].as_str().unwrap();
        let names = text.strip_prefix("INSERT INTO ").unwrap().split('\'');
        let names = names.skip(1).step_by(2).map(str::to_owned);
        let values = statement["Parameters"].as_array().unwrap();
        names.zip(values.iter().cloned()).collect()
    };
    let statements = call.body["Statements"].as_array();
    statements.into_iter().flatten().map(item).collect()
}

impl Hook for State {
    type Note = ();

    async fn request(&self, call: Call) -> Action<()> {
        self.calls.lock().unwrap().push(call.clone());
        match self.fault(&call.operation) {
            Some(Fault::LostAnswer) => Action::LoseAnswer,
            Some(Fault::Throttled) => Action::Answer(bad_request(THROTTLED)),
            Some(Fault::ThrottledTransaction) => Action::Answer(bad_request(THROTTLED_TRANSACTION)),
            Some(Fault::ThrottledStatements) => Action::Answer(throttled_statements(&call)),
            Some(Fault::Silence) => Action::Hang,
            Some(Fault::Denied) => Action::Answer(bad_request(DENIED)),
            Some(Fault::Unprocessed) => Action::Answer(unprocessed(&call)),
            None => self.forward(call),
        }
    }
}

impl State {
    /// The fault that a call of this operation meets.
    fn fault(&self, operation: &str) -> Option<Fault> {
        let only = *self.only.lock().unwrap();
        if only.is_some_and(|only| only != operation) {
            return None;
        }
        FAULTS.into_iter().find(|fault| {
            let left = &self.left[*fault as usize];
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok()
        })
    }

    fn forward(&self, mut call: Call) -> Action<()> {
        if call.operation == "Query" && self.has_short_pages.load(Ordering::SeqCst) {
            call.body["Limit"] = json!(1);
            return Action::ForwardBody(call.body, ());
        }
        Action::Forward(())
    }
}

/// An answer to BatchGetItem or BatchWriteItem that did nothing.
fn unprocessed(call: &Call) -> Answer {
    let requested = &call.body["RequestItems"];
    let body =
        json!({"Responses": {}, "UnprocessedKeys": requested, "UnprocessedItems": requested});
    Answer {
        status: StatusCode::OK,
        body: body.to_string().into(),
    }
}

/// An answer to BatchExecuteStatement that did nothing.
fn throttled_statements(call: &Call) -> Answer {
    let statements = call.body["Statements"].as_array().map_or(0, Vec::len);
    let throttled = json!({"Error": {"Code": "ThrottlingError", "Message": "slow down"}});
    let body = json!({"Responses": vec![throttled; statements]});
    Answer {
        status: StatusCode::OK,
        body: body.to_string().into(),
    }
}

fn bad_request(body: &'static str) -> Answer {
    Answer {
        status: StatusCode::BAD_REQUEST,
        body: body.into(),
    }
}
