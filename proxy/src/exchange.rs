//! One request and its answer.

use std::error::Error;
use std::future::pending;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::hook::{Action, Answer, Call, Change, Hook};

/// Names the operation, as in `DynamoDB_20120810.PutItem`.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const AMZ_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

type AnyError = Box<dyn Error + Send + Sync>;

/// Where requests go, and the hook that sees them.
pub(crate) struct Exchange<H> {
    upstream: Uri,
    client: Client<HttpConnector, Full<Bytes>>,
    hook: Arc<H>,
}

impl<H: Hook> Exchange<H> {
    pub(crate) fn new(upstream: Uri, hook: Arc<H>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            upstream,
            client: Client::builder(TokioExecutor::new()).build(connector),
            hook,
        }
    }

    /// Answers a request. An error closes the connection to the client.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, AnyError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let (note, body) = match self.hook.request(call(&parts, &body)?).await {
            Action::Forward(note) => (note, body),
            Action::ForwardBody(changed, note) => (note, changed.to_string().into()),
            Action::Answer(answer) => return Ok(response(answer)),
            Action::ChangeAnswer(changed, Change(change)) => {
                let answer = self.forward(parts, changed.to_string().into()).await?;
                let body = change(serde_json::from_slice(answer.body())?).to_string();
                return Ok(response(Answer {
                    status: answer.status(),
                    body: body.into(),
                }));
            }
            Action::ReplaceAnswer(answer) => {
                self.forward(parts, body).await?;
                return Ok(response(answer));
            }
            Action::Disconnect => return Err("the request is lost".into()),
            Action::LoseAnswer => {
                self.forward(parts, body).await?;
                return Err("the answer is lost".into());
            }
            // This future is dropped when the client disconnects.
            Action::Hang => return pending().await,
        };
        let response = self.forward(parts, body).await?;
        let answer = Answer {
            status: response.status(),
            body: response.body().clone(),
        };
        if let Err(error) = self.hook.answer(note, &answer) {
            eprintln!("the proxy closes a connection: {error}");
            return Err("the answer is not acceptable".into());
        }
        Ok(response.map(Full::new))
    }

    /// Sends a request to DynamoDB and reads the whole answer.
    async fn forward(&self, mut parts: Parts, body: Bytes) -> Result<Response<Bytes>, AnyError> {
        let mut uri = self.upstream.clone().into_parts();
        uri.path_and_query = parts.uri.path_and_query().cloned();
        parts.uri = Uri::from_parts(uri)?;
        without_length(&mut parts.headers);
        let request = Request::from_parts(parts, Full::new(body));
        let (mut parts, body) = self.client.request(request).await?.into_parts();
        without_length(&mut parts.headers);
        Ok(Response::from_parts(
            parts,
            body.collect().await?.to_bytes(),
        ))
    }
}

/// What a request asks for: a header names the operation, and the body is JSON.
fn call(parts: &Parts, body: &[u8]) -> Result<Call, AnyError> {
    let target = parts
        .headers
        .get(TARGET)
        .ok_or("no x-amz-target")?
        .to_str()?;
    let operation = target.rsplit('.').next().unwrap_or(target).to_owned();
    Ok(Call {
        operation,
        body: serde_json::from_slice(body)?,
    })
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    response.headers_mut().insert(CONTENT_TYPE, AMZ_JSON);
    response
}

/// Removes the length of a body, which hyper determines for each connection.
fn without_length(headers: &mut hyper::HeaderMap) {
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
}
