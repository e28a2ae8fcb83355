//! Requests to the API, with repetitions that neither lose nor double anything.

mod batch;
mod error;
mod ping;
mod problem;
mod retry;
mod verdict;

use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::redirect;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::config::{ApiKey, Connection};
use crate::output::sentence;
use crate::stop::Stop;

pub use batch::{
    BatchAnswer, Difference, ENVELOPE_BYTES_MAX, ItemStatus, RecordResult, StoredRevenue,
};
pub use error::{ApiError, Cause, Outcome, SetupError};
pub use ping::Ping;
pub use problem::{FieldProblem, Problem};
pub use reqwest::Method;
pub use retry::Ended;
pub(crate) use retry::Pause;
use retry::Repetitions;
use verdict::{Attempt, Verdict};

/// What this client calls itself.
const AGENT: &str = concat!("allocora/", env!("CARGO_PKG_VERSION"));
/// The header with the id of a request, by which the log of the API finds it.
const REQUEST_ID: &str = "x-request-id";
/// The media type of bodies.
const JSON: &str = "application/json";
/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long and how often a request is tried.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The most attempts for one request.
    pub attempts: u32,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// The longest first pause; each is up to twice as long as the one before.
    pub pause: Duration,
    /// The longest pause that this client chooses itself.
    pub pause_max: Duration,
    /// How long everything together may take.
    pub time_max: Option<Duration>,
    /// Whether repetitions are reported on the error output.
    pub is_reported: bool,
}

impl Default for Policy {
    /// API Gateway ends a request after 30 seconds. Ten attempts last about a minute and a half
    /// in the mean, and outlive a deployment or a short outage.
    fn default() -> Self {
        Self {
            attempts: 10,
            timeout: Duration::from_secs(35),
            pause: Duration::from_millis(500),
            pause_max: Duration::from_secs(30),
            time_max: None,
            is_reported: false,
        }
    }
}

/// Whether a request may be sent again if it may have been applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Yes: a second time changes nothing.
    Always,
    /// No: a second time would create a second record.
    UnlessUnknown,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, from the address of the API.
    pub path: String,
    /// The parameters of the query.
    pub query: Vec<(&'static str, String)>,
    /// The body, as JSON.
    pub body: Option<String>,
    /// The media type of the answer.
    pub accept: &'static str,
    /// Whether it may be sent again.
    pub repeat: Repeat,
}

/// A successful answer.
#[derive(Debug)]
pub struct Answer {
    /// The body.
    pub body: Vec<u8>,
    /// The id of the request.
    pub request_id: String,
}

/// The API, as seen with one key.
#[derive(Debug)]
pub struct Api {
    http: reqwest::Client,
    base_url: String,
    key: ApiKey,
    policy: Policy,
    deadline: Option<Instant>,
    repetitions: Repetitions,
    stop: Stop,
}

impl Api {
    /// The API behind a connection. The time that everything may take begins now; `stop` ends
    /// pauses.
    ///
    /// # Errors
    /// If the certificates or the proxies of this machine cannot be used.
    pub fn new(connection: &Connection, policy: Policy, stop: Stop) -> Result<Self, SetupError> {
        // An error means that the process has a provider already, which is just as well.
        _ = rustls::crypto::ring::default_provider().install_default();
        let mut key = HeaderValue::try_from(connection.key.authorization())
            .expect("a key is visible ASCII, as a header requires");
        key.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, key);
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let http = reqwest::Client::builder()
            .default_headers(headers)
            // The API has no redirects, and the key must not follow one elsewhere.
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .build()?;
        let deadline = |time| Instant::now().checked_add(time);
        let deadline = policy.time_max.and_then(deadline);
        Ok(Self {
            http,
            base_url: connection.base_url.clone(),
            key: connection.key.clone(),
            policy,
            deadline,
            repetitions: Repetitions::default(),
            stop,
        })
    }

    /// Reads something.
    ///
    /// # Errors
    /// As [`Self::send`], and if the answer is not what was expected.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&'static str, String)],
    ) -> Result<T, ApiError> {
        let request = Request {
            method: Method::GET,
            path: path.to_owned(),
            query: query.to_vec(),
            body: None,
            accept: JSON,
            repeat: Repeat::Always,
        };
        let answer = self.send(&request).await?;
        self.read(&request, &answer)
    }

    /// Reads the JSON of an answer.
    ///
    /// # Errors
    /// If it is not what was expected.
    pub fn read<T: DeserializeOwned>(
        &self,
        request: &Request,
        answer: &Answer,
    ) -> Result<T, ApiError> {
        serde_json::from_slice(&answer.body)
            .map_err(|error| ApiError::unexpected(request, answer, error.to_string()))
    }

    /// Sends a request, and repeats it as often as the policy allows: after 429, a 5xx, a broken
    /// connection or no answer in time, with growing random pauses that are never shorter than the
    /// API asked for.
    ///
    /// # Errors
    /// Why there is no successful answer, and whether the request may have been applied.
    pub async fn send(&self, request: &Request) -> Result<Answer, ApiError> {
        Ok(self.send_noting(request).await?.0)
    }

    /// As [`Self::send`], with what attempts before the answered one may have done.
    async fn send_noting(&self, request: &Request) -> Result<(Answer, Outcome), ApiError> {
        let mut attempt = 1;
        // What an earlier attempt may have done is not undone by one that did nothing.
        let mut outcome = Outcome::NotApplied;
        loop {
            let request_id = Uuid::now_v7().to_string();
            let verdict = self.attempt(request, &request_id).await;
            let failure = match verdict {
                Verdict::Answered(answer) => return Ok((answer, outcome)),
                Verdict::Failed(failure) => failure,
            };
            outcome = outcome.max(failure.outcome);
            let mut error = ApiError {
                request: format!("{} {}", request.method, request.path),
                cause: failure.cause,
                outcome,
                attempts: attempt,
                ended: None,
                request_id,
            };
            let may_repeat = request.repeat == Repeat::Always || outcome == Outcome::NotApplied;
            if !failure.is_retryable || !may_repeat {
                return Err(error);
            }
            let what = || format!("{}: {}", error.request, sentence(&error.cause));
            match self.pause(attempt, failure.retry_after, what).await {
                Pause::Over => attempt += 1,
                Pause::Never(reason) => {
                    error.ended = Some(reason);
                    return Err(error);
                }
            }
        }
    }

    async fn attempt(&self, request: &Request, request_id: &str) -> Verdict {
        let url = format!("{}{}", self.base_url, request.path);
        let url = match reqwest::Url::parse_with_params(&url, &request.query) {
            Ok(mut url) => {
                if request.query.is_empty() {
                    url.set_query(None);
                }
                url
            }
            Err(error) => return Verdict::not_sent(Cause::Unexpected(error.to_string())),
        };
        let timeout = self.time_left(self.policy.timeout);
        if timeout.is_zero() {
            return Verdict::not_sent(Cause::TooLate);
        }
        let mut sent = self
            .http
            .request(request.method.clone(), url)
            .header(REQUEST_ID, request_id)
            .header(ACCEPT, request.accept)
            .timeout(timeout);
        if let Some(body) = &request.body {
            sent = sent.header(CONTENT_TYPE, JSON).body(body.clone());
        }
        let sent = sent.send().await;
        Attempt {
            base_url: &self.base_url,
            key: &self.key,
            accept: request.accept,
            request_id,
            timeout,
        }
        .verdict(sent)
        .await
    }

    /// `time`, or what is left until the deadline if that is shorter.
    fn time_left(&self, time: Duration) -> Duration {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        self.deadline
            .map_or(time, |deadline| time.min(left(deadline)))
    }
}
