//! The command line.

use std::path::PathBuf;

use axum::http::Uri;
use clap::Parser;
use local::setup::{DynamoDb, TABLE};
use store::table::ENDPOINT_VARIABLE;

/// The whole of Allocora on this machine, over an embedded DynamoDB.
#[derive(Parser)]
#[command(name = "local", version)]
pub struct Args {
    /// The port of the API; 0 is any free one.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    pub port: u16,
    /// The port of the embedded DynamoDB; 0 is any free one [default: 8000 if it is free].
    #[arg(long, value_name = "N")]
    dynamodb_port: Option<u16>,
    /// Keep the data in this directory instead of in memory.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Use the DynamoDB at this URL instead of the embedded one [env: AWS_ENDPOINT_URL_DYNAMODB].
    #[arg(long, value_name = "URL", value_parser = url, conflicts_with_all = ["data_dir", "dynamodb_port"])]
    dynamodb_endpoint: Option<String>,
    /// The table, which is made if it is not there.
    #[arg(long, value_name = "NAME", default_value = TABLE)]
    pub table: String,
    /// Run the functions as programs, as `cargo lambda build` leaves them in this directory
    /// (target/lambda), each behind a Runtime API of its own.
    #[arg(long, value_name = "DIR")]
    pub functions: Option<PathBuf>,
    /// Load two workspaces with sample data: an affiliate programme and a marketplace.
    #[arg(long)]
    pub sample_data: bool,
    /// Write the address and a key to this file, as JSON, as soon as requests are answered.
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
}

impl Args {
    /// The DynamoDB that is asked for.
    pub fn dynamodb(&self) -> DynamoDb {
        // Read here and not by clap, to which the variable would contradict a flag of the embedded
        // one.
        let embedded = self.data_dir.is_some() || self.dynamodb_port.is_some();
        let usual = || {
            std::env::var(ENDPOINT_VARIABLE)
                .ok()
                .filter(|url| !url.is_empty() && !embedded)
        };
        match self.dynamodb_endpoint.clone().or_else(usual) {
            Some(endpoint) => DynamoDb::At(endpoint),
            None => DynamoDb::Embedded {
                data_dir: self.data_dir.clone(),
                port: self.dynamodb_port,
            },
        }
    }
}

fn url(text: &str) -> Result<String, &'static str> {
    let reason = "must be a URL such as http://127.0.0.1:8000";
    let uri: Uri = text.parse().map_err(|_| reason)?;
    if matches!(uri.scheme_str(), Some("http" | "https")) {
        Ok(text.to_owned())
    } else {
        Err(reason)
    }
}
