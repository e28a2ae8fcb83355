//! Events of payload format 2.0: a request as a function of an HTTP API gets it, and what the function gives back.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, SET_COOKIE, TRANSFER_ENCODING, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::lambda::Error;

/// The name that the gateway answers to, whatever the client called it; a function in the cloud sees no other either.
const DOMAIN: &str = "localhost";
/// Where all requests come from.
const CLIENT: &str = "127.0.0.1";
/// The account of the examples in Amazon's documentation.
const ACCOUNT: &str = "123456789012";
/// As a time looks in an event, and in the access logs of old.
const TIME_FORMAT: &str = "%d/%b/%Y:%H:%M:%S +0000";
/// Headers that concern the connection, or that the gateway replaces.
const OWN_HEADERS: [HeaderName; 6] = [CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, TRANSFER_ENCODING];

/// What a function gives back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    multi_value_headers: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The path as the client sent it. Only `OPTIONS *` and `CONNECT` have none that begins with a slash.
pub(super) fn path(uri: &Uri) -> Cow<'_, str> {
    if uri.path().starts_with('/') { uri.path().into() } else { format!("/{}", uri.path()).into() }
}

/// A request as an event.
pub(super) fn event(parts: &Parts, body: &[u8], route: &str, request_id: &str, now: jiff::Timestamp) -> Value {
    let path = path(&parts.uri);
    let (text, is_base64_encoded) = match str::from_utf8(body) {
        Ok("") => (None, false),
        Ok(text) => (Some(text.to_owned()), false),
        Err(_) => (Some(STANDARD.encode(body)), true),
    };
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "cookies": cookies(&parts.headers),
        "headers": headers(&parts.headers, body.len()),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": DOMAIN,
            "domainPrefix": DOMAIN,
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": CLIENT,
                "userAgent": parts.headers.get(USER_AGENT).map(text_of),
            },
            "requestId": request_id,
            "routeKey": route,
            "stage": "$default",
            "time": now.strftime(TIME_FORMAT).to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "body": text,
        "isBase64Encoded": is_base64_encoded,
    })
}

/// The headers with lower-case names, those that were sent more than once joined by commas.
fn headers(sent: &HeaderMap, body_length: usize) -> BTreeMap<&str, String> {
    let mut headers = BTreeMap::new();
    for name in sent.keys().filter(|name| !OWN_HEADERS.contains(name)) {
        let values: Vec<String> = sent.get_all(name).iter().map(text_of).collect();
        headers.insert(name.as_str(), values.join(","));
    }
    headers.insert("host", DOMAIN.to_owned());
    headers.insert("x-forwarded-for", CLIENT.to_owned());
    headers.insert("x-forwarded-proto", "http".to_owned());
    if body_length > 0 || sent.contains_key(CONTENT_LENGTH) {
        headers.insert("content-length", body_length.to_string());
    }
    headers
}

/// Cookies stand beside the headers.
fn cookies(sent: &HeaderMap) -> Option<Vec<String>> {
    let cookies: Vec<String> = sent
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| text_of(header).split("; ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    (!cookies.is_empty()).then_some(cookies)
}

fn text_of(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// The response that a function's result stands for.
///
/// # Errors
/// If it is not the result of an HTTP function.
pub(super) fn response(result: Value) -> Result<Response<Body>, Error> {
    let outcome: Outcome = serde_json::from_value(result)?;
    let body = match outcome.body {
        Some(text) if outcome.is_base64_encoded => STANDARD.decode(text)?,
        Some(text) => text.into_bytes(),
        None => Vec::new(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(outcome.status_code)?;
    let headers = response.headers_mut();
    let many = outcome
        .multi_value_headers
        .into_iter()
        .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    for (name, value) in outcome.headers.into_iter().chain(many) {
        headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    for cookie in outcome.cookies {
        headers.append(SET_COOKIE, HeaderValue::try_from(cookie)?);
    }
    Ok(response)
}
