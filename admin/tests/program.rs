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

#[test]
fn secrets_of_the_environment_are_never_repeated() -> Result<(), AnyError> {
    let secret = "0123456789abcdef".repeat(4);
    let key = format!("alc_live_{}_{secret}", &secret[..32]);
    let password = "hunter2";
    let refused = format!("http://user:{password}@127.0.0.1:1");
    for (variable, value) in [
        (ENDPOINT_VARIABLE, refused.as_str()),
        (ENDPOINT_VARIABLE, "https://user:hunter2@127.0.0.1:1/"),
        (ENDPOINT_VARIABLE, "http://hunter2@127.0.0.1:1"),
        (ENDPOINT_VARIABLE, "http://a b:hunter2@x"),
        (ENDPOINT_VARIABLE, "user:hunter2@x"),
        (ENDPOINT_VARIABLE, &key),
        (TABLE_VARIABLE, &key),
        (TABLE_VARIABLE, &secret),
    ] {
        for command in ["workspace list", "table create", "--help", "workspace"] {
            let output = Command::new(env!("CARGO_BIN_EXE_allocora-admin"))
                .args(command.split(' '))
                .env(ENDPOINT_VARIABLE, "http://127.0.0.1:1")
                .env(variable, value)
                .output()?;
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said)?;
            let is_help = command == "--help";
            assert_eq!(output.status.success(), is_help, "{command}: {said}");
            for hidden in [password, &secret[..24]] {
                assert!(!said.contains(hidden), "{variable} {command}: {said}");
            }
        }
    }
    let arguments = ["--endpoint-url", &refused, "workspace", "list"];
    let output = Command::new(env!("CARGO_BIN_EXE_allocora-admin"))
        .args(arguments)
        .output()?;
    let said = String::from_utf8(output.stderr)?;
    assert!(!said.contains(password), "{said}");
    assert!(said.contains("password"), "{said}");
    Ok(())
}
