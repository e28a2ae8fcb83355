//! The stream of the table, fed to the function `totals` as Lambda does it.
//!
//! What differs: here a read of revenues or products waits until what was written through this
//! gateway before is counted, so that what one tries is exact; in the cloud counting follows within
//! seconds.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html>

mod pattern;
mod position;
mod reader;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use admin::template::Template;
use serde_json::Value;
use shared::app::App;
use shared::error::chain;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::error::StartError;
use crate::runtime::{Environment, Program};
use pattern::Pattern;
use position::Positions;
use reader::Reader;

/// How often the stream is read if nothing asks for it: others may write to the table as well.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long one event may take.
const EVENT_TIMEOUT: Duration = Duration::from_secs(60);
/// The pause after a failure, before the same records are tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How long a request waits until everything is counted; then it is answered as it is.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);

/// The function that counts.
const FUNCTION: &str = "totals";

/// Where the stream is.
pub struct Source<'a> {
    /// What leads a function to the table, of an emulator.
    pub variables: &'a [(&'static str, String)],
    /// The name of the table.
    pub table: &'a str,
    /// Where to keep how far it was read; nowhere if the data is not kept either.
    pub data_dir: Option<&'a Path>,
}

/// What counts.
pub enum Consumer {
    /// The function in this process.
    Here(Arc<App>),
    /// The function as a program.
    Program(Box<Environment>),
}

/// A stream that is being fed to its consumer. It ends when it is dropped.
pub struct Stream {
    writes: Arc<Writes>,
    counted: watch::Receiver<u64>,
    _feeding: JoinSet<()>,
}

/// The writes that were told.
#[derive(Default)]
struct Writes {
    number: AtomicU64,
    told: Notify,
}

impl Stream {
    /// Begins to feed the records of a stream, those that the template wants, to their consumer.
    ///
    /// # Errors
    /// If the table has no stream, or the file with the position cannot be read.
    pub async fn feed(
        source: Source<'_>,
        template: &Template,
        consumer: Consumer,
    ) -> Result<Self, StartError> {
        let pattern =
            Pattern::parse(template.stream_pattern()).map_err(StartError::StreamPattern)?;
        let positions = Positions::open(source.data_dir)?;
        let reader = Reader::open(source.variables, source.table, positions).await?;
        let writes = Arc::new(Writes::default());
        let (tell, counted) = watch::channel(0);
        let mut feeding = JoinSet::new();
        feeding.spawn(
            Feeder {
                reader,
                pattern,
                consumer,
            }
            .run(writes.clone(), tell),
        );
        Ok(Self {
            writes,
            counted,
            _feeding: feeding,
        })
    }

    /// Says that something may have been written.
    pub fn written(&self) {
        self.writes.number.fetch_add(1, Ordering::AcqRel);
        self.writes.told.notify_one();
    }

    /// Waits until what was written before is counted, but not for ever; whether it is.
    pub async fn settled(&self) -> bool {
        let number = self.writes.number.load(Ordering::Acquire);
        let mut counted = self.counted.clone();
        let settled = timeout(
            SETTLE_TIMEOUT,
            counted.wait_for(|counted| *counted >= number),
        )
        .await
        .is_ok();
        if !settled {
            tracing::warn!("the totals are behind: a request is answered without the last of them");
        }
        settled
    }
}

struct Feeder {
    reader: Reader,
    pattern: Pattern,
    consumer: Consumer,
}

impl Feeder {
    async fn run(mut self, writes: Arc<Writes>, counted: watch::Sender<u64>) {
        loop {
            // A write that is told from here on may be read already, and is looked for again.
            let number = writes.number.load(Ordering::Acquire);
            match self.drain().await {
                Ok(()) => drop(counted.send_replace(number)),
                // Nothing is skipped: the same records come again.
                Err(error) => {
                    tracing::warn!(error, "the totals were not counted; they are tried again");
                    sleep(RETRY_PAUSE).await;
                    continue;
                }
            }
            if writes.number.load(Ordering::Acquire) == number {
                let _ = timeout(POLL_INTERVAL, writes.told.notified()).await;
            }
        }
    }

    /// Feeds what is there, but not what comes meanwhile.
    async fn drain(&mut self) -> Result<(), String> {
        for shard in self.reader.shards().await? {
            while let Some(batch) = self.reader.next(&shard).await? {
                let is_last = !batch.is_full();
                if let Some(event) = batch.event(&self.pattern) {
                    self.consumer.take(event).await?;
                }
                self.reader.taken(batch)?;
                if is_last {
                    break;
                }
            }
        }
        Ok(())
    }
}

impl Consumer {
    /// The function among these programs, or over `app` if there are none.
    pub fn of(programs: Option<&[Program]>, app: Arc<App>) -> Self {
        match programs
            .into_iter()
            .flatten()
            .find(|program| program.function == FUNCTION)
        {
            Some(program) => Self::Program(Box::new(Environment::new(program.clone()))),
            None => Self::Here(app),
        }
    }

    async fn take(&self, event: Value) -> Result<(), String> {
        match self {
            Self::Here(app) => {
                let taken = totals::handle_event(app, event, Instant::now() + EVENT_TIMEOUT).await;
                taken.map(drop).map_err(|error| chain(&error))
            }
            Self::Program(environment) => {
                let taken = environment
                    .invoke(&event, SystemTime::now() + EVENT_TIMEOUT)
                    .await;
                taken.map(drop).map_err(|error| chain(&error))
            }
        }
    }
}
