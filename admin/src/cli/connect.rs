//! Connecting to the table.

use std::env;

use shared::app::App;
use store::table::{Connection, ENDPOINT_VARIABLE, Table};

use super::error::CliError;
use crate::hidden;

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
    let endpoint = match endpoint {
        Some(endpoint) => Some(endpoint),
        None => variable(ENDPOINT_VARIABLE)
            .map(|url| hidden::endpoint(&url))
            .transpose()
            .map_err(CliError::Endpoint)?,
    };
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
