//! The command line.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use admin::cli::parse_as;
use admin::hidden;
use axum::http::Uri;
use clap::Parser;
use local::error::StartError;
use local::setup::{DynamoDb, TABLE};
use store::table::ENDPOINT_VARIABLE;

/// Run all of Allocora on this machine, with an embedded DynamoDB.
#[derive(Parser)]
#[command(name = "local", version)]
pub struct Args {
    /// The port of the API; 0 for any free port.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    pub port: u16,
    /// The port of the embedded DynamoDB; 0 for any free port [default: 8000 if it is free].
    #[arg(long, value_name = "N")]
    dynamodb_port: Option<u16>,
    /// The address that the embedded DynamoDB listens on, such as 172.17.0.1 or 0.0.0.0 for
    /// containers. Anyone who can reach it can read and change all data.
    #[arg(long, value_name = "ADDRESS")]
    dynamodb_host: Option<IpAddr>,
    /// Keep the data in this directory instead of in memory.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Use the DynamoDB at this URL instead of the embedded one [env: AWS_ENDPOINT_URL_DYNAMODB].
    #[arg(long, value_name = "URL", value_parser = url, conflicts_with_all = ["data_dir", "dynamodb_host", "dynamodb_port"])]
    dynamodb_endpoint: Option<String>,
    /// The table; it is created if it does not exist.
    #[arg(long, value_name = "NAME", default_value = TABLE, value_parser = table)]
    pub table: String,
    /// Run the functions as programs from this directory, each with a Runtime API of its own: use
    /// target/lambda after `cargo lambda build`, or target/debug after `cargo build --workspace`.
    #[arg(long, value_name = "DIR")]
    pub functions: Option<PathBuf>,
    /// Look at a table without changing it, with keys that it has: no table, workspace or key is
    /// created, requests can only read, and revenues are not counted.
    #[arg(long, conflicts_with_all = ["sample_data", "credentials", "functions"])]
    pub read_only: bool,
    /// Load two workspaces with sample data: an affiliate programme and a marketplace.
    #[arg(long)]
    pub sample_data: bool,
    /// Write the address and a key to this file, as JSON, once the API is ready.
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
}

impl Args {
    /// The arguments of this process. Ends it with what is wrong with them, or with the help text.
    pub fn of_process() -> Self {
        let words: Vec<OsString> = std::env::args_os().collect();
        parse_as(&words).unwrap_or_else(|error| error.exit())
    }

    /// The address at which others can reach the embedded DynamoDB, if they can.
    pub fn exposed(&self) -> Option<IpAddr> {
        self.dynamodb_host.filter(|host| !host.is_loopback())
    }

    /// The DynamoDB to run on.
    ///
    /// # Errors
    /// If the environment has something else than its URL.
    pub fn dynamodb(&self) -> Result<DynamoDb, StartError> {
        // Not read by clap, which would report a conflict between the variable and the flags of the
        // embedded DynamoDB.
        let embedded =
            self.data_dir.is_some() || self.dynamodb_host.is_some() || self.dynamodb_port.is_some();
        let variable = || {
            std::env::var(ENDPOINT_VARIABLE)
                .ok()
                .filter(|url| !url.is_empty() && !embedded)
        };
        let endpoint = match &self.dynamodb_endpoint {
            Some(endpoint) => Some(endpoint.clone()),
            None => variable()
                .map(|text| url(&text))
                .transpose()
                .map_err(StartError::Endpoint)?,
        };
        Ok(match endpoint {
            Some(endpoint) => DynamoDb::At(endpoint),
            None => DynamoDb::Embedded {
                data_dir: self.data_dir.clone(),
                host: self.dynamodb_host.unwrap_or(Ipv4Addr::LOCALHOST.into()),
                port: self.dynamodb_port,
            },
        })
    }
}

fn url(text: &str) -> Result<String, &'static str> {
    let url = hidden::endpoint(text)?;
    match url.parse::<Uri>() {
        Ok(_) => Ok(url),
        Err(_) => Err("must be a URL such as http://127.0.0.1:8000"),
    }
}

/// The name of a table, which is shown and so must not be a key.
fn table(text: &str) -> Result<String, &'static str> {
    match hidden::holds_secret(text) {
        true => Err("must not contain a key or its secret"),
        false => Ok(text.to_owned()),
    }
}
