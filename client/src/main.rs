//! `allocora`, the program of scheduled jobs.

use std::process::ExitCode;

use clap::Parser;
use client::cli::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(Arguments::parse()).await.into()
}
