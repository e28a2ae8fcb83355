//! Events of payload format 2.0: a request as a function of an HTTP API gets it, and what the
//! function gives back.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, SET_COOKIE, TRANSFER_ENCODING, USER_AGENT,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::lambda::Error;

/// The name that the gateway answers to, whatever the client called it; a function in the cloud
/// sees no other either.
const DOMAIN: &str = "localhost";
/// Where all requests come from.
const CLIENT: &str = "127.0.0.1";
/// The account of the examples in Amazon's documentation.
const ACCOUNT: &str = "123456789012";
/// As a time looks in an event, and in the access logs of old.
const TIME_FORMAT: &str = "%d/%b/%Y:%H:%M:%S +0000";
/// Headers that concern the connection, or that the gateway replaces.
const OWN_HEADERS: [HeaderName; 6] = [
    CONNECTION,
    CONTENT_LENGTH,
    COOKIE,
    EXPECT,
    HOST,
    TRANSFER_ENCODING,
];

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

/// The path as the client sent it. Only `OPTIONS *` and `CONNECT` have none that begins with a
/// slash.
pub(super) fn path(uri: &Uri) -> Cow<'_, str> {
    if uri.path().starts_with('/') {
        uri.path().into()
    } else {
        format!("/{}", uri.path()).into()
    }
}

/// A request as an event.
pub(super) fn event(
    parts: &Parts,
    body: &[u8],
    route: &str,
    request_id: &str,
    now: jiff::Timestamp,
) -> Value {
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
        .flat_map(|header| {
            text_of(header)
                .split("; ")
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
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

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn event_of(request: Request<&[u8]>) -> Value {
        let (parts, body) = request.into_parts();
        let now = "2026-05-31T10:00:00Z".parse().expect("it is an instant");
        event(&parts, body, "ANY /pets/{proxy+}", "an-id", now)
    }

    #[test]
    fn a_request_becomes_an_event() {
        let request = Request::post("/pets/1?a=b%20c&a=d")
            .header("user-agent", "curl")
            .body(&b"{}"[..]);
        let event = event_of(request.expect("it is a request"));
        assert_eq!(event["routeKey"], "ANY /pets/{proxy+}");
        assert_eq!(event["rawPath"], "/pets/1");
        assert_eq!(event["rawQueryString"], "a=b%20c&a=d");
        assert_eq!(event["headers"]["content-length"], "2");
        assert_eq!(event["body"], "{}");
        assert_eq!(event["isBase64Encoded"], false);
        let context = &event["requestContext"];
        assert_eq!(context["time"], "31/May/2026:10:00:00 +0000");
        assert_eq!(context["timeEpoch"], 1_780_221_600_000_i64);
        assert_eq!(context["http"]["method"], "POST");
        assert_eq!(context["http"]["protocol"], "HTTP/1.1");
        assert_eq!(context["http"]["userAgent"], "curl");
    }

    #[test]
    fn headers_sent_twice_are_joined_and_cookies_stand_apart() {
        let request = Request::get("/")
            .header("X-A", "1")
            .header("x-a", "2")
            .header("cookie", "b=1; c=2")
            .body(&b""[..]);
        let event = event_of(request.expect("it is a request"));
        assert_eq!(event["headers"]["x-a"], "1,2");
        assert_eq!(event["headers"]["cookie"], Value::Null);
        assert_eq!(event["cookies"], json!(["b=1", "c=2"]));
        assert_eq!(event["body"], Value::Null);
    }

    #[test]
    fn a_body_that_is_no_text_is_encoded() {
        let event = event_of(
            Request::post("/")
                .body(&b"\xff\x00"[..])
                .expect("it is a request"),
        );
        assert_eq!(event["body"], "/wA=");
        assert_eq!(event["isBase64Encoded"], true);
    }

    #[test]
    fn a_result_becomes_a_response() {
        let result = json!({
            "statusCode": 201,
            "headers": { "location": "/pets/1" },
            "multiValueHeaders": { "vary": ["a", "b"] },
            "cookies": ["b=1", "c=2"],
            "body": "aGk=",
            "isBase64Encoded": true,
        });
        let response = response(result).expect("it is a result");
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()["location"], "/pets/1");
        assert_eq!(response.headers().get_all("vary").iter().count(), 2);
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    }

    #[test]
    fn a_result_without_a_status_is_refused() {
        assert!(response(json!({ "body": "hello" })).is_err());
    }
}
