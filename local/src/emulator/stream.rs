//! An event source mapping of Lambda: it reads a DynamoDB stream and sends the matching records to
//! a consumer, batch by batch and in order. A batch that fails is sent again until it succeeds.
//!
//! Unlike Lambda, it can be notified of writes, and report when they are consumed.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>

mod error;
mod pattern;
mod positions;
mod reader;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub use error::StreamError;
pub use pattern::Pattern;
use positions::Positions;
use reader::Reader;

/// How often the stream is read without a notification: other processes may write to the table.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The pause after a failure, before the same records are sent again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Where the stream is.
pub struct Source<'a> {
    /// The environment variables of an AWS SDK: the endpoint, the region and the credentials.
    pub variables: &'a [(&'static str, String)],
    /// The name of the table.
    pub table: &'a str,
    /// The file that keeps the positions of consumed records; `None` if they are not kept.
    pub positions: Option<PathBuf>,
}

/// A running event source mapping. It stops when it is dropped.
pub struct Mapping {
    writes: Arc<Writes>,
    consumed: watch::Receiver<u64>,
    _task: JoinSet<()>,
}

/// The writes that the mapping was notified of.
#[derive(Default)]
struct Writes {
    count: AtomicU64,
    notify: Notify,
}

impl Mapping {
    /// Starts to send the records that match `pattern` to `consume`.
    ///
    /// # Errors
    /// If the table has no stream, or the file with the positions cannot be read.
    pub async fn start<C, F>(
        source: Source<'_>,
        pattern: Pattern,
        consume: C,
    ) -> Result<Self, StreamError>
    where
        C: Fn(Value) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let positions = Positions::open(source.positions)?;
        let reader = Reader::open(source.variables, source.table, positions).await?;
        let writes = Arc::new(Writes::default());
        let (report, consumed) = watch::channel(0);
        let mut task = JoinSet::new();
        task.spawn(run(reader, pattern, consume, writes.clone(), report));
        Ok(Self {
            writes,
            consumed,
            _task: task,
        })
    }

    /// Notifies the mapping that records may have been written.
    pub fn notify(&self) {
        self.writes.count.fetch_add(1, Ordering::AcqRel);
        self.writes.notify.notify_one();
    }

    /// Waits until the records of earlier notifications are consumed, but no longer than `limit`;
    /// returns whether they are.
    pub async fn settled(&self, limit: Duration) -> bool {
        let count = self.writes.count.load(Ordering::Acquire);
        let mut consumed = self.consumed.clone();
        let settled = consumed.wait_for(|consumed| *consumed >= count);
        timeout(limit, settled).await.is_ok()
    }
}

/// Sends records for ever.
async fn run<C, F>(
    mut reader: Reader,
    pattern: Pattern,
    consume: C,
    writes: Arc<Writes>,
    consumed: watch::Sender<u64>,
) where
    C: Fn(Value) -> F,
    F: Future<Output = Result<(), Box<dyn Error + Send + Sync>>>,
{
    loop {
        // Writes that are reported from here on may already be read; then the stream is read once
        // more.
        let count = writes.count.load(Ordering::Acquire);
        match drain(&mut reader, &pattern, &consume).await {
            Ok(()) => drop(consumed.send_replace(count)),
            // Nothing is skipped: the same records come again.
            Err(error) => {
                let error = chain(&error);
                tracing::warn!(
                    error,
                    "stream records were not consumed; they will be sent again"
                );
                sleep(RETRY_PAUSE).await;
                continue;
            }
        }
        if writes.count.load(Ordering::Acquire) == count {
            let _ = timeout(POLL_INTERVAL, writes.notify.notified()).await;
        }
    }
}

/// Sends the records that the stream has now.
async fn drain<C, F>(reader: &mut Reader, pattern: &Pattern, consume: &C) -> Result<(), StreamError>
where
    C: Fn(Value) -> F,
    F: Future<Output = Result<(), Box<dyn Error + Send + Sync>>>,
{
    for shard in reader.shards().await? {
        while let Some(batch) = reader.next(&shard).await? {
            let is_last = !batch.is_full();
            if let Some(event) = batch.event(pattern) {
                consume(event).await.map_err(StreamError::Consumer)?;
            }
            reader.advance(batch)?;
            if is_last {
                break;
            }
        }
    }
    Ok(())
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
