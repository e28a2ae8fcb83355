//! The functions behind the gateway: routers in this process, or programs of their own.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use serde_json::Value;
use shared::error::Failure;
use tokio::time::timeout;

use crate::runtime::{Environment, InvokeError, Why};

/// What answers the events of a function.
#[derive(Clone)]
pub(super) enum Function {
    /// A router in this process.
    Router(Router),
    /// A program of its own.
    Program(Arc<Environment>),
}

impl Function {
    /// Answers an event within `time`.
    pub(super) async fn answer(&self, event: Value, time: Duration) -> Result<Value, Failure> {
        let deadline = SystemTime::now() + time;
        // A task of its own: a panic ends only the task, and a client that has gone does not end
        // it.
        match self {
            Self::Router(router) => {
                let mut run = tokio::spawn(shared::lambda::answer(router.clone(), event, deadline));
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
                // The environment sees to the deadline itself: it kills the program.
                let run = tokio::spawn(async move { environment.invoke(&event, deadline).await });
                match run.await {
                    Ok(answer) => answer.map_err(failure),
                    Err(panic) => Err(Failure::Internal(panic.into())),
                }
            }
        }
    }
}

/// What an event without an answer is to a client.
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
