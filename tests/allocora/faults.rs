//! A DynamoDB that misbehaves: a proxy before the real engine, with the fault of the moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong with the next requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is carried out and its answer is lost.
    LostAnswer,
    /// The request is refused for load and not carried out.
    Throttled,
    /// The same for a transaction, which DynamoDB tells in another way.
    ThrottledTransaction,
    /// The request is not carried out, and nobody answers.
    Silence,
}

const FAULTS: [Fault; 4] = [Fault::LostAnswer, Fault::Throttled, Fault::ThrottledTransaction, Fault::Silence];
const THROTTLED: &str =
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}"#;
const THROTTLED_TRANSACTION: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message":"cancelled","CancellationReasons":[{"Code":"None"},{"Code":"ThrottlingError","Message":"slow down"}]}"#;

/// The proxy.
pub struct Faults {
    pub endpoint: String,
    left: Arc<[AtomicUsize; 4]>,
}

impl Faults {
    /// A proxy before `endpoint`, without faults yet.
    pub async fn before(endpoint: &str) -> Self {
        let upstream = endpoint.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let faults = Self { endpoint: format!("http://{}", listener.local_addr().unwrap()), left: Arc::default() };
        let left = faults.left.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A connection ends with an error when a fault has ended it.
                tokio::spawn(serve(client, upstream.clone(), left.clone()));
            }
        });
        faults
    }

    /// The next `requests` requests meet this fault.
    pub fn next(&self, fault: Fault, requests: usize) {
        self.left[fault as usize].store(requests, Ordering::SeqCst);
    }
}

/// Passes requests on, one after the other, until one meets a fault.
async fn serve(mut client: TcpStream, upstream: String, left: Arc<[AtomicUsize; 4]>) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(upstream).await?;
    loop {
        let request = message(&mut client).await?;
        let fault = FAULTS.into_iter().find(|fault| {
            left[*fault as usize].fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        });
        match fault {
            Some(Fault::Throttled) => {
                client.write_all(refusal(THROTTLED).as_bytes()).await?;
                continue;
            }
            Some(Fault::ThrottledTransaction) => {
                client.write_all(refusal(THROTTLED_TRANSACTION).as_bytes()).await?;
                continue;
            }
            Some(Fault::Silence) => {
                // Until the client goes away.
                client.read_u8().await?;
                return Ok(());
            }
            Some(Fault::LostAnswer) | None => upstream.write_all(&request).await?,
        }
        let answer = message(&mut upstream).await?;
        if fault == Some(Fault::LostAnswer) {
            return Ok(());
        }
        client.write_all(&answer).await?;
    }
}

fn refusal(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// One HTTP message with a content-length.
async fn message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Ok(bytes);
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}
