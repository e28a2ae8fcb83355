//! The Runtime API: a program asks it for events, and sends it the outcomes.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::{Instant, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use http_body_util::BodyExt;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use crate::emulator::port::{self, Pages};

/// The most bytes of an answer: Lambda's limit of 6 MiB, plus the 100 bytes that Amazon's Runtime
/// Interface Emulator allows.
pub(super) const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;

/// With the account number of the examples in Amazon's documentation.
const ARN_PREFIX: &str = "arn:aws:lambda:us-east-1:123456789012:function:";
const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");

/// An event for the program.
pub(super) struct Invocation {
    pub(super) event: String,
    pub(super) deadline: SystemTime,
    /// Receives the outcome.
    pub(super) report: oneshot::Sender<Outcome>,
}

/// The outcome of an event.
pub(super) enum Outcome {
    Answered(Bytes),
    Failed(String),
    TooLarge,
}

/// The outcome of a start.
pub(super) enum Init {
    Ready(Instant),
    Failed(String),
}

/// An error as a program reports it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReportedError {
    error_type: String,
    error_message: String,
}

struct Api {
    function_arn: String,
    events: Mutex<mpsc::Receiver<Invocation>>,
    /// Receives the outcome of the start, once.
    init: Lock<Option<oneshot::Sender<Init>>>,
    /// The id of the event in progress, and where its outcome goes.
    current: Lock<Option<(String, oneshot::Sender<Outcome>)>>,
}

/// The Runtime API of one process.
pub(super) fn router(
    function: &str,
    events: mpsc::Receiver<Invocation>,
    init: oneshot::Sender<Init>,
) -> Router {
    let api = Api {
        function_arn: format!("{ARN_PREFIX}{function}"),
        events: Mutex::new(events),
        init: Lock::new(Some(init)),
        current: Lock::default(),
    };
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route(
            "/2018-06-01/runtime/invocation/{id}/response",
            post(response),
        )
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(from_fn(for_programs))
        .with_state(Arc::new(api))
}

/// Serves the API until the future is dropped.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    // Small answers should be sent at once.
    let listener = listener.tap_io(|connection| _ = connection.set_nodelay(true));
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "a Runtime API stopped");
    }
}

/// Refuses the requests of web pages.
async fn for_programs(request: Request, next: Next) -> Response {
    match port::refusal(&request, Ipv4Addr::LOCALHOST.into(), Pages::None) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

/// Waits for an event and returns it.
async fn next(State(api): State<Arc<Api>>) -> Response {
    api.started(Init::Ready(Instant::now()));
    let Some(Invocation {
        event,
        deadline,
        report,
    }) = api.events.lock().await.recv().await
    else {
        return refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Container",
            "the environment is shutting down",
        );
    };
    let id = Uuid::new_v4();
    let trace = id.simple().to_string();
    *api.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((id.to_string(), report));
    let headers = [
        (REQUEST_ID, id.to_string()),
        (
            DEADLINE,
            deadline
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default()
                .as_millis()
                .to_string(),
        ),
        (FUNCTION_ARN, api.function_arn.clone()),
        (
            TRACE_ID,
            format!(
                "Root=1-{}-{};Parent={};Sampled=0",
                &trace[..8],
                &trace[8..],
                &trace[..16]
            ),
        ),
        (CONTENT_TYPE, "application/json".to_owned()),
    ];
    (headers, event).into_response()
}

/// Receives the answer to an event.
async fn response(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Body) -> Response {
    match read(body).await {
        Err(_) => refusal(
            StatusCode::BAD_REQUEST,
            "InvalidRequest",
            "the answer is incomplete",
        ),
        Ok(Some(answer)) => api.finished(&id, Outcome::Answered(answer)),
        Ok(None) => {
            let recorded = api.finished(&id, Outcome::TooLarge);
            let too_large = refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                "the answer is too large",
            );
            if recorded.status().is_success() {
                too_large
            } else {
                recorded
            }
        }
    }
}

/// Receives an error in place of an answer.
async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Body) -> Response {
    let message = error_message(body).await;
    api.finished(&id, Outcome::Failed(message))
}

/// Receives the error of a program that cannot start.
async fn init_error(State(api): State<Arc<Api>>, body: Body) -> Response {
    let message = error_message(body).await;
    if api.started(Init::Failed(message)) {
        StatusCode::ACCEPTED.into_response()
    } else {
        refusal(
            StatusCode::FORBIDDEN,
            "InvalidStateTransition",
            "the program has already started",
        )
    }
}

impl Api {
    /// Reports the outcome of the start, unless it was reported before.
    fn started(&self, init: Init) -> bool {
        let report = self
            .init
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        report.is_some_and(|report| report.send(init).is_ok())
    }

    /// Reports the outcome of the event in progress, if it has this id.
    fn finished(&self, id: &str, outcome: Outcome) -> Response {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match current.take_if(|(current, _)| current == id) {
            Some((_, report)) => {
                // If the event was given up, nobody listens, and the program is about to be killed.
                _ = report.send(outcome);
                StatusCode::ACCEPTED.into_response()
            }
            None => refusal(
                StatusCode::BAD_REQUEST,
                "InvalidRequestID",
                "no event with this id is in progress",
            ),
        }
    }
}

/// An error of this API, in the format of Lambda.
fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response {
    let body = serde_json::json!({ "errorType": error_type, "errorMessage": message });
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

/// Reads a body; `None` if it is too large. It is read to its end anyway: a program may read no
/// answer before it has sent everything.
async fn read(mut body: Body) -> Result<Option<Bytes>, axum::Error> {
    let mut bytes = Vec::new();
    let mut fits = true;
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        fits = fits && bytes.len() + data.len() <= ANSWER_BYTES_MAX;
        if fits {
            bytes.extend_from_slice(data);
        }
    }
    Ok(fits.then(|| bytes.into()))
}

/// The error that a program reports, in one line.
async fn error_message(body: Body) -> String {
    let bytes = read(body).await.ok().flatten().unwrap_or_default();
    match serde_json::from_slice::<ReportedError>(&bytes) {
        Ok(error) => format!("{}: {}", error.error_type, error.error_message),
        Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}
