//! Events of an API Gateway HTTP API (payload format 2.0), and the results for it.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::http::Malformed;

/// What a path cannot have, or would have another meaning in: the gateway hands it on decoded.
const ESCAPED_IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What a query cannot have. It is as the client sent it, so its `%` is left alone.
const ESCAPED_IN_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// An event. The gateway makes its frame; everything in it that a client chooses is unparsed,
/// because it may be something that no request can have.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    request_context: RequestContext<'a>,
    #[serde(borrow)]
    raw_path: &'a RawValue,
    #[serde(borrow)]
    raw_query_string: Option<&'a RawValue>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    #[serde(borrow)]
    http: Http<'a>,
    request_id: Option<String>,
}

#[derive(Deserialize)]
struct Http<'a> {
    #[serde(borrow)]
    method: &'a RawValue,
}

/// A result of payload format 2.0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FunctionResult {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

impl Event<'_> {
    /// The id that the gateway gave to the request.
    pub(super) fn request_id(&self) -> Option<&str> {
        self.request_context.request_id.as_deref()
    }

    /// The request of the event.
    ///
    /// # Errors
    /// [`Malformed`] if it is not one.
    pub(super) fn request(&self) -> Result<Request, Malformed> {
        let method: String = part(self.request_context.http.method)?;
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| Malformed("the method is not a token"))?;
        let mut request = Request::new(self.body()?);
        *request.method_mut() = method;
        *request.uri_mut() = self.uri()?;
        *request.headers_mut() = self.headers()?;
        Ok(request)
    }

    fn uri(&self) -> Result<Uri, Malformed> {
        let path: String = part(self.raw_path)?;
        let query: Option<String> = self.raw_query_string.map_or(Ok(None), part)?;
        let path = utf8_percent_encode(path.strip_prefix('/').unwrap_or(&path), ESCAPED_IN_PATH);
        let uri = match query.filter(|query| !query.is_empty()) {
            Some(query) => {
                let query = utf8_percent_encode(&query, ESCAPED_IN_QUERY);
                format!("/{path}?{query}")
            }
            None => format!("/{path}"),
        };
        // Everything else that a URI cannot have is escaped.
        let uri = PathAndQuery::try_from(uri)
            .map_err(|_| Malformed("the path and the query are too long"))?;
        Ok(uri.into())
    }

    fn headers(&self) -> Result<HeaderMap, Malformed> {
        let sent: Option<BTreeMap<String, String>> = self.headers.map_or(Ok(None), part)?;
        let mut headers = HeaderMap::new();
        for (name, value) in sent.unwrap_or_default() {
            let name = HeaderName::try_from(name)
                .map_err(|_| Malformed("the name of a header is not a token"))?;
            let value = HeaderValue::try_from(value)
                .map_err(|_| Malformed("a header has a control character"))?;
            headers
                .try_append(name, value)
                .map_err(|_| Malformed("there are too many headers"))?;
        }
        Ok(headers)
    }

    fn body(&self) -> Result<Body, Malformed> {
        let body: Option<String> = self.body.map_or(Ok(None), part)?;
        match body {
            Some(text) if self.is_base64_encoded => {
                let bytes = STANDARD.decode(text);
                bytes
                    .map(Body::from)
                    .map_err(|_| Malformed("the body is not the Base64 that it is said to be"))
            }
            Some(text) => Ok(Body::from(text)),
            None => Ok(Body::empty()),
        }
    }
}

/// A part of the event that a client chose.
fn part<T: DeserializeOwned>(json: &RawValue) -> Result<T, Malformed> {
    serde_json::from_str(json.get()).map_err(|_| Malformed("a part of it is not Unicode text"))
}

impl FunctionResult {
    /// The result for a response.
    ///
    /// # Errors
    /// If the body of the response cannot be read.
    pub(super) async fn of(response: Response) -> Result<Self, axum::Error> {
        let (parts, body) = response.into_parts();
        let mut headers = BTreeMap::new();
        for name in parts.headers.keys() {
            let values = parts.headers.get_all(name).iter();
            let values: Vec<_> = values
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            headers.insert(name.to_string(), values.join(","));
        }
        // Our own answers are bounded where they are made.
        let bytes = to_bytes(body, usize::MAX).await?;
        let (body, is_base64_encoded) = match String::from_utf8(bytes.into()) {
            Ok(text) => (text, false),
            Err(binary) => (STANDARD.encode(binary.as_bytes()), true),
        };
        Ok(Self {
            status_code: parts.status.as_u16(),
            headers,
            body,
            is_base64_encoded,
        })
    }
}
