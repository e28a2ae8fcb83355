//! `allocora-admin`, the operator's command line.

use std::io::{Write, stdout};
use std::process::ExitCode;

use admin::cli::{self, CommandOutput};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = cli::parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match cli::run(arguments).await {
        // A closed pipe, as in `| head -1`, is not an error.
        Ok(CommandOutput { text, is_success }) => {
            let _ = writeln!(stdout(), "{text}");
            if is_success {
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
