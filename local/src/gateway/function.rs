//! The functions behind the gateway: routers in this process, or programs.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use serde_json::Value;
use shared::error::Failure;
use tokio::time::timeout;

use crate::emulator::runtime::{Environment, InvokeError, Why};

/// A function.
#[derive(Clone)]
pub(super) enum Function {
    /// A router in this process.
    Router(Router),
    /// A program with its execution environment.
    Program(Arc<Environment>),
}

impl Function {
    /// Answers an event, or fails after `time`.
    pub(super) async fn answer(&self, event: Value, time: Duration) -> Result<Value, Failure> {
        let deadline = SystemTime::now() + time;
        // In a task of its own: a panic ends only the task, and the task continues if the client
        // disconnects.
        match self {
            Self::Router(router) => {
                let mut run = tokio::spawn(shared::lambda::answer(
                    router.clone(),
                    event.to_string(),
                    deadline,
                ));
                match timeout(time, &mut run).await {
                    Ok(Ok(answer)) => answer.map_err(Failure::Internal),
                    Ok(Err(panic)) => Err(Failure::Internal(panic.into())),
                    Err(elapsed) => {
                        run.abort();
                        Err(Failure::OutcomeUnknown(elapsed.into()))
                    }
                }
            }
            Self::Program(environment) => {
                let environment = environment.clone();
                // The environment enforces the deadline itself, by killing the program.
                let run = tokio::spawn(async move { environment.invoke(&event, deadline).await });
                match run.await {
                    Ok(answer) => answer.map_err(failure),
                    Err(panic) => Err(Failure::Internal(panic.into())),
                }
            }
        }
    }
}

/// What the client learns about an event that was not answered.
fn failure(error: InvokeError) -> Failure {
    match error.why {
        Why::Throttled | Why::NotBegun => Failure::Unavailable(error.into()),
        Why::TimedOut => Failure::OutcomeUnknown(error.into()),
        Why::Start(..)
        | Why::Init(_)
        | Why::InitTimeout
        | Why::Ended(_)
        | Why::Lost(_)
        | Why::Failed(_)
        | Why::TooLarge
        | Why::NotJson(_) => Failure::Internal(error.into()),
    }
}
