//! The program `allocora-admin` as a shell runs it: its outputs and its exit codes.

use std::error::Error;
use std::process::Command;

use store::table::{ENDPOINT_VARIABLE, TABLE_VARIABLE};

type AnyError = Box<dyn Error>;

/// The exit code, the output and the error output of a command.
fn run(command: &str) -> Result<(Option<i32>, String, String), AnyError> {
    let output = Command::new(env!("CARGO_BIN_EXE_allocora-admin"))
        .args(command.split(' '))
        .env_remove(ENDPOINT_VARIABLE)
        .env_remove(TABLE_VARIABLE)
        .output()?;
    let (out, error) = (output.stdout, output.stderr);
    let (out, error) = (String::from_utf8(out)?, String::from_utf8(error)?);
    Ok((output.status.code(), out, error))
}

#[test]
fn help_and_version_are_output_and_a_success() -> Result<(), AnyError> {
    for (command, expected) in [
        ("--help", "Usage: allocora-admin"),
        ("key create --help", "write:payees"),
        ("--version", env!("CARGO_PKG_VERSION")),
    ] {
        let (code, out, error) = run(command)?;
        assert_eq!((code, error.as_str()), (Some(0), ""), "{command}");
        assert!(out.contains(expected), "{command}: {out}");
    }
    Ok(())
}

#[test]
fn a_mistyped_command_is_an_error_of_its_own_code() -> Result<(), AnyError> {
    for command in ["--no-such-flag", "key list", "workspace show --workspace x"] {
        let (code, out, error) = run(command)?;
        assert_eq!((code, out.as_str()), (Some(2), ""), "{command}");
        assert!(error.starts_with("error: "), "{command}: {error}");
    }
    Ok(())
}

#[test]
fn a_command_that_fails_says_why_in_a_sentence() -> Result<(), AnyError> {
    let nobody = "--endpoint-url http://127.0.0.1:1 --table t";
    for command in ["workspace list", "table create"] {
        let (code, out, error) = run(&format!("{nobody} {command}"))?;
        assert_eq!((code, out.as_str()), (Some(1), ""), "{command}");
        assert!(error.starts_with("error: "), "{command}: {error}");
        assert!(error.contains("http://127.0.0.1:1"), "{command}: {error}");
        assert_eq!(error.trim_end().lines().count(), 1, "{command}: {error}");
    }
    Ok(())
}
