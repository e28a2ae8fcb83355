//! Why an event was not answered.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use super::api::ANSWER_BYTES_MAX;

/// How long a program may take to ask for its first event: Lambda's limit for the init phase.
pub const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// An event that was not answered.
#[derive(Debug, thiserror::Error)]
#[error("the function {function} did not answer")]
pub struct InvokeError {
    /// The function.
    pub function: String,
    /// The reason.
    #[source]
    pub why: Why,
}

/// Why a function did not answer an event.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// The program could not be started.
    #[error("cannot start the program {}", .0.display())]
    Start(PathBuf, #[source] io::Error),
    /// The program reported that it cannot start.
    #[error("its program failed to start: {0}")]
    Init(String),
    /// The program did not ask for an event.
    #[error("its program was not ready within {} s and was killed", INIT_TIMEOUT.as_secs())]
    InitTimeout,
    /// The program ended.
    #[error("its program ended before it answered ({0})")]
    Ended(ExitStatus),
    /// The state of the program is not known.
    #[error("cannot wait for its program")]
    Lost(#[source] io::Error),
    /// The program took too long.
    #[error("its program took too long and was killed")]
    TimedOut,
    /// The program reported an error.
    #[error("its program reported an error: {0}")]
    Failed(String),
    /// The answer is larger than Lambda allows.
    #[error("the answer is larger than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
    /// The answer is not JSON.
    #[error("the answer is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// Too many events are waiting; this one did not reach the program.
    #[error("too many events are waiting")]
    Throttled,
    /// The event waited too long; it did not reach the program.
    #[error("the event waited too long for its turn")]
    NotBegun,
}
