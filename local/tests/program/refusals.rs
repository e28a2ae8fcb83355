//! Why the program does not start, and what its messages do not repeat.

use std::fs;
use std::net::TcpListener;

use store::table::ENDPOINT_VARIABLE;

use crate::running::{AnyError, command, directory, fail, text};

#[test]
fn it_says_in_a_sentence_why_it_does_not_start() -> Result<(), AnyError> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let taken = taken.local_addr()?.port().to_string();
    let directory = directory("broken")?;
    fs::write(directory.join("keys.json"), "junk")?;
    let broken = text(&directory)?;
    let free = ["--port", "0", "--dynamodb-port", "0"];
    let nobody = ["--port", "0", "--dynamodb-endpoint", "http://127.0.0.1:1"];
    for (arguments, expected) in [
        (
            vec!["--port", &taken, "--dynamodb-port", "0"],
            format!("{taken}; choose another port with --port, or 0"),
        ),
        (
            vec!["--port", "0", "--dynamodb-port", &taken],
            format!("{taken}; choose another port with --dynamodb-port, or 0"),
        ),
        (
            // Reserved for documentation (RFC 5737).
            vec!["--port", "0", "--dynamodb-host", "192.0.2.1"],
            "192.0.2.1; choose an address of this machine with --dynamodb-host".to_owned(),
        ),
        (
            [&free[..], &["--data-dir", broken]].concat(),
            "keys.json".to_owned(),
        ),
        (
            [&free[..], &["--functions", broken]].concat(),
            "cargo lambda build".to_owned(),
        ),
        (nobody.to_vec(), "http://127.0.0.1:1".to_owned()),
    ] {
        let failed = fail(&arguments)?;
        assert_eq!(failed.status.code(), Some(1), "{arguments:?}");
        assert!(failed.stdout.is_empty(), "{arguments:?}");
        let error = String::from_utf8(failed.stderr)?;
        assert!(error.starts_with("error: "), "{arguments:?}: {error}");
        assert!(error.contains(&expected), "{arguments:?}: {error}");
        assert_eq!(
            error.trim_end().lines().count(),
            1,
            "{arguments:?}: {error}"
        );
    }
    let contradiction = [&free[..], &["--dynamodb-endpoint", "http://127.0.0.1:1"]].concat();
    assert_eq!(fail(&contradiction)?.status.code(), Some(2));
    Ok(())
}

#[test]
fn secrets_are_never_repeated() -> Result<(), AnyError> {
    let secret = "0123456789abcdef".repeat(4);
    let key = format!("alc_live_{}_{secret}", &secret[..32]);
    let password = "http://user:hunter2@127.0.0.1:1";
    for arguments in [
        vec!["--dynamodb-endpoint", password],
        vec!["--table", &key, "--read-only"],
        vec!["--table", &secret, "--read-only"],
        vec!["--data-dir", &key, "--read-only"],
        vec![&key],
        vec![&secret],
        vec!["--port", &secret],
    ] {
        let arguments = [&["--port", "0", "--dynamodb-port", "0"], &arguments[..]];
        let arguments = match arguments[1][0] {
            "--dynamodb-endpoint" => vec!["--port", "0", "--dynamodb-endpoint", password],
            "--port" => arguments[1].to_vec(),
            _ => arguments.concat(),
        };
        let failed = fail(&arguments)?;
        assert!(!failed.status.success(), "{arguments:?}");
        let said = String::from_utf8([failed.stdout, failed.stderr].concat())?;
        for hidden in ["hunter2", &secret[..24]] {
            assert!(!said.contains(hidden), "{arguments:?}: {said}");
        }
    }
    let failed = command(&["--port", "0"])
        .env(ENDPOINT_VARIABLE, password)
        .output()?;
    let said = String::from_utf8([failed.stdout, failed.stderr].concat())?;
    assert!(!failed.status.success(), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    Ok(())
}

#[test]
fn looking_at_a_directory_without_data_creates_nothing() -> Result<(), AnyError> {
    let directory = directory("looked-at")?;
    let absent = directory.join("absent");
    for data in [&directory, &absent] {
        let arguments = ["--port", "0", "--dynamodb-port", "0", "--read-only"];
        let failed = fail(&[&arguments[..], &["--data-dir", text(data)?]].concat())?;
        assert_eq!(failed.status.code(), Some(1));
        let error = String::from_utf8(failed.stderr)?;
        assert!(error.contains("--read-only"), "{error}");
        assert!(error.contains(text(data)?), "{error}");
        assert_eq!(fs::read_dir(&directory)?.count(), 0, "{error}");
    }
    Ok(())
}
