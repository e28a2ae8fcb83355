//! The first output, and the credentials file.

use std::fmt::{self, Display};
use std::io::{self, Write};

use domain::id::WorkspaceId;
use local::accounts::Account;
use local::setup::Local;
use serde::Serialize;
use uuid::Uuid;

/// What to say once the API is ready.
pub struct Welcome<'a> {
    /// The URL of the API.
    pub base_url: String,
    /// The product.
    pub local: &'a Local,
    /// The workspace that always exists.
    pub account: &'a Account,
    /// The workspaces with sample data.
    pub samples: &'a [Account],
}

/// The content of the credentials file.
#[derive(Serialize)]
pub struct Credentials<'a> {
    base_url: &'a str,
    dynamodb_endpoint: &'a str,
    table: &'a str,
    workspace_id: WorkspaceId,
    api_key: &'a str,
    revenue_source_id: Uuid,
}

impl Welcome<'_> {
    /// The credentials of the workspace that always exists.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials {
            base_url: &self.base_url,
            dynamodb_endpoint: &self.local.endpoint,
            table: &self.local.table,
            workspace_id: self.account.workspace_id,
            api_key: &self.account.api_key,
            revenue_source_id: self.account.revenue_source_id,
        }
    }

    /// Prints the welcome. A closed output is no reason to stop.
    pub fn print(&self) {
        let _ = writeln!(io::stdout(), "{self}");
    }
}

impl Display for Welcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Allocora is running at {}", self.base_url)?;
        writeln!(
            f,
            "DynamoDB is running at {} (table {})",
            self.local.endpoint, self.local.table
        )?;
        for Account {
            workspace,
            workspace_id,
            api_key,
            ..
        } in std::iter::once(self.account).chain(self.samples)
        {
            writeln!(
                f,
                "\n{workspace}\n  workspace  {workspace_id}\n  key        {api_key}"
            )?;
        }
        let (ping, key) = (
            format!("{}/api/allocora/ping", self.base_url),
            &self.account.api_key,
        );
        writeln!(
            f,
            "\nTry it:\n  curl {ping} -H 'Authorization: Bearer {key}'"
        )
    }
}
