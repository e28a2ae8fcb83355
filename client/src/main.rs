//! `allocora`, the program of scheduled jobs.

use std::process::ExitCode;

use client::cli;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(std::env::args_os()).await.into()
}
