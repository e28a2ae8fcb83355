//! The Runtime API: where a program asks for events, and tells what it made of them.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::{Instant, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use http_body_util::BodyExt;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

/// The most bytes of an answer: Lambda's limit of 6 MiB, with the little that its own emulator
/// adds.
pub(super) const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;

/// The account of the examples in Amazon's documentation.
const ARN_PREFIX: &str = "arn:aws:lambda:us-east-1:123456789012:function:";
const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");

/// An event for the program.
pub(super) struct Invocation {
    pub(super) event: String,
    pub(super) deadline: SystemTime,
    /// Where to tell what became of it.
    pub(super) tell: oneshot::Sender<Outcome>,
}

/// What the program made of an event.
pub(super) enum Outcome {
    Answered(Bytes),
    Failed(String),
    TooLarge,
}

/// How the program began.
pub(super) enum Init {
    Ready(Instant),
    Failed(String),
}

/// What a program knows of an error of its own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldError {
    error_type: String,
    error_message: String,
}

struct Api {
    function_arn: String,
    events: Mutex<mpsc::Receiver<Invocation>>,
    /// Taken by the first of the two things that can be told.
    init: Lock<Option<oneshot::Sender<Init>>>,
    /// The event under way, with its id.
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
        .with_state(Arc::new(api))
}

/// Serves it until this is dropped.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    // Answers are small: they must not wait for more.
    let listener = listener.tap_io(|connection| _ = connection.set_nodelay(true));
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "a Runtime API ended");
    }
}

/// Waits for an event and hands it over.
async fn next(State(api): State<Arc<Api>>) -> Response {
    api.begun(Init::Ready(Instant::now()));
    let Some(Invocation {
        event,
        deadline,
        tell,
    }) = api.events.lock().await.recv().await
    else {
        return refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Container",
            "the environment ends",
        );
    };
    let id = Uuid::new_v4();
    let trace = id.simple().to_string();
    *api.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((id.to_string(), tell));
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

/// Takes the answer to an event.
async fn response(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Body) -> Response {
    match read(body).await {
        Err(_) => refusal(
            StatusCode::BAD_REQUEST,
            "InvalidRequest",
            "the answer did not arrive whole",
        ),
        Ok(Some(answer)) => api.ended(&id, Outcome::Answered(answer)),
        Ok(None) => {
            let noted = api.ended(&id, Outcome::TooLarge);
            let too_large = refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                "the answer is too large",
            );
            if noted.status().is_success() {
                too_large
            } else {
                noted
            }
        }
    }
}

/// Takes word of an error in answering an event.
async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Body) -> Response {
    let told = told(body).await;
    api.ended(&id, Outcome::Failed(told))
}

/// Takes word that the program cannot begin.
async fn init_error(State(api): State<Arc<Api>>, body: Body) -> Response {
    let told = told(body).await;
    if api.begun(Init::Failed(told)) {
        StatusCode::ACCEPTED.into_response()
    } else {
        refusal(
            StatusCode::FORBIDDEN,
            "InvalidStateTransition",
            "the program has begun",
        )
    }
}

impl Api {
    /// Tells how the program began. This is told once.
    fn begun(&self, init: Init) -> bool {
        let told = self
            .init
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        told.is_some_and(|told| told.send(init).is_ok())
    }

    /// Tells what became of the event under way, if it has this id.
    fn ended(&self, id: &str, outcome: Outcome) -> Response {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match current.take_if(|(current, _)| current == id) {
            Some((_, tell)) => {
                // Nobody listens if the event was given up; the program is about to be killed.
                _ = tell.send(outcome);
                StatusCode::ACCEPTED.into_response()
            }
            None => refusal(
                StatusCode::BAD_REQUEST,
                "InvalidRequestID",
                "no event with this id is under way",
            ),
        }
    }
}

/// An error of this API as Lambda gives it.
fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response {
    let body = serde_json::json!({ "errorType": error_type, "errorMessage": message });
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

/// A body, or nothing if it is too large; then it is read to its end as well, since a program may
/// read no answer before it has sent all.
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

/// What a program tells of an error, in one line.
async fn told(body: Body) -> String {
    let bytes = read(body).await.ok().flatten().unwrap_or_default();
    match serde_json::from_slice::<ToldError>(&bytes) {
        Ok(told) => format!("{}: {}", told.error_type, told.error_message),
        Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}
