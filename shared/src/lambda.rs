//! The AWS Lambda entry: the only place that names `lambda_runtime`.
//!
//! It takes events unparsed: whatever is in them, the caller gets an answer and nothing panics.

mod event;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::Request;
pub use lambda_runtime::Error;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use store::key;
use store::table::Table;
use tokio::time::Instant;
use tower::ServiceExt;

use crate::app::App;
use crate::cloudwatch;
use crate::error::chain;
use crate::http::{Deadline, GatewayRequestId, Operation, REQUEST_TIMEOUT, router};
use crate::panics::log_panics;
use event::{Event, FunctionResult};

/// The part of a function's remaining time that is kept to send the response.
const ANSWER_TIME: Duration = Duration::from_millis(400);
/// How long the first connection may take before requests are accepted without it.
const WARM_UP_TIMEOUT: Duration = Duration::from_secs(1);

/// The environment variable with the log filter: see [`cloudwatch::log`].
pub const LOG_VARIABLE: &str = "ALLOCORA_LOG";
/// The filter where none is set.
const DEFAULT_FILTER: &str = "info";
/// The environment variable with the name of the function, set by Lambda.
const FUNCTION_VARIABLE: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// Runs a function of the API until its environment ends.
///
/// # Errors
/// If the environment lacks a variable, or names a log filter that does not parse, or the Lambda
/// runtime ends.
pub async fn run(operations: Vec<Operation>) -> Result<(), Error> {
    let router = router(Arc::new(begin().await?), operations);
    let answer = |LambdaEvent { payload, context }: LambdaEvent<Box<RawValue>>| {
        let (router, deadline) = (router.clone(), deadline(context.deadline()));
        async move { answer_until(router, payload.get(), deadline).await }
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Runs a function that handles other events than requests, until its environment ends. `handle`
/// gets an event and the deadline; its error is logged where it occurs.
///
/// # Errors
/// As [`run`].
pub async fn run_events<F, R, E>(handle: F) -> Result<(), Error>
where
    F: Fn(Arc<App>, Value, Instant) -> R,
    R: Future<Output = Result<Value, E>>,
{
    let app = Arc::new(begin().await?);
    let answer = |LambdaEvent { payload, context }: LambdaEvent<Value>| {
        let deadline = deadline(context.deadline());
        let deadline = deadline.unwrap_or_else(|| Instant::now() + REQUEST_TIMEOUT);
        let handling = handle(app.clone(), payload, deadline);
        // The cause is in the log already; the runtime would add everything that DynamoDB answered.
        async move {
            handling
                .await
                .map_err(|_| Error::from("the event was not handled"))
        }
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Starts what every function needs: the log, and the connection to the table.
async fn begin() -> Result<App, Error> {
    let variable = |name| {
        std::env::var(name)
            .ok()
            .filter(|value: &String| !value.is_empty())
    };
    let function = variable(FUNCTION_VARIABLE).unwrap_or_default();
    let filter = variable(LOG_VARIABLE).unwrap_or_else(|| DEFAULT_FILTER.to_owned());
    let log = cloudwatch::log(&function, &filter, std::io::stdout).map_err(|error| {
        format!("{LOG_VARIABLE} must be a level or a filter, got {filter}: {error}")
    })?;
    tracing::subscriber::set_global_default(log)?;
    log_panics();
    let table = Table::of_function()?;
    connect(&table.until(Instant::now() + WARM_UP_TIMEOUT)).await;
    Ok(App::new(table))
}

/// Opens the connection to the table, so that the first request finds it open: a function has more
/// processor while it starts, and the TLS handshake is the most expensive thing that it does. The
/// function starts even if this fails, because every request can connect.
async fn connect(table: &Table) {
    if let Err(error) = table.existing(&[key::warm_up_key()]).await {
        tracing::warn!(
            error = chain(&error),
            "the table was not reached at the start"
        );
    }
}

/// Answers one event of an API Gateway HTTP API (payload format 2.0), as [`run`] does.
///
/// # Errors
/// If it is not such an event, or its answer cannot be written.
pub async fn answer(router: Router, event: String, deadline: SystemTime) -> Result<Value, Error> {
    let result = answer_until(router, &event, self::deadline(deadline)).await?;
    Ok(serde_json::to_value(result)?)
}

async fn answer_until(
    router: Router,
    event: &str,
    deadline: Option<Instant>,
) -> Result<FunctionResult, Error> {
    let event: Event = serde_json::from_str(event).map_err(|error| {
        format!("this function answers events of payload format 2.0 of an HTTP API: {error}")
    })?;
    // The router answers a request that is malformed too, so that it gets an id and is logged.
    let mut request = event.request().unwrap_or_else(|malformed| {
        let mut request = Request::default();
        request.extensions_mut().insert(malformed);
        request
    });
    let extensions = request.extensions_mut();
    if let Some(deadline) = deadline {
        extensions.insert(Deadline(deadline));
    }
    if let Some(id) = event.request_id() {
        extensions.insert(GatewayRequestId(id.to_owned()));
    }
    let Ok(response) = router.oneshot(request).await;
    Ok(FunctionResult::of(response).await?)
}

/// When an invocation must have ended, with time left to send the response. None if the deadline
/// has passed already, as under `cargo lambda watch`; Lambda never does that.
fn deadline(deadline: SystemTime) -> Option<Instant> {
    let left = deadline.duration_since(SystemTime::now()).ok()?;
    Some(Instant::now() + left.saturating_sub(ANSWER_TIME))
}
