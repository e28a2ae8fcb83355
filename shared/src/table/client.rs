//! How the table is reached.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{Builder, ConfigBag, Intercept, RuntimeComponents, SharedInterceptor};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use tokio::sync::Semaphore;

use super::{CALLS_AT_ONCE_MAX, Table};

/// The environment variable that names the table.
pub const TABLE_VARIABLE: &str = "ALLOCORA_TABLE";
/// The environment variable that names another endpoint than the region's, in all AWS SDKs.
pub const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL_DYNAMODB";

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
/// The key and the secret for an emulator, which takes any, but may keep the tables of each apart.
const EMULATED_KEY: &str = "local";
/// The region for an emulator, for the same reason.
const EMULATED_REGION: &str = "us-east-1";

/// What has to be known to reach a table; the rest is the standard AWS environment.
pub struct Connection {
    table: String,
    endpoint: Option<String>,
    emulated: bool,
    observer: Option<SharedInterceptor>,
}

impl Connection {
    /// The table named `table` where the standard AWS environment points (`AWS_REGION`, credentials,
    /// `AWS_ENDPOINT_URL_DYNAMODB`), or at `endpoint`.
    pub fn new(table: impl Into<String>, endpoint: Option<String>) -> Self {
        Self { table: table.into(), endpoint, emulated: false, observer: None }
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

    /// The variables that lead a process of its own, in this environment, to the same table: by [`Self::new`], with no
    /// endpoint.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![(TABLE_VARIABLE, self.table.clone())];
        variables.extend(self.endpoint.clone().map(|endpoint| (ENDPOINT_VARIABLE, endpoint)));
        if self.emulated {
            variables.push(("AWS_ACCESS_KEY_ID", EMULATED_KEY.to_owned()));
            variables.push(("AWS_SECRET_ACCESS_KEY", EMULATED_KEY.to_owned()));
            variables.push(("AWS_REGION", EMULATED_REGION.to_owned()));
        }
        variables
    }

    /// Tells an observer of every call.
    pub fn observed(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(SharedInterceptor::new(Observed(observer)));
        self
    }

    /// The table, ready for calls. Nothing is sent yet.
    pub async fn open(self) -> Table {
        let mut config = Builder::from(&self.environment().await);
        if let Some(observer) = self.observer {
            config.push_interceptor(observer);
        }
        let client = Client::from_conf(config.build());
        Table { client, name: self.table.into(), deadline: None, room: Arc::new(Semaphore::new(CALLS_AT_ONCE_MAX)) }
    }

    async fn environment(&self) -> SdkConfig {
        let endpoint = self.endpoint.clone().or_else(|| std::env::var(ENDPOINT_VARIABLE).ok());
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
            let key = aws_sdk_dynamodb::config::Credentials::new(EMULATED_KEY, EMULATED_KEY, None, None, "emulated");
            loader = loader.credentials_provider(key).region(aws_config::Region::new(EMULATED_REGION));
        }
        loader.load().await
    }
}

/// Sees the calls that are made on a table.
pub trait Observer: std::fmt::Debug + Send + Sync {
    /// A call of this operation, such as `PutItem`, begins; its retries are not told.
    fn called(&self, operation: &str);
}

#[derive(Debug)]
struct Observed(Arc<dyn Observer>);

impl Intercept for Observed {
    fn name(&self) -> &'static str {
        "Observed"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.called(config.load::<Metadata>().map_or("", Metadata::name));
        Ok(())
    }
}
