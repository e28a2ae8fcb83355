//! Events of payload format 2.0: the event that a function receives for a request, and the result
//! that it returns.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, SET_COOKIE, TRANSFER_ENCODING, USER_AGENT,
};
use axum::http::request::Parts;
use axum::http::{Error, HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

/// The gateway's domain name. Like a function in the cloud, a function sees this name regardless of
/// the `host` that the client sent.
const DOMAIN: &str = "localhost";
/// The source address of all requests.
const CLIENT: &str = "127.0.0.1";
/// The account of the examples in Amazon's documentation.
const ACCOUNT: &str = "123456789012";
/// The format of times in an event: that of the Common Log Format.
const TIME_FORMAT: &str = "%d/%b/%Y:%H:%M:%S +0000";
/// Headers that belong to the connection, or that the gateway replaces.
const GATEWAY_HEADERS: [HeaderName; 6] = [
    CONNECTION,
    CONTENT_LENGTH,
    COOKIE,
    EXPECT,
    HOST,
    TRANSFER_ENCODING,
];

/// The result of a function.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionResult {
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

/// Why the result of a function is not a response.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    /// It is not a result of payload format 2.0.
    #[error("the function did not return a response")]
    Shape(#[from] serde_json::Error),
    /// Its body is not the Base64 that it claims to be.
    #[error("the function returned a body that is not Base64")]
    Base64(#[from] base64::DecodeError),
    /// Its status code or a header is not valid in HTTP.
    #[error("the function returned an invalid status code or header")]
    Http(#[from] axum::http::Error),
}

/// The path, decoded once, as API Gateway does before it chooses a route. Only `OPTIONS *` and
/// `CONNECT` have a path that does not begin with a slash.
pub fn path(uri: &Uri) -> Cow<'_, str> {
    let path = percent_decode_str(uri.path()).decode_utf8_lossy();
    if path.starts_with('/') {
        path
    } else {
        format!("/{path}").into()
    }
}

/// The event for a request.
pub fn event(
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

/// The headers, with names in lower case; the values of a repeated header are joined by commas.
fn headers(sent: &HeaderMap, body_length: usize) -> BTreeMap<&str, String> {
    let mut headers = BTreeMap::new();
    for name in sent.keys().filter(|name| !GATEWAY_HEADERS.contains(name)) {
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

/// The cookies, which an event has outside its headers.
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

/// The response that a function's result describes.
///
/// # Errors
/// If the result does not describe one.
pub fn response(result: Value) -> Result<Response<Body>, ResultError> {
    let result: FunctionResult = serde_json::from_value(result)?;
    let body = match result.body {
        Some(text) if result.is_base64_encoded => STANDARD.decode(text)?,
        Some(text) => text.into_bytes(),
        None => Vec::new(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(result.status_code).map_err(Error::from)?;
    let headers = response.headers_mut();
    let many = result
        .multi_value_headers
        .into_iter()
        .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    for (name, value) in result.headers.into_iter().chain(many) {
        let name = HeaderName::try_from(name).map_err(Error::from)?;
        headers.append(name, HeaderValue::try_from(value).map_err(Error::from)?);
    }
    for cookie in result.cookies {
        let cookie = HeaderValue::try_from(cookie).map_err(Error::from)?;
        headers.append(SET_COOKIE, cookie);
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
    fn a_path_is_decoded_once_and_a_query_is_not() {
        let request = Request::get("/pets/%2e%2E/a%20b%2Fc%252e%FF?a=%2e").body(&b""[..]);
        let event = event_of(request.expect("it is a request"));
        for path in [&event["rawPath"], &event["requestContext"]["http"]["path"]] {
            assert_eq!(path, "/pets/../a b/c%2e\u{fffd}");
        }
        assert_eq!(event["rawQueryString"], "a=%2e");
    }

    #[test]
    fn repeated_headers_are_joined_and_cookies_are_separate() {
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
    fn a_binary_body_is_encoded() {
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
    fn an_invalid_result_is_refused() {
        for result in [
            json!("hello"),
            json!({ "body": "hello" }),
            json!({ "statusCode": 1, "body": "hello" }),
            json!({ "statusCode": 200, "headers": { "a b": "c" } }),
            json!({ "statusCode": 200, "body": "?", "isBase64Encoded": true }),
        ] {
            assert!(response(result.clone()).is_err(), "{result}");
        }
    }
}
