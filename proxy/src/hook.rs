//! What a test or a benchmark plugs into the proxy.

use std::error::Error;
use std::fmt;

use hyper::StatusCode;
use hyper::body::Bytes;
use serde_json::Value;

/// A request to DynamoDB.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation, such as `PutItem`.
    pub operation: String,
    /// The JSON body.
    pub body: Value,
}

/// An answer, from DynamoDB or from a hook in its place.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The JSON body, unparsed.
    pub body: Bytes,
}

/// What happens to a request. `N` is what the hook remembers of it until the answer.
#[derive(Debug)]
pub enum Action<N> {
    /// Forward it unchanged and return the answer.
    Forward(N),
    /// Forward it with this body instead and return the answer.
    ForwardBody(Value, N),
    /// Forward it with this body instead and return what becomes of the answer.
    ChangeAnswer(Value, Change),
    /// Return this answer without forwarding the request.
    Answer(Answer),
    /// Forward it, wait for the answer, and return this one instead.
    ReplaceAnswer(Answer),
    /// Forward it, wait for the answer, and close the connection without returning it.
    LoseAnswer,
    /// Close the connection without forwarding it.
    Disconnect,
    /// Neither forward nor answer it, until the client disconnects.
    Hang,
}

/// What becomes of an answer: a function from JSON body to JSON body.
pub struct Change(pub Box<dyn FnOnce(Value) -> Value + Send>);

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

/// Sees every request, decides what happens to it, and sees the answers from DynamoDB.
pub trait Hook: Send + Sync + 'static {
    /// What the hook remembers of a request until its answer.
    type Note: Send;

    /// Decides what happens to a request. The proxy waits, so a delay here delays the request.
    fn request(&self, call: Call) -> impl Future<Output = Action<Self::Note>> + Send;

    /// Sees the answer to a forwarded request before the client does.
    ///
    /// # Errors
    /// If the answer is not acceptable: the proxy prints the error and closes the connection.
    fn answer(&self, _note: Self::Note, _answer: &Answer) -> Result<(), Box<dyn Error>> {
        Ok(())
    }
}
