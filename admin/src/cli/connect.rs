//! Finding the table.

use std::env;

use shared::app::App;
use shared::table::{Connection, Table};

use super::error::CliError;

/// The standard variable for the endpoint of DynamoDB.
const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL_DYNAMODB";
/// The standard variable that chooses credentials and region together.
const PROFILE_VARIABLE: &str = "AWS_PROFILE";
/// The standard variable with credentials.
const CREDENTIALS_VARIABLE: &str = "AWS_ACCESS_KEY_ID";
/// The standard variables for the region.
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// A DynamoDB that answers.
pub(super) struct Connected {
    pub(super) table: Table,
    pub(super) name: String,
    is_active: bool,
}

impl Connected {
    /// The state over the table.
    pub(super) fn app(self) -> Result<App, CliError> {
        if self.is_active { Ok(App::new(self.table)) } else { Err(CliError::NoTable(self.name)) }
    }
}

/// Connects to the table `name`, and asks once whether it is there.
pub(super) async fn open(name: String, endpoint: Option<String>) -> Result<Connected, CliError> {
    let endpoint = endpoint.or_else(|| given(ENDPOINT_VARIABLE));
    let table = connection(&name, endpoint.clone()).open().await;
    let is_active = table.is_active().await.map_err(|source| CliError::NoAnswer { endpoint, source })?;
    Ok(Connected { table, name, is_active })
}

/// An emulator takes any credentials, so none have to be set up for one. Without TLS, only an emulator answers.
fn connection(name: &str, endpoint: Option<String>) -> Connection {
    match endpoint {
        Some(url) if url.starts_with("http://") && !has_environment() => Connection::emulated(name, url),
        endpoint => Connection::new(name, endpoint),
    }
}

/// Whether the environment has both credentials and a region.
fn has_environment() -> bool {
    let has_region = REGION_VARIABLES.into_iter().any(|name| given(name).is_some());
    given(PROFILE_VARIABLE).is_some() || (given(CREDENTIALS_VARIABLE).is_some() && has_region)
}

fn given(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}
