//! Programs of functions, their environments and their events.

use std::path::{Path, PathBuf};
use std::time::Duration;

use local::emulator::runtime::{Environment, Output, Program};
use serde_json::{Value, json};

use crate::tls::Tls;

/// How long a request may take: the timeout of the functions.
pub const DEADLINE: Duration = Duration::from_secs(29);
/// The memory size in the environment of the programs, in MB.
const MEMORY: u32 = 512;

/// The environment of a program: not started yet, without output, and with these arguments.
pub fn environment(
    name: &str,
    path: &Path,
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
) -> Environment {
    Environment::new(Program {
        function: name.to_owned(),
        path: path.to_owned(),
        arguments,
        memory: MEMORY,
        variables,
        output: Output::Hidden,
    })
}

/// The environment variables with which a program in any language uses a table behind TLS.
pub fn variables(table: &str, tls: &Tls) -> Vec<(&'static str, String)> {
    let certificates = tls.certificates().display().to_string();
    vec![
        ("ALLOCORA_TABLE", table.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", tls.endpoint.clone()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        // Where Rust, Node.js and Python find trusted certificates.
        ("SSL_CERT_FILE", certificates.clone()),
        ("NODE_EXTRA_CA_CERTS", certificates.clone()),
        ("AWS_CA_BUNDLE", certificates),
    ]
}

/// The event of a request. A query belongs to the path, as in `/api/v1/revenues?page=2`.
pub fn event(method: &str, path: &str, key: &str, body: Option<String>) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut event: Value =
        serde_json::from_str(include_str!("../../tests/events/list-revenues.json"))
            .expect("the file is JSON");
    let function = path.split('/').nth(3).unwrap_or_default();
    event["headers"]["authorization"] = json!(format!("Bearer {key}"));
    event["routeKey"] = json!(format!("ANY /api/v1/{function}/{{proxy+}}"));
    event["rawPath"] = json!(path);
    event["rawQueryString"] = json!(query);
    event["requestContext"]["http"]["method"] = json!(method);
    event["requestContext"]["http"]["path"] = json!(path);
    if let Some(body) = body {
        event["headers"]["content-type"] = json!("application/json");
        event["headers"]["content-length"] = json!(body.len().to_string());
        event["body"] = json!(body);
    }
    if let Some(event) = event.as_object_mut() {
        // Only for functions that do not read the raw query.
        event.remove("queryStringParameters");
    }
    event
}

/// A program with its name, as in rust=target/lambda/payees/bootstrap.
///
/// # Errors
/// If there is no such file.
pub fn named(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("must be NAME=PATH")?;
    Ok((name.to_owned(), program(path)?))
}

/// The path of a program.
///
/// # Errors
/// If there is no such file.
pub fn program(path: &str) -> Result<PathBuf, String> {
    let canonical = PathBuf::from(path).canonicalize().ok();
    canonical
        .filter(|path| path.is_file())
        .ok_or_else(|| format!("{path} does not exist or is not a file"))
}
