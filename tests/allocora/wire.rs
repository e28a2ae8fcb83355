//! The wire between an API and its DynamoDB: a proxy that notes every call, and brings the fault of
//! the moment.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong with the next requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is carried out and its answer is lost.
    LostAnswer,
    /// The request is refused for load and not carried out.
    Throttled,
    /// The same for a transaction, which DynamoDB tells in another way.
    ThrottledTransaction,
    /// The request is not carried out, and nobody answers.
    Silence,
}

const FAULTS: [Fault; 4] = [
    Fault::LostAnswer,
    Fault::Throttled,
    Fault::ThrottledTransaction,
    Fault::Silence,
];
const THROTTLED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}"#;
const THROTTLED_TRANSACTION: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message":"cancelled","CancellationReasons":[{"Code":"None"},{"Code":"ThrottlingError","Message":"slow down"}]}"#;

/// The proxy.
pub struct Wire {
    pub endpoint: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    left: [AtomicUsize; 4],
    calls: Mutex<Vec<Call>>,
}

/// A call as it was sent.
pub struct Call {
    /// The operation, such as `PutItem`.
    pub operation: String,
    pub body: Value,
}

impl Wire {
    /// A proxy before `endpoint`, without faults yet.
    pub async fn before(endpoint: &str) -> Self {
        let upstream = endpoint
            .strip_prefix("http://")
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Self {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::default(),
        };
        let state = wire.state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                client.set_nodelay(true).unwrap();
                // A connection ends with an error when a fault has ended it.
                tokio::spawn(serve(client, upstream.clone(), state.clone()));
            }
        });
        wire
    }

    /// A wire that leads nowhere.
    pub async fn cut() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::default(),
        }
    }

    /// The next `requests` requests meet this fault.
    pub fn next(&self, fault: Fault, requests: usize) {
        self.state.left[fault as usize].store(requests, Ordering::SeqCst);
    }

    /// The calls since the last taking.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.state.calls.lock().unwrap())
    }

    /// Notes calls that went over another wire.
    pub fn extend(&self, calls: Vec<Call>) {
        self.state.calls.lock().unwrap().extend(calls);
    }

    /// How many there were of each operation.
    pub fn count(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.take() {
            *counts.entry(call.operation).or_default() += 1;
        }
        counts
    }
}

/// Passes requests on, one after the other, until one meets a fault.
async fn serve(mut client: TcpStream, upstream: String, state: Arc<State>) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(upstream).await?;
    upstream.set_nodelay(true)?;
    loop {
        let request = message(&mut client).await?;
        state.calls.lock().unwrap().push(call(&request));
        let fault = FAULTS.into_iter().find(|fault| {
            state.left[*fault as usize]
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
        });
        match fault {
            Some(Fault::Throttled) => {
                client.write_all(refusal(THROTTLED).as_bytes()).await?;
                continue;
            }
            Some(Fault::ThrottledTransaction) => {
                client
                    .write_all(refusal(THROTTLED_TRANSACTION).as_bytes())
                    .await?;
                continue;
            }
            Some(Fault::Silence) => {
                // Until the client goes away.
                client.read_u8().await?;
                return Ok(());
            }
            Some(Fault::LostAnswer) | None => upstream.write_all(&request).await?,
        }
        let answer = message(&mut upstream).await?;
        if fault == Some(Fault::LostAnswer) {
            return Ok(());
        }
        client.write_all(&answer).await?;
    }
}

fn refusal(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// What a request asks for: a header names the operation, and the body is JSON.
fn call(request: &[u8]) -> Call {
    let end = request
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&request[..end]);
    let target = head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("x-amz-target:"))
        .unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    Call {
        operation,
        body: serde_json::from_slice(&request[end + 4..]).unwrap(),
    }
}

/// One HTTP message with a content-length.
async fn message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Ok(bytes);
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}
