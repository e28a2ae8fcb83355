//! `allocora-admin`, the operator's command line.

use std::io::{Write, stdout};
use std::process::ExitCode;

use admin::cli::{self, Arguments, Shown};
use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match cli::run(Arguments::parse()).await {
        // Whoever reads it may have heard enough, as in `| head -1`: that is no error.
        Ok(Shown { text, is_good }) => {
            let _ = writeln!(stdout(), "{text}");
            if is_good {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("error: {}", error.sentence());
            ExitCode::FAILURE
        }
    }
}
