//! An execution environment of AWS Lambda: a function's program with a Runtime API of its own.
//!
//! As in Lambda, the program is started for the first event, answers one event at a time, is killed
//! if it takes too long, and is restarted for the next event. Unlike Lambda, which starts further
//! environments for concurrent events, this one lets them wait in a queue.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>

mod api;
mod error;
mod process;
mod program;

use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

use api::Outcome;
pub use error::{INIT_TIMEOUT, InvokeError, Why};
use process::Process;
pub use process::Running;
pub use program::{Output, Program};

/// The most events that an environment accepts at once, waiting and in progress: the default
/// concurrency limit of an AWS account, beyond which Lambda throttles too.
pub const EVENTS_MAX: usize = 1_000;

/// The execution environment of one function. Dropping it kills the program.
pub struct Environment {
    program: Program,
    queue: Semaphore,
    /// Absent before the first event, while an event is in progress, and after the program ended.
    process: Mutex<Option<Process>>,
}

impl Environment {
    /// The environment of a function. It does not start the program yet.
    pub fn new(program: Program) -> Self {
        Self {
            program,
            queue: Semaphore::new(EVENTS_MAX),
            process: Mutex::default(),
        }
    }

    /// Starts the program if it is not running, and waits until it is ready for an event.
    ///
    /// # Errors
    /// If the program cannot be started, or does not become ready.
    pub async fn ready(&self) -> Result<Running, InvokeError> {
        let mut slot = self.process.lock().await;
        let process = self
            .running(slot.take())
            .await
            .map_err(|why| self.error(why))?;
        let running = process.running;
        *slot = Some(process);
        Ok(running)
    }

    /// Sends the program an event and returns its answer. Dropping the future while the event is in
    /// progress kills the program.
    ///
    /// # Errors
    /// If there is no answer by `deadline`, or the answer is not valid.
    pub async fn invoke(&self, event: &Value, deadline: SystemTime) -> Result<Value, InvokeError> {
        self.answer(event, deadline)
            .await
            .map_err(|why| self.error(why))
    }

    async fn answer(&self, event: &Value, deadline: SystemTime) -> Result<Value, Why> {
        let _queued = self.queue.try_acquire().map_err(|_| Why::Throttled)?;
        let begin = async {
            let mut slot = self.process.lock().await;
            let process = self.running(slot.take()).await?;
            Ok::<_, Why>((slot, process))
        };
        let (mut slot, mut process) = timeout(time_left(deadline), begin)
            .await
            .map_err(|_| Why::NotBegun)??;
        // After an error the process is dropped, which kills it.
        let outcome = process.invoke(event.to_string(), deadline).await?;
        *slot = Some(process);
        drop(slot);
        match outcome {
            Outcome::Answered(json) => serde_json::from_slice(&json).map_err(Why::NotJson),
            Outcome::Failed(message) => Err(Why::Failed(message)),
            Outcome::TooLarge => Err(Why::TooLarge),
        }
    }

    /// The process, if it is still running, or a new one.
    async fn running(&self, process: Option<Process>) -> Result<Process, Why> {
        match process.and_then(Process::alive) {
            Some(process) => Ok(process),
            None => Process::start(&self.program).await,
        }
    }

    fn error(&self, why: Why) -> InvokeError {
        InvokeError {
            function: self.program.function.clone(),
            why,
        }
    }
}

/// The time until a deadline.
fn time_left(deadline: SystemTime) -> Duration {
    deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default()
}
