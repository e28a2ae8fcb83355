//! The stream of the table, which the function `totals` counts.
//!
//! Unlike in the cloud, where counting follows within seconds, reads of revenues and products wait
//! until earlier writes through this gateway are counted, so that they are exact.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use admin::template::Template;
use serde_json::Value;
use shared::app::App;
use tokio::time::Instant;

use crate::emulator::runtime::{Environment, Program};
use crate::emulator::stream::{self, Mapping, Pattern};
use crate::engine;
use crate::error::StartError;
use crate::files::read_private;

/// How long one event may take.
const EVENT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long counting may take before the product stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request waits until writes are counted; then it is answered anyway.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);

/// The function that counts.
const FUNCTION: &str = "totals";
const POSITIONS_FILE: &str = "stream.json";

/// Where the stream is.
pub struct Source<'a> {
    /// The environment variables with which a function finds an emulated table.
    pub variables: &'a [(&'static str, String)],
    /// The name of the table.
    pub table: &'a str,
    /// Where to keep the positions of counted records; `None` if the data is not kept either.
    pub data_dir: Option<&'a Path>,
}

/// What counts.
pub enum Consumer {
    /// The function in this process.
    Here(Arc<App>),
    /// The function as a program.
    Program(Box<Environment>),
}

/// A stream that is being counted. It stops when it is dropped.
pub struct Stream(Mapping);

impl Stream {
    /// Starts to send the records that the template's filter selects to a consumer. In a data
    /// directory, records that were sent long ago expire.
    ///
    /// # Errors
    /// If the table has no stream, or the data directory cannot be used.
    pub async fn feed(
        source: Source<'_>,
        template: &Template,
        consumer: Consumer,
    ) -> Result<Self, StartError> {
        let pattern =
            Pattern::parse(template.stream_pattern()).map_err(StartError::StreamPattern)?;
        let positions = source
            .data_dir
            .map(|directory| directory.join(POSITIONS_FILE));
        if let Some((directory, file)) = source.data_dir.zip(positions.as_deref()) {
            engine::expire(directory, &read_private(file)?)?;
        }
        let source = stream::Source {
            variables: source.variables,
            table: source.table,
            positions,
        };
        let consumer = Arc::new(consumer);
        let consume = move |event| {
            let consumer = consumer.clone();
            async move { consumer.consume(event).await }
        };
        Ok(Self(Mapping::start(source, pattern, consume).await?))
    }

    /// Notifies the stream that something may have been written.
    pub fn written(&self) {
        self.0.notify();
    }

    /// Waits until everything that was written is counted, as nothing is counted while the product
    /// does not run; returns whether it is.
    pub async fn drained(&self) -> bool {
        self.written();
        self.0.settled(DRAIN_TIMEOUT).await
    }

    /// Waits until earlier writes are counted, but only for a limited time; returns whether they
    /// are.
    pub async fn settled(&self) -> bool {
        let settled = self.0.settled(SETTLE_TIMEOUT).await;
        if !settled {
            tracing::warn!("the totals lag behind; a request is answered without the last writes");
        }
        settled
    }
}

impl Consumer {
    /// The function among these programs, or in this process if there are none.
    pub fn of(programs: Option<&[Program]>, app: Arc<App>) -> Self {
        let mut programs = programs.into_iter().flatten();
        match programs.find(|program| program.function == FUNCTION) {
            Some(program) => Self::Program(Box::new(Environment::new(program.clone()))),
            None => Self::Here(app),
        }
    }

    async fn consume(&self, event: Value) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self {
            Self::Here(app) => {
                let deadline = Instant::now() + EVENT_TIMEOUT;
                totals::handle_event(app, event, deadline).await?;
            }
            Self::Program(environment) => {
                let deadline = SystemTime::now() + EVENT_TIMEOUT;
                environment.invoke(&event, deadline).await?;
            }
        }
        Ok(())
    }
}
