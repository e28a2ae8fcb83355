//! Why an event has no answer.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use super::api::ANSWER_BYTES_MAX;

/// How long a program may take until it asks for its first event, as in Lambda.
pub const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// An event without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the function {function} did not answer")]
pub struct InvokeError {
    /// The function that was asked.
    pub function: String,
    /// What came in between.
    #[source]
    pub why: Why,
}

/// What comes between an event and its answer.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// The program could not be started.
    #[error("cannot start the program {}", .0.display())]
    Start(PathBuf, #[source] io::Error),
    /// The program told that it cannot begin.
    #[error("its program failed to start: {0}")]
    Init(String),
    /// The program did not begin.
    #[error("its program asked for no event within {} s, and was killed", INIT_TIMEOUT.as_secs())]
    InitTimeout,
    /// The program ended.
    #[error("its program ended first, with {0}")]
    Ended(ExitStatus),
    /// The state of the program cannot be told.
    #[error("cannot watch its program")]
    Lost(#[source] io::Error),
    /// The program took too long.
    #[error("its program took too long, and was killed")]
    TimedOut,
    /// The program told that it failed.
    #[error("its program told an error: {0}")]
    Failed(String),
    /// The answer is larger than Lambda takes.
    #[error("the answer is larger than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
    /// The answer is not JSON.
    #[error("the answer is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// Too many events wait already; this one was not begun.
    #[error("too many events are waiting")]
    Throttled,
    /// The time ran out in line; the event was not begun.
    #[error("its time ran out in line")]
    NotBegun,
}
