//! The program as a child process.

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use store::table::ENDPOINT_VARIABLE;

pub type AnyError = Box<dyn Error>;

/// A running program. It is killed when it is dropped.
pub struct Running {
    pub child: Child,
    /// The welcome, line by line.
    pub welcome: Vec<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command
        .args(arguments)
        .env_remove(ENDPOINT_VARIABLE)
        .stdin(Stdio::null());
    command
}

/// Runs the program until it has printed its welcome, on free ports.
pub fn start(arguments: &[&str]) -> Result<Running, AnyError> {
    let ports = ["--port", "0", "--dynamodb-port", "0"];
    welcomed(command(&[&ports, arguments].concat()))
}

/// Runs a command until it has printed its welcome.
pub fn welcomed(mut command: Command) -> Result<Running, AnyError> {
    let mut child = command
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
pub fn fail(arguments: &[&str]) -> Result<Output, AnyError> {
    Ok(command(arguments).output()?)
}

impl Running {
    /// What the welcome says after `label`.
    pub fn said(&self, label: &str) -> Result<&str, AnyError> {
        let mut lines = self.welcome.iter();
        let found = lines.find_map(|line| line.trim().strip_prefix(label));
        Ok(found
            .ok_or_else(|| format!("no {label:?} in {:#?}", self.welcome))?
            .trim())
    }

    /// The workspaces with the keys to them.
    pub fn keys(&self) -> Vec<(&str, &str)> {
        let lines: Vec<&str> = self.welcome.iter().map(String::as_str).collect();
        let accounts = lines.windows(3).filter_map(|lines| {
            lines[1].trim().strip_prefix("workspace ")?;
            Some((lines[0], lines[2].trim().strip_prefix("key")?.trim()))
        });
        accounts.collect()
    }

    /// Sends a GET request and returns the JSON of the answer, if the status is 200.
    pub fn get(&self, path: &str, key: &str) -> Result<Value, AnyError> {
        Ok(serde_json::from_str(&self.get_text(path, key)?)?)
    }

    /// Sends a GET request and returns the body, if the status is 200.
    pub fn get_text(&self, path: &str, key: &str) -> Result<String, AnyError> {
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
            true => Ok(body.to_owned()),
            false => Err(answer.into()),
        }
    }

    /// How many records of a kind a key sees.
    pub fn total(&self, kind: &str, key: &str) -> Result<Option<u64>, AnyError> {
        let listed = self.get(&format!("/api/v1/{kind}"), key)?;
        Ok(listed["meta"]["total"].as_u64())
    }

    /// Stops the program as a service manager does, and returns whether it succeeded.
    pub fn stop(mut self) -> Result<bool, AnyError> {
        let process = self.child.id().to_string();
        Command::new("kill").arg(process).status()?;
        Ok(self.child.wait()?.success())
    }
}

/// A new directory of a test.
pub fn directory(name: &str) -> Result<PathBuf, AnyError> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

pub fn text(path: &Path) -> Result<&str, AnyError> {
    Ok(path.to_str().ok_or("it is UTF-8")?)
}
