//! The wire between the API and the engine: a proxy that notes what each call is for, what it
//! costs, and when.
//!
//! It also spares the engine work that DynamoDB does not have, and that would be counted against a
//! walk: the engine takes all the rest of a range from its tables for each page of 1 MB, and looks
//! through what the pages before had. So the proxy asks for no more rows than fit into a page, and
//! for the range from where the page starts. The answers are the same.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::http::Message;

/// More rows than 1 MB holds: a page must end for its size, as it does in DynamoDB.
const ROWS_OF_PAGE: u64 = 4_000;

/// The proxy.
pub struct Wire {
    /// Where it answers.
    pub endpoint: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    delay: AtomicU64,
    calls: Mutex<Vec<Call>>,
}

/// What a call reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The key and its workspace, or what is not about lists at all.
    Access,
    /// How many revenues there are on each day.
    Days,
    /// How many there are in each part of a day.
    Parts,
    /// The revenues themselves.
    Rows,
}

/// A call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// What it reads.
    pub reads: Reads,
    /// The read units that it consumed.
    pub units: f64,
    /// When the engine was asked.
    pub begin: Instant,
    /// When it had answered.
    pub end: Instant,
}

impl Wire {
    /// A proxy before `endpoint`.
    ///
    /// # Errors
    /// If there is no port for it.
    pub async fn before(endpoint: &str) -> Result<Self, Box<dyn Error>> {
        let upstream = endpoint.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let wire = Self {
            endpoint: format!("http://{}", listener.local_addr()?),
            state: Arc::default(),
        };
        let state = wire.state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (upstream, state) = (upstream.clone(), state.clone());
                tokio::spawn(async move {
                    if let Err(error) = serve(client, &upstream, &state).await
                        && error.kind() == ErrorKind::InvalidData
                    {
                        eprintln!("the wire was cut: {error}");
                    }
                });
            }
        });
        Ok(wire)
    }

    /// Lets each call take so much longer: calls that are sent at the same time are then seen to
    /// be, although the engine answers one after the other.
    pub fn delay(&self, delay: Duration) {
        self.state
            .delay
            .store(delay.as_millis() as u64, Ordering::Relaxed);
    }

    /// The calls since the last taking.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(
            &mut self
                .state
                .calls
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

/// The longest chain of calls of which each began after the one before had ended.
pub fn steps(calls: &[Call]) -> usize {
    let mut calls: Vec<&Call> = calls.iter().collect();
    calls.sort_by_key(|call| call.end);
    let (mut steps, mut last) = (0, None);
    for call in calls {
        if last.is_none_or(|end| end <= call.begin) {
            steps += 1;
            last = Some(call.end);
        }
    }
    steps
}

/// Passes calls on, one after the other.
async fn serve(mut client: TcpStream, upstream: &str, state: &State) -> io::Result<()> {
    let mut upstream = TcpStream::connect(upstream).await?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    loop {
        let mut request = Message::read(&mut client).await?;
        let reads = if request.head.contains(".Query\r\n") {
            eased(&mut request)?
        } else {
            Reads::Access
        };
        let begin = Instant::now();
        sleep(Duration::from_millis(state.delay.load(Ordering::Relaxed))).await;
        upstream.write_all(&request.bytes()).await?;
        let answer = Message::read(&mut upstream).await?;
        let units = if reads == Reads::Access {
            0.0
        } else {
            units(&answer)?
        };
        let call = Call {
            reads,
            units,
            begin,
            end: Instant::now(),
        };
        state
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
        client.write_all(&answer.bytes()).await?;
    }
}

/// What a query reads. What spares the engine work is put in.
fn eased(request: &mut Message) -> io::Result<Reads> {
    let mut query: Value = serde_json::from_slice(&request.body)?;
    let values = &query["ExpressionAttributeValues"];
    let (partition, from) = (values[":p"]["S"].as_str(), values[":from"]["S"].as_str());
    let (partition, from) = (partition.unwrap_or_default(), from.unwrap_or_default());
    let reads = match (
        partition.contains("#L#"),
        partition.contains("#T#"),
        from.split_once('#'),
    ) {
        (true, ..) => Reads::Rows,
        (_, true, Some(("Y", _))) => Reads::Days,
        (_, true, Some(("D", _))) => Reads::Parts,
        _ => Reads::Access,
    };
    if query["Limit"].is_null() {
        query["Limit"] = json!(ROWS_OF_PAGE);
    }
    let sort = query["ExpressionAttributeNames"]["#s"]
        .as_str()
        .unwrap_or_default();
    let start = query["ExclusiveStartKey"][sort].clone();
    if !start.is_null() {
        let bound = if query["ScanIndexForward"] == false {
            ":to"
        } else {
            ":from"
        };
        query["ExpressionAttributeValues"][bound] = start;
    }
    request.body = query.to_string().into_bytes();
    Ok(reads)
}

/// What DynamoDB says of an answer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    count: Option<u64>,
    consumed_capacity: Option<Capacity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Capacity {
    capacity_units: f64,
}

fn units(answer: &Message) -> io::Result<f64> {
    let answer: Answer = serde_json::from_slice(&answer.body)?;
    if answer.count.is_some_and(|count| count >= ROWS_OF_PAGE) {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            "a page was ended by the limit of the benchmark",
        ));
    }
    Ok(answer
        .consumed_capacity
        .map_or(0.0, |consumed| consumed.capacity_units))
}
