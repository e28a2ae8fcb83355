//! The AWS Lambda entry: the only place that names `lambda_http`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
pub use lambda_http::Error;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::{Adapter, RequestExt, Service};
use serde_json::Value;
use tokio::time::Instant;
use tower::ServiceExt;

use crate::app::App;
use crate::http::{Deadline, GatewayRequestId, Operation, router};
use crate::table::{Connection, TABLE_VARIABLE};

/// What is kept back of a function's remaining time, to send the answer in.
const ANSWER_TIME: Duration = Duration::from_millis(400);
/// The environment variable with the log level, such as `info` or `debug`.
const LOG_VARIABLE: &str = "ALLOCORA_LOG";

/// Runs a function of the API until its environment ends.
///
/// # Errors
/// If the environment names no table, or the Lambda runtime ends.
pub async fn run(operations: Vec<Operation>) -> Result<(), Error> {
    let level = std::env::var(LOG_VARIABLE).unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(level).without_time().init();
    let table = std::env::var(TABLE_VARIABLE).map_err(|_| format!("{TABLE_VARIABLE} must name the table"))?;
    let table = Connection::new(table, None).open().await;
    let router = router(Arc::new(App::new(table)), operations);
    lambda_http::run(entry(router)).await
}

/// Answers one event of an API Gateway HTTP API (payload 2.0), as [`run`] does.
///
/// # Errors
/// If the event is not one, or its answer cannot be written.
pub async fn answer(router: Router, event: Value, deadline: SystemTime) -> Result<Value, Error> {
    let request: LambdaRequest = serde_json::from_str(&event.to_string())?;
    let mut context = Context::default();
    context.deadline = deadline.duration_since(SystemTime::UNIX_EPOCH)?.as_millis() as u64;
    // A router is always ready. The adapter is gone before its answer is awaited, or this could not be spawned.
    let answering = Adapter::from(entry(router)).call(LambdaEvent::new(request, context));
    Ok(serde_json::to_value(answering.await?)?)
}

/// The router with what a Lambda event knows of the request.
fn entry(
    router: Router,
) -> impl Service<lambda_http::Request, Response = axum::response::Response, Error = std::convert::Infallible, Future: Send>
+ Clone {
    router.map_request(|mut request: lambda_http::Request| {
        if let Some(context) = request.lambda_context_ref() {
            let left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
            let deadline = Deadline(Instant::now() + left.saturating_sub(ANSWER_TIME));
            request.extensions_mut().insert(deadline);
        }
        if let Some(RequestContext::ApiGatewayV2(gateway)) = request.request_context_ref()
            && let Some(id) = gateway.request_id.clone()
        {
            request.extensions_mut().insert(GatewayRequestId(id));
        }
        request
    })
}
