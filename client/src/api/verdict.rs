//! What an attempt means for the next one.

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};

use super::error::{Cause, Outcome};
use super::problem::{self, Problem};
use super::{Answer, REQUEST_ID, retry};
use crate::config::ApiKey;

/// The most characters of an answer that is no problem document, in a message.
const SHOWN_CHARACTERS_MAX: usize = 200;

/// What an attempt came to.
pub enum Verdict {
    /// A successful answer.
    Answered(Answer),
    /// Anything else.
    Failed(Failure),
}

/// An attempt that failed.
pub struct Failure {
    /// Why.
    pub cause: Cause,
    /// Whether it may have been applied.
    pub outcome: Outcome,
    /// Whether another attempt can help.
    pub is_retryable: bool,
    /// How long the API asked to wait.
    pub retry_after: Option<Duration>,
}

impl Verdict {
    /// A request that cannot be sent.
    pub fn not_sent(cause: Cause) -> Self {
        Self::Failed(Failure {
            cause,
            outcome: Outcome::NotApplied,
            is_retryable: false,
            retry_after: None,
        })
    }
}

/// How a request was sent.
pub struct Attempt<'a> {
    /// The address.
    pub base_url: &'a str,
    /// The key, which must not be shown if an answer repeats it.
    pub key: &'a ApiKey,
    /// The media type of an answer.
    pub accept: &'static str,
    /// Its id.
    pub request_id: &'a str,
    /// How long the answer may take.
    pub timeout: Duration,
}

impl Attempt<'_> {
    /// The verdict on the response, or on why there is none.
    pub async fn verdict(self, sent: Result<Response, reqwest::Error>) -> Verdict {
        match sent {
            Ok(response) => self.answered(response).await,
            Err(error) => broken(error, self.timeout),
        }
    }

    async fn answered(self, response: Response) -> Verdict {
        let status = response.status();
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let request_id = header(REQUEST_ID).unwrap_or_else(|| self.request_id.to_owned());
        let media_type = header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let retry_after = header(RETRY_AFTER.as_str())
            .and_then(|text| retry::retry_after(&text, Timestamp::now()));
        let body = match response.bytes().await {
            Ok(body) => body.to_vec(),
            Err(error) => return broken(error, self.timeout),
        };
        if status.is_success() && media_type.starts_with(self.accept) {
            return Verdict::Answered(Answer { body, request_id });
        }
        let body = self.key.hidden_in(&String::from_utf8_lossy(&body));
        let is_problem = media_type.starts_with(problem::MEDIA_TYPE);
        let problem = is_problem.then(|| serde_json::from_str::<Problem>(&body).ok());
        let problem = problem.flatten();
        let is_retryable = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
        // What is in front of the API answers 429 and 5xx in its place. A page, another success, or
        // that there is nothing or something elsewhere, is what another address answers.
        let is_elsewhere = media_type.starts_with("text/html")
            || status.is_success()
            || status == StatusCode::NOT_FOUND
            || status.is_redirection();
        let outcome = outcome(status, problem.as_ref());
        let (status, body) = (status.as_u16(), shown(&body));
        Verdict::Failed(Failure {
            cause: match problem {
                Some(problem) => Cause::Problem(Box::new(problem)),
                None if is_elsewhere && !is_retryable => Cause::NotTheApi {
                    base_url: self.base_url.to_owned(),
                    status,
                    body,
                },
                None => Cause::Status { status, body },
            },
            outcome,
            is_retryable,
            retry_after,
        })
    }
}

/// docs/errors.md: a 5xx without a problem document means that the outcome is unknown. A bug may
/// have come after the write. So is that of a success that the API did not report.
fn outcome(status: StatusCode, problem: Option<&Problem>) -> Outcome {
    let nothing_applied = problem.is_some_and(|problem| problem.code == "unavailable");
    let is_unknown = status.is_server_error() || status.is_success();
    match is_unknown && !nothing_applied {
        true => Outcome::Unknown,
        false => Outcome::NotApplied,
    }
}

/// The verdict on an attempt without an answer. Without a connection, nothing was sent.
fn broken(error: reqwest::Error, timeout: Duration) -> Verdict {
    let outcome = match error.is_connect() || error.is_builder() {
        true => Outcome::NotApplied,
        false => Outcome::Unknown,
    };
    let is_retryable = !error.is_builder() && !is_refused_by_tls(&error);
    // A connection has a limit of its own.
    let cause = match error.is_timeout() && !error.is_connect() {
        true => Cause::Timeout(timeout),
        // The URL of a request may have a search in its query; the path is in the message anyway.
        false => Cause::Connection(error.without_url()),
    };
    Verdict::Failed(Failure {
        cause,
        outcome,
        is_retryable,
        retry_after: None,
    })
}

/// Whether the other side has no valid certificate, which does not change by waiting.
fn is_refused_by_tls(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        // An IO error shows its inner error as itself, not as its source.
        let inner = error.downcast_ref::<std::io::Error>();
        let inner = inner.and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        next = error.source();
    }
    false
}

/// The beginning of a body, in one line.
fn shown(body: &str) -> String {
    let text = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let printable = text.chars().filter(|character| !character.is_control());
    printable.take(SHOWN_CHARACTERS_MAX).collect()
}
