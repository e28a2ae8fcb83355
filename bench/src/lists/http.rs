//! HTTP messages as the client and the engine send them to each other: with a content-length.

use std::io::{self, ErrorKind};

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const LENGTH: &str = "content-length:";

/// A request or a response.
pub struct Message {
    /// The first line and the headers without the length, each ended by a line break.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// The next message of a connection.
    ///
    /// # Errors
    /// If the connection ended.
    pub async fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes
                .windows(END_OF_HEAD.len())
                .position(|window| window == END_OF_HEAD)
            {
                break end;
            }
            if stream.read_buf(&mut bytes).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        };
        let mut body = bytes.split_off(end + END_OF_HEAD.len());
        let (mut head, mut length) = (String::new(), 0);
        for line in String::from_utf8_lossy(&bytes).trim_end().lines() {
            match line.to_ascii_lowercase().strip_prefix(LENGTH) {
                Some(digits) => {
                    length = digits.trim().parse().map_err(|_| ErrorKind::InvalidInput)?
                }
                None => head += &format!("{line}\r\n"),
            }
        }
        let arrived = body.len();
        body.resize(length, 0);
        stream.read_exact(&mut body[arrived..]).await?;
        Ok(Self { head, body })
    }

    /// The message as it is sent.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}{LENGTH} {}\r\n\r\n", self.head, self.body.len()).into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}
