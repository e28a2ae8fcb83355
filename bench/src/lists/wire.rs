//! The wire between the API and the engine: it records what each call reads, what it costs, and
//! when it happened.
//!
//! It also saves the engine work that DynamoDB does not do, and that would make walking look worse
//! than it is: for each page of 1 MB, the engine fetches the rest of the range from its tables and
//! skips the rows of earlier pages. So the wire limits a query to the rows that fit into a page,
//! and its range to the rows from the start of the page. The answers are the same.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use proxy::{Action, Answer, Hook, Proxy};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

/// More rows than 1 MB holds: a page must end because of its size, as in DynamoDB.
const PAGE_ROWS: u64 = 4_000;

/// A connection to the engine.
pub struct Wire {
    /// The URL that the API connects to.
    pub endpoint: String,
    state: Arc<State>,
    _proxy: Proxy,
}

#[derive(Default)]
struct State {
    delay_ms: AtomicU64,
    calls: Mutex<Vec<Call>>,
}

/// What a call reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The key and its workspace, or anything else that is not part of a list.
    Access,
    /// The number of revenues of each day.
    Days,
    /// The number of revenues in each part of a day.
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
    /// When it was received.
    pub begin: Instant,
    /// When the engine had answered.
    pub end: Instant,
}

impl Wire {
    /// A wire to `endpoint`.
    ///
    /// # Errors
    /// If there is no port for it.
    pub async fn before(endpoint: &str) -> Result<Self, Box<dyn Error>> {
        let state = Arc::<State>::default();
        let proxy = Proxy::start(endpoint, state.clone()).await?;
        Ok(Self {
            endpoint: proxy.endpoint.clone(),
            state,
            _proxy: proxy,
        })
    }

    /// Delays each call by this much. Calls that are sent at the same time then overlap visibly,
    /// although the engine answers one after another.
    pub fn delay(&self, delay: Duration) {
        let delay_ms = delay.as_millis() as u64;
        self.state.delay_ms.store(delay_ms, Ordering::Relaxed);
    }

    /// Returns the calls since the last `take`.
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

/// The length of the longest chain of calls in which each began after the one before had ended.
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

impl Hook for State {
    /// What the call reads, and when it was received.
    type Note = (Reads, Instant);

    async fn request(&self, mut call: proxy::Call) -> Action<Self::Note> {
        let begin = Instant::now();
        let delay = Duration::from_millis(self.delay_ms.load(Ordering::Relaxed));
        sleep(delay).await;
        if call.operation != "Query" {
            return Action::Forward((Reads::Access, begin));
        }
        let reads = reads(&call.body);
        narrow(&mut call.body);
        Action::ForwardBody(call.body, (reads, begin))
    }

    fn answer(&self, note: Self::Note, answer: &Answer) -> Result<(), Box<dyn Error>> {
        let (reads, begin) = note;
        let units = match reads {
            Reads::Access => 0.0,
            Reads::Days | Reads::Parts | Reads::Rows => units(&answer.body)?,
        };
        let call = Call {
            reads,
            units,
            begin,
            end: Instant::now(),
        };
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(call);
        Ok(())
    }
}

/// What a query reads.
fn reads(query: &Value) -> Reads {
    let values = &query["ExpressionAttributeValues"];
    let (partition, from) = (values[":p"]["S"].as_str(), values[":from"]["S"].as_str());
    let (partition, from) = (partition.unwrap_or_default(), from.unwrap_or_default());
    match (
        partition.contains("#L#"),
        partition.contains("#T#"),
        from.split_once('#'),
    ) {
        (true, ..) => Reads::Rows,
        (_, true, Some(("Y", _))) => Reads::Days,
        (_, true, Some(("D", _))) => Reads::Parts,
        _ => Reads::Access,
    }
}

/// Narrows a query to the rows that it returns.
fn narrow(query: &mut Value) {
    if query["Limit"].is_null() {
        query["Limit"] = json!(PAGE_ROWS);
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
}

/// The parts of DynamoDB's answer to a query that matter here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueryAnswer {
    count: Option<u64>,
    consumed_capacity: Option<Capacity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Capacity {
    capacity_units: f64,
}

/// The read units that a query consumed.
fn units(answer: &[u8]) -> Result<f64, Box<dyn Error>> {
    let answer: QueryAnswer = serde_json::from_slice(answer)?;
    if answer.count.is_some_and(|count| count >= PAGE_ROWS) {
        return Err("a page ended because of the limit that the benchmark sets".into());
    }
    Ok(answer
        .consumed_capacity
        .map_or(0.0, |consumed| consumed.capacity_units))
}
