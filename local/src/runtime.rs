//! An emulated execution environment of AWS Lambda: a function's program behind a Runtime API of
//! its own.
//!
//! As in Lambda, a program is started for the first event that comes, answers one event at a time,
//! is killed when it takes too long, and is started anew for the event after that. One thing is
//! smaller: Lambda starts more environments for events that come at once, and here they wait in
//! line.
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
pub use program::{Output, Program, Programs};

/// The most events that an environment has at once, waiting or under way: the concurrency that an
/// AWS account has at first, beyond which Lambda refuses too.
pub const EVENTS_MAX: usize = 1_000;

/// The execution environment of one function. Its program is killed when it is dropped.
pub struct Environment {
    program: Program,
    line: Semaphore,
    /// Absent before the first event, while an event is under way, and after the program was lost.
    process: Mutex<Option<Process>>,
}

impl Environment {
    /// The environment of a function. Its program is not started yet.
    pub fn new(program: Program) -> Self {
        Self {
            program,
            line: Semaphore::new(EVENTS_MAX),
            process: Mutex::default(),
        }
    }

    /// Waits until the program has asked for an event; starts it if it does not run.
    ///
    /// # Errors
    /// If the program cannot be started, or does not ask.
    pub async fn ready(&self) -> Result<Running, InvokeError> {
        let mut place = self.process.lock().await;
        let process = self
            .running(place.take())
            .await
            .map_err(|why| self.error(why))?;
        let running = process.running;
        *place = Some(process);
        Ok(running)
    }

    /// Gives the program an event and waits for its answer. If this is dropped while the event is
    /// under way, the program is killed.
    ///
    /// # Errors
    /// If there was no answer until `deadline`, or the answer is none.
    pub async fn invoke(&self, event: &Value, deadline: SystemTime) -> Result<Value, InvokeError> {
        self.answer(event, deadline)
            .await
            .map_err(|why| self.error(why))
    }

    async fn answer(&self, event: &Value, deadline: SystemTime) -> Result<Value, Why> {
        let _in_line = self.line.try_acquire().map_err(|_| Why::Throttled)?;
        let begin = async {
            let mut place = self.process.lock().await;
            let process = self.running(place.take()).await?;
            Ok::<_, Why>((place, process))
        };
        let (mut place, mut process) = timeout(left(deadline), begin)
            .await
            .map_err(|_| Why::NotBegun)??;
        // If it fails, the process is not put back, and so ends.
        let outcome = process.invoke(event.to_string(), deadline).await?;
        *place = Some(process);
        drop(place);
        match outcome {
            Outcome::Answered(json) => serde_json::from_slice(&json).map_err(Why::NotJson),
            Outcome::Failed(told) => Err(Why::Failed(told)),
            Outcome::TooLarge => Err(Why::TooLarge),
        }
    }

    /// The process that runs, or a new one.
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
fn left(deadline: SystemTime) -> Duration {
    deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default()
}
