//! The first output, and the credentials file.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::net::IpAddr;

use domain::id::WorkspaceId;
use local::accounts::Account;
use local::reference;
use local::setup::Local;
use serde::Serialize;
use uuid::Uuid;

/// What to say once the API is ready.
pub struct Welcome<'a> {
    /// The URL of the API.
    pub base_url: String,
    /// The product.
    pub local: &'a Local,
    /// The address at which others can reach DynamoDB, if they can.
    pub exposed: Option<IpAddr>,
    /// The workspaces with their keys; none if the table is only read.
    pub accounts: &'a [Account],
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
    /// The credentials of an account.
    pub fn credentials<'a>(&'a self, account: &'a Account) -> Credentials<'a> {
        Credentials {
            base_url: &self.base_url,
            dynamodb_endpoint: &self.local.endpoint,
            table: &self.local.table,
            workspace_id: account.workspace_id,
            api_key: &account.api_key,
            revenue_source_id: account.revenue_source_id,
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
            "Its API reference is at {}{}",
            self.base_url,
            reference::PATH
        )?;
        writeln!(
            f,
            "DynamoDB is running at {} (table {})",
            self.local.endpoint, self.local.table
        )?;
        if let Some(address) = self.exposed {
            writeln!(
                f,
                "Warning: DynamoDB listens on {address}. Anyone who can reach it can read and change all data."
            )?;
        }
        for Account {
            workspace,
            workspace_id,
            api_key,
            ..
        } in self.accounts
        {
            writeln!(
                f,
                "\n{workspace}\n  workspace  {workspace_id}\n  key        {api_key}"
            )?;
        }
        let ping = format!("{}/api/allocora/ping", self.base_url);
        match self.accounts.first() {
            Some(Account { api_key, .. }) => writeln!(
                f,
                "\nTry it:\n  curl {ping} -H 'Authorization: Bearer {api_key}'"
            ),
            None => writeln!(
                f,
                "\nNothing is changed (--read-only). Use a key that the table has:\n  \
                 curl {ping} -H 'Authorization: Bearer …'"
            ),
        }
    }
}
