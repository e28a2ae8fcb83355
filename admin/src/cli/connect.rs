//! Connecting to the table.

use std::env;

use shared::app::App;
use store::table::{Connection, Table};

use super::error::CliError;

/// The standard variable for the endpoint of DynamoDB.
const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// A DynamoDB that responds.
pub(super) struct Connected {
    pub(super) table: Table,
    pub(super) name: String,
    is_active: bool,
}

impl Connected {
    /// The application on this table.
    pub(super) fn app(self) -> Result<App, CliError> {
        if self.is_active {
            Ok(App::new(self.table))
        } else {
            Err(CliError::NoTable(self.name))
        }
    }
}

/// Connects to the table `name` and checks whether it exists.
pub(super) async fn open(name: String, endpoint: Option<String>) -> Result<Connected, CliError> {
    let endpoint = endpoint.or_else(|| variable(ENDPOINT_VARIABLE));
    let connection = match endpoint.clone() {
        Some(endpoint) => Connection::at(&name, endpoint),
        None => Connection::new(&name, None),
    };
    let table = connection.open().await;
    let is_active = table
        .is_active()
        .await
        .map_err(|source| CliError::NoAnswer { endpoint, source })?;
    Ok(Connected {
        table,
        name,
        is_active,
    })
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
