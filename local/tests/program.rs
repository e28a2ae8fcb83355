//! The program `local` as a developer runs it: what it says, what it keeps, and how it ends.

#![cfg(unix)]

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use store::table::ENDPOINT_VARIABLE;

type AnyError = Box<dyn Error>;

/// A running program. It is killed when it is dropped.
struct Running {
    child: Child,
    /// The welcome, line by line.
    welcome: Vec<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command
        .args(arguments)
        .env_remove(ENDPOINT_VARIABLE)
        .stdin(Stdio::null());
    command
}

/// Runs the program until it has printed its welcome, on free ports.
fn start(arguments: &[&str]) -> Result<Running, AnyError> {
    let ports = ["--port", "0", "--dynamodb-port", "0"];
    let mut child = command(&[&ports, arguments].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = child.stdout.take().ok_or("its output is a pipe")?;
    let mut running = Running {
        child,
        welcome: Vec::new(),
    };
    for line in BufReader::new(output).lines() {
        running.welcome.push(line?);
        if running
            .welcome
            .last()
            .is_some_and(|line| line.contains("curl "))
        {
            return Ok(running);
        }
    }
    Err(format!("it ended after {:#?}", running.welcome).into())
}

/// Runs the program where it does not start.
fn fail(arguments: &[&str]) -> Result<Output, AnyError> {
    Ok(command(arguments).output()?)
}

impl Running {
    /// What the welcome says after `label`.
    fn said(&self, label: &str) -> Result<&str, AnyError> {
        let mut lines = self.welcome.iter();
        let found = lines.find_map(|line| line.trim().strip_prefix(label));
        Ok(found
            .ok_or_else(|| format!("no {label:?} in {:#?}", self.welcome))?
            .trim())
    }

    /// The workspaces with the keys to them.
    fn keys(&self) -> Vec<(&str, &str)> {
        let lines: Vec<&str> = self.welcome.iter().map(String::as_str).collect();
        let accounts = lines.windows(3).filter_map(|lines| {
            lines[1].trim().strip_prefix("workspace ")?;
            Some((lines[0], lines[2].trim().strip_prefix("key")?.trim()))
        });
        accounts.collect()
    }

    /// Sends a GET request and returns the body, if the status is 200.
    fn get(&self, path: &str, key: &str) -> Result<Value, AnyError> {
        let url = self.said("Allocora is running at")?;
        let address = url.strip_prefix("http://").ok_or("it is a URL")?;
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("it is HTTP")?;
        match head.starts_with("HTTP/1.1 200 ") {
            true => Ok(serde_json::from_str(body)?),
            false => Err(answer.into()),
        }
    }

    /// How many records of a kind a key sees.
    fn total(&self, kind: &str, key: &str) -> Result<Option<u64>, AnyError> {
        let listed = self.get(&format!("/api/v1/{kind}"), key)?;
        Ok(listed["meta"]["total"].as_u64())
    }

    /// Stops the program as a service manager does, and returns whether it succeeded.
    fn stop(mut self) -> Result<bool, AnyError> {
        let process = self.child.id().to_string();
        Command::new("kill").arg(process).status()?;
        Ok(self.child.wait()?.success())
    }
}

/// A new directory of a test.
fn directory(name: &str) -> Result<PathBuf, AnyError> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

fn text(path: &Path) -> Result<&str, AnyError> {
    Ok(path.to_str().ok_or("it is UTF-8")?)
}

#[test]
fn it_says_how_to_use_it_and_stops_when_it_is_told() -> Result<(), AnyError> {
    let local = start(&["--table", "trial"])?;
    let dynamodb = local.said("DynamoDB is running at")?;
    assert!(dynamodb.starts_with("http://127.0.0.1:"), "{dynamodb}");
    assert!(dynamodb.ends_with(" (table trial)"), "{dynamodb}");
    let [(workspace, key)] = local.keys()[..] else {
        return Err(format!("{:#?}", local.welcome).into());
    };
    assert_eq!(workspace, "Local");
    let ping = local.get("/api/allocora/ping", key)?;
    assert_eq!(
        ping["workspace_id"].as_str(),
        Some(local.said("workspace")?)
    );
    let url = local.said("Allocora is running at")?;
    let curl = format!("curl {url}/api/allocora/ping -H 'Authorization: Bearer {key}'");
    assert_eq!(
        local.welcome.last().map(|line| line.trim()),
        Some(curl.as_str())
    );
    assert!(local.get("/api/allocora/ping", "junk").is_err());
    assert!(local.stop()?, "a stop is a success");
    Ok(())
}

#[test]
fn accounts_and_sample_data_are_kept_in_the_data_directory() -> Result<(), AnyError> {
    let directory = directory("kept")?;
    let (data, credentials) = (directory.join("data"), directory.join("credentials.json"));
    let arguments = [
        "--data-dir",
        text(&data)?,
        "--sample-data",
        "--credentials",
        text(&credentials)?,
    ];
    let local = start(&arguments)?;
    let keys: Vec<(String, String)> = local
        .keys()
        .into_iter()
        .map(|(name, key)| (name.to_owned(), key.to_owned()))
        .collect();
    let names: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Local",
            "Northwind SaaS affiliate programme",
            "Riverside marketplace"
        ]
    );
    let kinds = ["payees", "products", "rules", "revenues"];
    let totals = |local: &Running| -> Result<Vec<Option<u64>>, AnyError> {
        let mut totals = Vec::new();
        for (_, key) in &keys {
            for kind in kinds {
                totals.push(local.total(kind, key)?);
            }
        }
        Ok(totals)
    };
    let loaded = totals(&local)?;
    assert_eq!(
        loaded[..4],
        [Some(0); 4],
        "no sample in the workspace Local"
    );
    assert!(
        loaded[4..].iter().all(|total| *total > Some(0)),
        "{loaded:?}"
    );

    let written: Value = serde_json::from_slice(&fs::read(&credentials)?)?;
    assert_eq!(written["base_url"], local.said("Allocora is running at")?);
    assert_eq!(written["table"], "allocora");
    assert_eq!(written["api_key"], keys[0].1.as_str());
    let ping = local.get("/api/allocora/ping", &keys[0].1)?;
    assert_eq!(written["workspace_id"], ping["workspace_id"]);
    let sources = local.get("/api/v1/revenue-sources", &keys[0].1)?;
    assert_eq!(written["revenue_source_id"], sources["data"][0]["id"]);
    for file in [&credentials, &data.join("keys.json")] {
        let mode = fs::metadata(file)?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }

    let second = fail(&[
        "--port",
        "0",
        "--dynamodb-port",
        "0",
        "--data-dir",
        text(&data)?,
    ])?;
    assert_eq!(second.status.code(), Some(1));
    let error = String::from_utf8(second.stderr)?;
    assert!(
        error.starts_with("error: ") && error.contains("in use"),
        "{error}"
    );
    assert!(local.stop()?);

    let again = start(&arguments)?;
    let known: Vec<(&str, &str)> = keys
        .iter()
        .map(|(name, key)| (name.as_str(), key.as_str()))
        .collect();
    assert_eq!(again.keys(), known, "the same keys");
    assert_eq!(totals(&again)?, loaded, "loaded once");
    assert!(again.stop()?);
    Ok(())
}

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
