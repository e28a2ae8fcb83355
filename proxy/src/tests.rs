use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::{Action, Answer, Call, Change, Hook, Proxy};

type TestResult = Result<(), Box<dyn Error + Send + Sync>>;

/// Stands in for DynamoDB: returns each request as the answer, and records it.
#[derive(Default)]
struct Echo(Mutex<Vec<Value>>);

impl Hook for Echo {
    type Note = ();

    async fn request(&self, call: Call) -> Action<()> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(call.body.clone());
        Action::Answer(answer(&call.body))
    }
}

impl Echo {
    fn seen(&self) -> Vec<Value> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Does what the operation of a request says.
struct Obedient;

impl Hook for Obedient {
    type Note = &'static str;

    async fn request(&self, call: Call) -> Action<&'static str> {
        match call.operation.as_str() {
            "Change" => Action::ForwardBody(json!({"changed": true}), "changed"),
            "ChangeAnswer" => Action::ChangeAnswer(
                json!({"changed": true}),
                Change(Box::new(|answer| json!([answer, "and its answer"]))),
            ),
            "Answer" => Action::Answer(answer(&json!("answered"))),
            "Replace" => Action::ReplaceAnswer(answer(&json!("replaced"))),
            "Lose" => Action::LoseAnswer,
            "Disconnect" => Action::Disconnect,
            "Hang" => Action::Hang,
            "Reject" => Action::Forward("rejected"),
            _ => Action::Forward("forwarded"),
        }
    }

    fn answer(&self, note: &'static str, _: &Answer) -> Result<(), Box<dyn Error>> {
        match note {
            "rejected" => Err("it is a test".into()),
            _ => Ok(()),
        }
    }
}

fn answer(body: &Value) -> Answer {
    Answer {
        status: StatusCode::OK,
        body: Bytes::from(body.to_string()),
    }
}

async fn proxies() -> Result<(Proxy, Proxy, Arc<Echo>), Box<dyn Error + Send + Sync>> {
    let echo = Arc::<Echo>::default();
    let upstream = Proxy::start("http://127.0.0.1:1", echo.clone()).await?;
    let proxy = Proxy::start(&upstream.endpoint, Arc::new(Obedient)).await?;
    Ok((proxy, upstream, echo))
}

async fn send(proxy: &Proxy, operation: &str) -> Result<TcpStream, std::io::Error> {
    let address = proxy.endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-amz-target: DynamoDB_20120810.{operation}\r\n\
         content-length: 9\r\n\r\n{{\"n\": 10}}"
    );
    stream.write_all(request.as_bytes()).await?;
    Ok(stream)
}

/// Everything that the proxy returns until it closes the connection.
async fn exchange(proxy: &Proxy, operation: &str) -> Result<String, std::io::Error> {
    let mut text = String::new();
    send(proxy, operation)
        .await?
        .read_to_string(&mut text)
        .await?;
    Ok(text)
}

#[tokio::test]
async fn a_request_is_forwarded_unchanged_or_with_another_body() -> TestResult {
    let (proxy, _upstream, echo) = proxies().await?;
    let forwarded = exchange(&proxy, "Forward").await?;
    assert!(forwarded.starts_with("HTTP/1.1 200"), "{forwarded}");
    assert!(forwarded.ends_with(r#"{"n":10}"#), "{forwarded}");
    let changed = exchange(&proxy, "Change").await?;
    assert!(changed.ends_with(r#"{"changed":true}"#), "{changed}");
    assert_eq!(echo.seen(), [json!({"n": 10}), json!({"changed": true})]);
    let changed = exchange(&proxy, "ChangeAnswer").await?;
    assert!(
        changed.ends_with(r#"[{"changed":true},"and its answer"]"#),
        "{changed}"
    );
    Ok(())
}

#[tokio::test]
async fn a_hook_can_answer_in_place_of_dynamodb() -> TestResult {
    let (proxy, _upstream, echo) = proxies().await?;
    let answered = exchange(&proxy, "Answer").await?;
    assert!(answered.ends_with(r#""answered""#), "{answered}");
    assert!(echo.seen().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_lost_or_rejected_answer_closes_the_connection_after_the_call() -> TestResult {
    let (proxy, _upstream, echo) = proxies().await?;
    for (operation, calls) in [("Lose", 1), ("Reject", 2)] {
        assert_eq!(exchange(&proxy, operation).await?, "", "{operation}");
        assert_eq!(echo.seen().len(), calls, "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_can_be_replaced_and_a_request_dropped() -> TestResult {
    let (proxy, _upstream, echo) = proxies().await?;
    let replaced = exchange(&proxy, "Replace").await?;
    assert!(replaced.ends_with(r#""replaced""#), "{replaced}");
    assert_eq!(echo.seen().len(), 1, "it is forwarded");
    assert_eq!(exchange(&proxy, "Disconnect").await?, "");
    assert_eq!(echo.seen().len(), 1, "it is not forwarded");
    Ok(())
}

#[tokio::test]
async fn a_hanging_request_is_neither_forwarded_nor_answered() -> TestResult {
    let (proxy, _upstream, echo) = proxies().await?;
    let mut stream = send(&proxy, "Hang").await?;
    let silence = timeout(Duration::from_millis(200), stream.read_u8()).await;
    assert!(silence.is_err(), "{silence:?}");
    assert!(echo.seen().is_empty());
    drop(stream);
    assert!(exchange(&proxy, "Forward").await?.ends_with("10}"));
    Ok(())
}
