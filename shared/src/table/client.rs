//! How the table is reached.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use tokio::sync::Semaphore;

use super::{CALLS_AT_ONCE_MAX, Table, Usage};

/// The environment variable that names the table.
pub const TABLE_VARIABLE: &str = "ALLOCORA_TABLE";

/// The most attempts of one call, the first included.
const ATTEMPTS_MAX: u32 = 4;
/// The first pause before a retry; later ones double, and each is drawn between zero and its length.
const BACKOFF_FIRST: Duration = Duration::from_millis(25);
/// The longest pause before a retry.
const BACKOFF_MAX: Duration = Duration::from_secs(1);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one attempt may take: a healthy table answers within milliseconds, a batch of large items within a second.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// What has to be known to reach a table; the rest is the standard AWS environment.
pub struct Connection {
    table: String,
    endpoint: Option<String>,
    emulated: bool,
}

impl Connection {
    /// The table named `table` where the standard AWS environment points (`AWS_REGION`, credentials,
    /// `AWS_ENDPOINT_URL_DYNAMODB`), or at `endpoint`.
    pub fn new(table: impl Into<String>, endpoint: Option<String>) -> Self {
        Self { table: table.into(), endpoint, emulated: false }
    }

    /// The table named `table` of a DynamoDB emulator at `endpoint`, which takes any credentials.
    pub fn emulated(table: impl Into<String>, endpoint: String) -> Self {
        Self { emulated: true, ..Self::new(table, Some(endpoint)) }
    }

    /// The table named `table` at `endpoint`. Without TLS only an emulator answers, so that no credentials have to be
    /// set up for one; those of the environment are used if there are any.
    pub fn at(table: impl Into<String>, endpoint: String) -> Self {
        let given = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
        if endpoint.starts_with("http://") && !["AWS_ACCESS_KEY_ID", "AWS_PROFILE"].into_iter().any(given) {
            Self::emulated(table, endpoint)
        } else {
            Self::new(table, Some(endpoint))
        }
    }

    /// The table, ready for calls. Nothing is sent yet.
    pub async fn open(self) -> Table {
        let client = Client::new(&self.environment().await);
        let room = Arc::new(Semaphore::new(CALLS_AT_ONCE_MAX));
        Table { client, name: self.table.into(), deadline: None, room, usage: Usage::default() }
    }

    async fn environment(&self) -> SdkConfig {
        let endpoint = self.endpoint.clone().or_else(|| std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok());
        // A plain connector does not load the store of certificates, which takes milliseconds at a cold start.
        let plain = endpoint.as_deref().is_some_and(|url| url.starts_with("http://"));
        let http = aws_smithy_http_client::Builder::new();
        let http =
            if plain { http.build_http() } else { http.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https() };
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS_MAX)
            .with_initial_backoff(BACKOFF_FIRST)
            .with_max_backoff(BACKOFF_MAX);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(retries)
            .timeout_config(timeouts);
        if let Some(endpoint) = endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if self.emulated {
            let key = aws_sdk_dynamodb::config::Credentials::new("local", "local", None, None, "emulated");
            loader = loader.credentials_provider(key).region(aws_config::Region::new("us-east-1"));
        }
        loader.load().await
    }
}
