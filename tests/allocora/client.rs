//! The client of the tests: requests, and what is expected of their answers.

use axum::body::Body;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::conformance::{check_answer, check_request};
use crate::harness::Api;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    sent: String,
}

impl Reply {
    /// The body, if the status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(
            self.status, status,
            "{} answered {:#}",
            self.sent, self.body
        );
        self.body
    }

    /// The body of a problem, if status and code are these; every problem has the same frame.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}: {:#}",
            self.sent,
            self.body
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], json!(status));
        assert_eq!(self.body["type"], json!(format!("/docs/errors.md#{code}")));
        assert_eq!(self.body["request_id"], json!(self.header("x-request-id")));
        assert!(
            self.body["title"].is_string() && self.body["detail"].is_string(),
            "{:#}",
            self.body
        );
        self.body
    }

    /// The pointers and codes of a 422.
    #[track_caller]
    pub fn problems(self) -> Vec<(String, String)> {
        problems_of(&self.problem(422, "validation_failed"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Api {
    /// Sends a request unchanged.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (method, uri) = (request.method().clone(), request.uri().to_string());
        let sent = format!("{method} {uri}");
        let (parts, body) = self.gateway.answer(request).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        let reply = Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            sent,
        };
        check_answer(&method, &uri, &reply);
        reply
    }

    /// Sends a JSON body, or none if it is null, with a key.
    pub async fn call_as(&self, key: &str, method: Method, path: &str, body: &Value) -> Reply {
        let reply = self.send(request(key, method.clone(), path, body)).await;
        check_request(&method, path, body, &reply);
        reply
    }

    pub async fn call(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.call_as(&self.key, method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, &Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, &body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PUT, path, &body).await
    }

    /// As [`Self::post`], for many at once.
    pub async fn post_owned(&self, path: String, body: Value) -> Reply {
        self.post(&path, body).await
    }

    /// As [`Self::put`], for many at once.
    pub async fn put_owned(&self, path: String, body: Value) -> Reply {
        self.put(&path, body).await
    }

    pub async fn delete(&self, path: &str, body: Value) -> Reply {
        self.call(Method::DELETE, path, &body).await
    }

    /// A new payee, for what refers to one.
    pub async fn payee(&self) -> String {
        let created = self
            .post("/api/v1/payees", json!({"name": "Ada"}))
            .await
            .expect(201);
        created["data"]["id"].as_str().unwrap().to_owned()
    }
}

/// A request with a key and a JSON body, or none if it is null.
pub fn request(key: &str, method: Method, path: &str, body: &Value) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"));
    match body {
        Value::Null => request.body(Body::empty()),
        json => request
            .header("content-type", "application/json")
            .body(Body::from(json.to_string())),
    }
    .unwrap()
}

/// The pointers and codes of a problem document.
pub fn problems_of(problem: &Value) -> Vec<(String, String)> {
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    let errors = problem["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| (text(error, "pointer"), text(error, "code")))
        .collect()
}
