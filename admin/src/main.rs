//! `allocora-admin`, the operator's command line.

use std::io::{Write, stdout};
use std::process::ExitCode;

use admin::cli::{self, Shown};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = cli::parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match cli::run(arguments).await {
        // A closed pipe, as in `| head -1`, is no error.
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
