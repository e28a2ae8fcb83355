//! The reference page of the API at `/docs`, where one can also send requests.
//!
//! [Scalar](https://github.com/scalar/scalar) renders the document that the API itself serves. All
//! files come from this program, and nothing is requested from elsewhere.
//!
//! The page may hold a key, so no page of others can read, embed or open it, and the port refuses
//! requests to other hosts (`emulator/port/refusal.rs`).

use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response};

/// Where the page is.
pub const PATH: &str = "/docs";

const PAGE: &str = include_str!("reference/page.html");
const PAGE_SCRIPT: &str = include_str!("reference/page.js");
/// What the page has in the place of a key.
const KEY_PLACE: &str = "KEY";

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Scripts and requests are those of this server. The renderer makes styles as it runs; they cannot
/// load anything from elsewhere either.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; \
                      style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The headers of all files of the page.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_FRAME_OPTIONS, "DENY"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// The page.
pub struct Reference {
    page: Bytes,
}

impl Reference {
    /// The page that uses this key; without one, it asks for a key.
    pub fn new(key: Option<&str>) -> Self {
        let page = PAGE.replacen(KEY_PLACE, key.unwrap_or_default(), 1);
        Self { page: page.into() }
    }

    /// The answer to a request for a file of the page; `None` if it is for something else.
    pub fn answer<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            return None;
        }
        let (content_type, file) = match request.uri().path() {
            PATH => (HTML, self.page.clone()),
            "/docs/page.js" => (JAVASCRIPT, Bytes::from_static(PAGE_SCRIPT.as_bytes())),
            "/docs/scalar.js" => (JAVASCRIPT, renderer()),
            _ => return None,
        };
        let mut response = Response::new(Body::from(file));
        for (name, value) in HEADERS.into_iter().chain([(CONTENT_TYPE, content_type)]) {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        Some(response)
    }
}

/// The script of the renderer.
fn renderer() -> Bytes {
    let script = scalar_api_reference::get_asset("scalar.js");
    script.expect("the crate has this file").into()
}
