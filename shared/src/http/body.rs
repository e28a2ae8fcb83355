//! The body of a request, its size and its media type, and the headers about it.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use tokio::sync::{Mutex, OnceCell};

use crate::error::Failure;

/// The most bytes of a body: 1 MiB.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The body of a request, which is read when it is first asked for.
pub(super) struct RequestBody {
    headers: HeaderMap,
    body: Mutex<Body>,
    bytes: OnceCell<Bytes>,
}

impl RequestBody {
    pub(super) fn new(headers: HeaderMap, body: Body) -> Self {
        Self {
            headers,
            body: Mutex::new(body),
            bytes: OnceCell::new(),
        }
    }

    /// Whether the `accept` header names this media type, with no smaller weight than JSON (RFC
    /// 9110, section 12.5.1).
    pub(super) fn prefers(&self, media_type: &str) -> bool {
        let accepted = self.header(&ACCEPT).unwrap_or_default();
        let of_json = weight(&accepted, "application/json");
        let weight = weight(&accepted, media_type);
        weight > 0.0 && weight >= of_json
    }

    /// The bytes of the body.
    pub(super) async fn bytes(&self) -> Result<Bytes, Failure> {
        self.bytes.get_or_try_init(|| self.read()).await.cloned()
    }

    async fn read(&self) -> Result<Bytes, Failure> {
        let too_large = Failure::PayloadTooLarge(BODY_BYTES_MAX);
        let announced = self.header(&CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > BODY_BYTES_MAX) {
            return Err(too_large);
        }
        let body = std::mem::take(&mut *self.body.lock().await);
        to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| too_large)
    }

    /// Refuses a body that is not declared as JSON, or that is compressed.
    pub(super) fn check_media_type(&self) -> Result<(), Failure> {
        let coding = self.header(&CONTENT_ENCODING);
        if let Some(coding) = coding.filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
            return Err(Failure::UnsupportedEncoding(coding));
        }
        let content_type = self.header(&CONTENT_TYPE);
        match content_type.is_some_and(|content_type| is_json(&content_type)) {
            true => Ok(()),
            false => Err(Failure::UnsupportedMediaType),
        }
    }

    /// Refuses preconditions that the operation does not check: to ignore one would be to write
    /// what the caller wanted to prevent.
    pub(super) fn refuse_preconditions(&self, names: &'static [HeaderName]) -> Result<(), Failure> {
        let sent = names.iter().find(|name| self.headers.contains_key(*name));
        sent.map_or(Ok(()), |name| {
            Err(Failure::UnsupportedPrecondition(name.as_str()))
        })
    }

    /// The value of a header. A header that was sent more than once is one list (RFC 9110, section
    /// 5.3). What is not UTF-8 is replaced: a header that cannot be read is not an absent one.
    pub(super) fn header(&self, name: &HeaderName) -> Option<String> {
        let values = self.headers.get_all(name).iter();
        let values: Vec<_> = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// The weight that an `accept` header gives a media type; 0 if it does not name it.
fn weight(accepted: &str, media_type: &str) -> f32 {
    let weight = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next()?.eq_ignore_ascii_case(media_type);
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        named.then(|| weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
    };
    accepted.split(',').find_map(weight).unwrap_or(0.0)
}

/// Whether a content type is `application/json` or ends in `+json`, with any parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    let is_suffixed = media_type.starts_with("application/") && media_type.ends_with("+json");
    media_type == "application/json" || (is_suffixed && media_type.is_ascii())
}
