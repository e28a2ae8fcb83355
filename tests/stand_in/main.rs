//! A function's program for tests that have no built one.
//!
//! In the role of a function it is that function, with the deployed runtime. In the other roles it
//! speaks the Runtime API by hand, so that it can also break its rules.

mod roles;

use std::env;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::exit;

use serde_json::{Value, json};
use shared::auth::AnyKey;
use shared::http::{Call, Entry, Method, Operation};

use roles::{OBEDIENT, PANICKING, ROLE, SILENT, STILLBORN, UNABLE, WITNESS};

/// The bytes of a chunk of an answer.
const CHUNK_BYTES: usize = 64 * 1024;

fn main() {
    let role = env::var(ROLE).unwrap();
    let _witness = env::var(WITNESS)
        .ok()
        .map(|address| TcpStream::connect(address).unwrap());
    let mut functions = registry::functions().into_iter();
    let function = functions.find(|function| function.name == role);
    let operations = function.map(|function| function.operations);
    let panicking = (role == PANICKING).then(|| vec![panicking()]);
    if let Some(operations) = operations.or(panicking) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(shared::lambda::run(operations)).unwrap();
    }
    match role.as_str() {
        OBEDIENT => loop {
            let next = exchange("GET", "invocation/next", b"");
            obey(&next);
        },
        SILENT => {
            exchange("GET", "invocation/next", b"");
            loop {
                std::thread::park();
            }
        }
        UNABLE => {
            let error = br#"{"errorType": "Setup", "errorMessage": "no table is named"}"#;
            assert_eq!(exchange("POST", "init/error", error).status, 202);
            exit(1)
        }
        STILLBORN => exit(3),
        role => panic!("there is no role {role}"),
    }
}

/// An operation that panics over something that a client sent.
fn panicking() -> Operation {
    let path = "/api/allocora/ping";
    let handler = |_: Call<AnyKey>| async {
        let sent = "é, which only the client knows";
        let end = sent.find(',').unwrap() - 1;
        panic!("{}", &sent[..end]);
    };
    Entry::new(Method::GET, path, handler, |_| {})
}

/// Does what an event says.
fn obey(next: &Exchange) {
    let event: Value = serde_json::from_slice(&next.body).unwrap();
    let id = next.header("lambda-runtime-aws-request-id");
    let post =
        |what: &str, body: &[u8]| exchange("POST", &format!("invocation/{id}/{what}"), body).status;
    match event["do"].as_str().unwrap() {
        "answer" => assert_eq!(
            post("response", sight(next, &event).to_string().as_bytes()),
            202
        ),
        "fail" => assert_eq!(
            post(
                "error",
                br#"{"errorType": "Bug", "errorMessage": "a function failed"}"#
            ),
            202
        ),
        "misaddress" => {
            let status = exchange("POST", "invocation/another/response", b"{}").status;
            assert_eq!(post("response", json!(status).to_string().as_bytes()), 202);
        }
        "fill" => {
            let length = usize::try_from(event["bytes"].as_u64().unwrap()).unwrap();
            let answer = format!("\"{}\"", "x".repeat(length - 2));
            let expected = u16::try_from(event["expect"].as_u64().unwrap()).unwrap();
            assert_eq!(post("response", answer.as_bytes()), expected);
        }
        "babble" => assert_eq!(post("response", b"no JSON"), 202),
        "leave" => {
            assert_eq!(post("response", b"null"), 202);
            exit(0)
        }
        "crash" => exit(7),
        "hang" => loop {
            std::thread::park();
        },
        action => panic!("there is no action {action}"),
    }
}

/// What the program sees of an event and its environment.
fn sight(next: &Exchange, event: &Value) -> Value {
    let names = [
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
    ];
    let variables: Vec<String> = names
        .into_iter()
        .map(|name| env::var(name).unwrap())
        .collect();
    json!({
        "event": event,
        "variables": variables,
        "deadline": next.header("lambda-runtime-deadline-ms"),
        "arn": next.header("lambda-runtime-invoked-function-arn"),
        "trace": next.header("lambda-runtime-trace-id"),
    })
}

struct Exchange {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Exchange {
    fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(found, _)| *found == name)
            .unwrap_or_else(|| panic!("{name} is in {}", self.head))
            .1
    }
}

/// One request to the Runtime API, with a chunked body, and its answer.
fn exchange(method: &str, path: &str, body: &[u8]) -> Exchange {
    let host = env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut stream = TcpStream::connect(&host).unwrap();
    let head = format!(
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n"
    );
    write!(stream, "{head}transfer-encoding: chunked\r\n\r\n").unwrap();
    for chunk in body.chunks(CHUNK_BYTES) {
        write!(stream, "{:x}\r\n", chunk.len()).unwrap();
        stream.write_all(chunk).unwrap();
        stream.write_all(b"\r\n").unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Exchange {
        status,
        head,
        body: bytes[end + 4..].to_vec(),
    }
}
