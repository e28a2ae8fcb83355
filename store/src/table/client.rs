//! Connecting to the table.

use std::env::VarError;
use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use tokio::sync::Semaphore;

use super::condition::ThrottledTransactions;
use super::{CALLS_AT_ONCE_MAX, Table, Usage};

/// The environment variable that names the table.
pub const TABLE_VARIABLE: &str = "ALLOCORA_TABLE";
/// The environment variable with the endpoint of another DynamoDB than that of the region.
pub const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL_DYNAMODB";
/// The environment variables with the credentials and the region of a function.
const KEY_VARIABLE: &str = "AWS_ACCESS_KEY_ID";
const SECRET_VARIABLE: &str = "AWS_SECRET_ACCESS_KEY";
const REGION_VARIABLE: &str = "AWS_REGION";

/// The most attempts of one call, the first included.
const ATTEMPTS_MAX: u32 = 4;
/// The first pause before a retry; later ones double, and each is drawn between zero and its
/// length.
const BACKOFF_FIRST: Duration = Duration::from_millis(25);
/// The longest pause before a retry.
const BACKOFF_MAX: Duration = Duration::from_secs(1);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one attempt may take: a healthy table answers within milliseconds, a batch of large
/// items within a second.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// The key id and the secret for an emulator, which accepts any, but may have separate tables for
/// each.
const EMULATED_KEY: &str = "local";
/// The region for an emulator, for the same reason.
const EMULATED_REGION: &str = "us-east-1";

/// A variable that the environment of a function must have.
#[derive(Debug, thiserror::Error)]
#[error("the environment must have {name}")]
pub struct MissingVariable {
    name: &'static str,
    source: VarError,
}

impl Table {
    /// The table of a function, from its environment: `ALLOCORA_TABLE`, and the variables that
    /// Lambda sets. Nothing is sent yet.
    ///
    /// A function has its credentials in the environment and nowhere else, so that the usual search
    /// for credentials does not have to be part of its program.
    ///
    /// # Errors
    /// [`MissingVariable`].
    pub fn of_function() -> Result<Self, MissingVariable> {
        let variable =
            |name| std::env::var(name).map_err(|source| MissingVariable { name, source });
        let (id, secret) = (variable(KEY_VARIABLE)?, variable(SECRET_VARIABLE)?);
        let token = variable("AWS_SESSION_TOKEN").ok();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(variable(REGION_VARIABLE)?))
            .credentials_provider(Credentials::new(id, secret, token, None, "function"));
        Ok(table(variable(TABLE_VARIABLE)?, config, endpoint()))
    }
}

/// How a tool connects to a table; everything else comes from the standard AWS environment.
pub struct Connection {
    table: String,
    endpoint: Option<String>,
    emulated: bool,
}

impl Connection {
    /// The table named `table` at the endpoint of the standard AWS environment (`AWS_REGION`,
    /// credentials, `AWS_ENDPOINT_URL_DYNAMODB`), or at `endpoint`.
    pub fn new(table: impl Into<String>, endpoint: Option<String>) -> Self {
        Self {
            table: table.into(),
            endpoint,
            emulated: false,
        }
    }

    /// The table named `table` of a DynamoDB emulator at `endpoint`, which accepts any credentials.
    pub fn emulated(table: impl Into<String>, endpoint: String) -> Self {
        Self {
            emulated: true,
            ..Self::new(table, Some(endpoint))
        }
    }

    /// The table named `table` at `endpoint`. Only an emulator answers without TLS, and needs no
    /// credentials of its own; credentials in the environment are used if there are any.
    pub fn at(table: impl Into<String>, endpoint: String) -> Self {
        let given = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
        if endpoint.starts_with("http://") && ![KEY_VARIABLE, "AWS_PROFILE"].into_iter().any(given)
        {
            Self::emulated(table, endpoint)
        } else {
            Self::new(table, Some(endpoint))
        }
    }

    /// Whether it is an emulator.
    pub fn is_emulated(&self) -> bool {
        self.emulated
    }

    /// The environment variables that a function needs for the same table, in addition to those of
    /// this process. For an emulator they are everything that [`Table::of_function`] reads;
    /// otherwise the region and the credentials are those of this process.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![(TABLE_VARIABLE, self.table.clone())];
        variables.extend(
            self.endpoint
                .clone()
                .map(|endpoint| (ENDPOINT_VARIABLE, endpoint)),
        );
        if self.emulated {
            variables.push((KEY_VARIABLE, EMULATED_KEY.to_owned()));
            variables.push((SECRET_VARIABLE, EMULATED_KEY.to_owned()));
            variables.push((REGION_VARIABLE, EMULATED_REGION.to_owned()));
        }
        variables
    }

    /// The table, ready for calls. Nothing is sent yet.
    pub async fn open(self) -> Table {
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).http_client(http_client(self.emulated));
        if self.emulated {
            let key = Credentials::new(EMULATED_KEY, EMULATED_KEY, None, None, "emulated");
            loader = loader
                .credentials_provider(key)
                .region(Region::new(EMULATED_REGION));
        }
        table(
            self.table,
            Builder::from(&loader.load().await),
            self.endpoint.or_else(endpoint),
        )
    }
}

fn endpoint() -> Option<String> {
    std::env::var(ENDPOINT_VARIABLE)
        .ok()
        .filter(|endpoint| !endpoint.is_empty())
}

/// The table over a configuration with credentials.
fn table(name: String, config: Builder, endpoint: Option<String>) -> Table {
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
        .with_initial_backoff(BACKOFF_FIRST)
        .with_max_backoff(BACKOFF_MAX);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let plain = endpoint
        .as_deref()
        .is_some_and(|url| url.starts_with("http://"));
    let mut config = config
        .http_client(http_client(plain))
        .retry_config(retries)
        .retry_classifier(ThrottledTransactions)
        // Its own budget of retries: by default, all clients of a process share one.
        .retry_partition(RetryPartition::custom(name.clone()).build())
        .timeout_config(timeouts);
    config.set_endpoint_url(endpoint);
    let permits = Arc::new(Semaphore::new(CALLS_AT_ONCE_MAX));
    let client = Client::from_conf(config.build());
    Table {
        client,
        name: name.into(),
        deadline: None,
        permits,
        usage: Usage::default(),
    }
}

/// The HTTP client. A plain one does not load the certificates, which takes milliseconds at a cold
/// start.
fn http_client(plain: bool) -> SharedHttpClient {
    let http = aws_smithy_http_client::Builder::new();
    if plain {
        http.build_http()
    } else {
        http.tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https()
    }
}
