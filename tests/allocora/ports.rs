//! The two ports of the local product: for programs, not for web pages, and also for clients that
//! close their side early.

use std::net::{IpAddr, Ipv4Addr, Shutdown};
use std::sync::Arc;
use std::time::Duration;

use admin::template::Template;
use local::engine::Engine;
use local::gateway::Gateway;
use local::reference::Reference;
use local::server;
use serde_json::json;
use store::table::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::harness::Api;

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The gateway of an API on a port, with a reference page that has its key.
pub struct Served {
    pub address: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

pub async fn serve(api: &Api) -> Served {
    let gateway = Arc::new(Gateway::new(api.app.clone(), Template::included()).unwrap());
    let reference = Arc::new(Reference::new(Some(&api.key)));
    let (listener, address) = server::listen(0).await.unwrap();
    let address = address.to_string();
    let (stop, stopping) = oneshot::channel::<()>();
    let server = tokio::spawn(server::serve(listener, gateway, reference, async {
        _ = stopping.await;
    }));
    Served {
        address,
        stop,
        server,
    }
}

/// Sends bytes, closes the own side, and returns the status and everything that comes back.
pub async fn exchange(address: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let stream = stream.into_std().unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut stream = TcpStream::from_std(stream).unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    let status = answer.split(' ').nth(1).unwrap_or_default();
    (status.parse().unwrap_or_default(), answer)
}

/// A request to the gateway, and one to DynamoDB, each with these headers.
fn requests(api: &Api, headers: &str) -> (String, String) {
    let gateway = format!(
        "GET /api/allocora/ping HTTP/1.1\r\n{headers}authorization: Bearer {}\r\n\r\n",
        api.key
    );
    let body = json!({"TableName": api.table}).to_string();
    let signature = "AWS4-HMAC-SHA256 Credential=local/20260531/us-east-1/dynamodb/aws4_request, \
                     SignedHeaders=host, Signature=0";
    let dynamodb = format!(
        "POST / HTTP/1.1\r\n{headers}authorization: {signature}\r\nx-amz-date: 20260531T100000Z\r\n\
         x-amz-target: DynamoDB_20120810.DescribeTable\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    (gateway, dynamodb)
}

#[tokio::test]
async fn web_pages_and_foreign_hosts_are_refused_on_both_ports() {
    let api = Api::start_here().await;
    let served = serve(&api).await;
    let engine = api.endpoint.strip_prefix("http://").unwrap();
    for (headers, expected) in [
        ("host: localhost\r\n", 200),
        ("host: 127.0.0.1:3000\r\n", 200),
        ("host: [::1]:3000\r\n", 200),
        ("host: evil.example\r\n", 421),
        ("host: evil.example:8000\r\n", 421),
        ("host: localhost\r\norigin: http://evil.example\r\n", 403),
        ("host: localhost\r\norigin: http://localhost:3000\r\n", 403),
        ("host: localhost\r\norigin: null\r\n", 403),
    ] {
        let (to_gateway, to_engine) = requests(&api, headers);
        for (address, request) in [(&*served.address, to_gateway), (engine, to_engine)] {
            let (status, answer) = exchange(address, &request).await;
            assert_eq!(status, expected, "{headers:?}: {answer}");
            assert!(!answer.contains("access-control"), "{answer}");
            let is_engine = address == engine;
            assert!(
                expected == 200 || answer.contains(r#"{"message":"#) == is_engine,
                "{answer}"
            );
        }
    }
    // A page of the same port, which the gateway has and DynamoDB has not.
    for address in [&*served.address, engine] {
        let headers = format!("host: {address}\r\norigin: http://{address}\r\n");
        let (to_gateway, to_engine) = requests(&api, &headers);
        let is_engine = address == engine;
        let request = if is_engine { to_engine } else { to_gateway };
        let expected = if is_engine { 403 } else { 200 };
        let (status, answer) = exchange(address, &request).await;
        assert_eq!(status, expected, "{address}: {answer}");
        assert!(!answer.contains("access-control"), "{answer}");
    }
    // The question of a browser, whether a page may send a request.
    let ask = "OPTIONS / HTTP/1.1\r\nhost: localhost\r\norigin: http://evil.example\r\n\
               access-control-request-method: POST\r\n\r\n";
    for address in [&*served.address, engine] {
        let (status, answer) = exchange(address, ask).await;
        assert_eq!(status, 403, "{answer}");
        assert!(!answer.contains("access-control"), "{answer}");
    }
}

#[tokio::test]
async fn the_gateway_refuses_with_a_problem_document() {
    let api = Api::start_here().await;
    let served = serve(&api).await;
    for (headers, status, code, shown) in [
        ("origin: null\r\n", 403, "web_page_refused", "origin"),
        (
            "host: a\u{202e}b\r\n",
            421,
            "misdirected_request",
            r#""a\u202eb""#,
        ),
    ] {
        let request = format!("GET / HTTP/1.1\r\n{headers}x-request-id: job-1\r\n\r\n");
        let (found, answer) = exchange(&served.address, &request).await;
        assert_eq!(found, status, "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        for header in [
            "content-type: application/problem+json",
            "x-request-id: job-1",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "apigw-requestid: ",
        ] {
            assert!(head.contains(&format!("\r\n{header}")), "{header}: {head}");
        }
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["type"], json!(format!("/docs/errors.md#{code}")));
        assert_eq!(body["code"], json!(code));
        assert_eq!(body["status"], json!(status));
        assert_eq!(body["request_id"], json!("job-1"));
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains(shown), "{detail}");
        let head = request.replacen("GET", "HEAD", 1);
        let (found, answer) = exchange(&served.address, &head).await;
        assert_eq!(found, status, "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_closed_its_side_gets_its_answer() {
    let api = Api::start_here().await;
    let served = serve(&api).await;
    let body = json!({"name": "Ada"}).to_string();
    let head = format!(
        "POST /api/v1/payees HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        api.key,
        body.len()
    );
    let (status, answer) = exchange(&served.address, &format!("{head}{body}")).await;
    assert_eq!(status, 201, "{answer}");
    // Two at once, of which the second is read when the side is closed already.
    let (ping, _) = requests(&api, "host: localhost\r\n");
    let (_, answer) = exchange(&served.address, &format!("{ping}{ping}")).await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 2, "{answer}");
    // A request that is cut short is none.
    let (status, answer) = exchange(&served.address, &head).await;
    assert!(status == 0 || status == 400, "{answer}");
}

#[tokio::test]
async fn a_stopping_port_finishes_what_it_has() {
    let api = Api::start_here().await;
    let served = serve(&api).await;
    let (ping, _) = requests(&api, "host: localhost\r\n");
    let mut stream = TcpStream::connect(&served.address).await.unwrap();
    // A head, but no end of it: in progress.
    stream.write_all(&ping.as_bytes()[..10]).await.unwrap();
    let mut idle = TcpStream::connect(&served.address).await.unwrap();
    idle.write_all(ping.as_bytes()).await.unwrap();
    let mut byte = [0];
    idle.read_exact(&mut byte).await.unwrap();
    drop(served.stop);
    let mut rest = Vec::new();
    timeout(PATIENCE, idle.read_to_end(&mut rest))
        .await
        .expect("an idle connection is closed")
        .unwrap();
    drop(stream);
    timeout(PATIENCE, served.server).await.unwrap().unwrap();
    assert!(TcpStream::connect(&served.address).await.is_err());
}

#[tokio::test]
async fn an_engine_for_containers_is_reached_from_here_too() {
    let engine = Engine::start(None, Ipv4Addr::UNSPECIFIED.into(), Some(0)).unwrap();
    let table = Connection::emulated("table", engine.endpoint.clone())
        .open()
        .await;
    assert!(table.create(Template::included().table()).await.unwrap());
    let address = engine.endpoint.strip_prefix("http://127.0.0.1:").unwrap();
    let port: u16 = address.parse().unwrap();
    // Every address of this machine, by its own name and no other.
    let other: IpAddr = "127.0.0.2".parse().unwrap();
    let request = |host: &str| format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n");
    for (host, expected) in [("127.0.0.2", 404), ("0.0.0.0", 421), ("evil.example", 421)] {
        let (status, answer) = exchange(&format!("{other}:{port}"), &request(host)).await;
        assert_eq!(status, expected, "{host}: {answer}");
    }
    let absent = "192.0.2.1".parse().unwrap();
    let refused = Engine::start(None, absent, Some(0))
        .err()
        .unwrap()
        .sentence();
    assert!(refused.contains("192.0.2.1"), "{refused}");
}
