//! Which requests a port refuses: those of web pages of others.
//!
//! A browser lets any page send requests to this machine. It then names the page in `origin`. A
//! page may also have its own name resolve to this machine (DNS rebinding), which makes it the
//! same origin; then its name is in `host`. Programs send neither.

use std::borrow::Cow;
use std::net::IpAddr;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Request, Response, StatusCode};
use serde_json::json;

use super::page::is_same_origin;

/// The names by which containers reach the machine that they run on.
const CONTAINER_HOSTS: [&str; 2] = ["host.docker.internal", "host.containers.internal"];

/// The web pages that may send requests.
#[derive(Clone, Copy)]
pub enum Pages {
    /// No pages.
    None,
    /// Those that come from the same port.
    Own,
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It comes from a web page.
    OfWebPage,
    /// Its host, which is not this machine.
    ForeignHost(String),
}

impl Refusal {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::OfWebPage => StatusCode::FORBIDDEN,
            Self::ForeignHost(_) => StatusCode::MISDIRECTED_REQUEST,
        }
    }

    /// The answer in the form that AWS gives to errors.
    pub fn into_response(self) -> Response<Body> {
        let message = match &self {
            Self::OfWebPage => {
                "requests of web pages, which have an origin header, are refused".to_owned()
            }
            Self::ForeignHost(host) => {
                format!("the host must be localhost or an address of this machine, got {host:?}")
            }
        };
        let mut response = Response::new(Body::from(json!({ "message": message }).to_string()));
        *response.status_mut() = self.status();
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}

/// Why a request is refused, if it comes from a web page that may not send it, or seems to.
/// `address` is the one of this machine that it was sent to.
pub(in crate::emulator) fn refusal<B>(
    request: &Request<B>,
    address: IpAddr,
    pages: Pages,
) -> Option<Refusal> {
    let hosts = hosts(request);
    let headers = request.headers();
    let is_allowed = match pages {
        Pages::None => !headers.contains_key(ORIGIN),
        Pages::Own => !headers.contains_key(ORIGIN) || is_same_origin(headers, &hosts),
    };
    if !is_allowed {
        return Some(Refusal::OfWebPage);
    }
    let foreign = hosts.into_iter().find(|host| !is_ours(host, address))?;
    Some(Refusal::ForeignHost(foreign.into_owned()))
}

/// The hosts that a request names: in headers, and in its target.
fn hosts<B>(request: &Request<B>) -> Vec<Cow<'_, str>> {
    let named = request.headers().get_all(HOST).iter();
    let named = named.map(|host| String::from_utf8_lossy(host.as_bytes()));
    let target = request
        .uri()
        .authority()
        .map(|target| target.as_str().into());
    named.chain(target).collect()
}

/// Whether a host names this machine: a loopback address, the address that the request was sent to,
/// or a name that only resolves to these.
fn is_ours(host: &str, address: IpAddr) -> bool {
    let Ok(host) = host.parse::<Authority>() else {
        return false;
    };
    let host = host.host().trim_end_matches('.').to_ascii_lowercase();
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match bare.unwrap_or(&host).parse::<IpAddr>() {
        Ok(named) => {
            let named = named.to_canonical();
            named.is_loopback() || named == address.to_canonical()
        }
        Err(_) => {
            let is_local = host == "localhost" || host.ends_with(".localhost");
            let is_container = !address.to_canonical().is_loopback();
            is_local || is_container && CONTAINER_HOSTS.contains(&&*host)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "http://localhost:3000";

    fn status_of(
        pages: Pages,
        address: &str,
        headers: &[(&str, &str)],
        target: &str,
    ) -> Option<u16> {
        let mut request = Request::get(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("it is a request");
        let address = address.parse().expect("it is an address");
        refusal(&request, address, pages).map(|refused| refused.status().as_u16())
    }

    /// The status where it does not depend on which pages are allowed.
    fn status(address: &str, headers: &[(&str, &str)], target: &str) -> Option<u16> {
        let found = status_of(Pages::None, address, headers, target);
        assert_eq!(status_of(Pages::Own, address, headers, target), found);
        found
    }

    #[test]
    fn names_and_addresses_of_this_machine_are_accepted() {
        for host in [
            "localhost",
            "LocalHost:3000",
            "localhost.:3000",
            "api.localhost",
            "127.0.0.1",
            "127.0.0.1:8000",
            "127.1.2.3",
            "[::1]:3000",
            "[::ffff:127.0.0.1]",
        ] {
            assert_eq!(status("127.0.0.1", &[("host", host)], "/"), None, "{host}");
        }
        assert_eq!(status("127.0.0.1", &[], "/"), None);
    }

    #[test]
    fn other_hosts_are_refused() {
        for host in [
            "evil.example",
            "evil.example:8000",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "notlocalhost",
            "0.0.0.0:8000",
            "172.17.0.1",
            "[::]:8000",
            "host.docker.internal",
            "",
            "a b",
            "\u{e9}",
        ] {
            let found = status("127.0.0.1", &[("host", host)], "/");
            assert_eq!(found, Some(421), "{host}");
        }
        let both = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(status("127.0.0.1", &both, "/"), Some(421));
        let host = [("host", "localhost")];
        assert_eq!(
            status("127.0.0.1", &host, "http://evil.example/"),
            Some(421)
        );
    }

    #[test]
    fn where_no_pages_are_allowed_an_origin_is_refused_whatever_the_host_is() {
        for origin in ["http://evil.example", OURS, "null", ""] {
            let headers = [("host", "localhost:3000"), ("origin", origin)];
            let found = status_of(Pages::None, "127.0.0.1", &headers, "/");
            assert_eq!(found, Some(403), "{origin}");
        }
    }

    #[test]
    fn where_its_own_pages_are_allowed_their_host_must_be_ours() {
        for (host, origin, expected) in [
            ("localhost:3000", OURS, None),
            ("localhost:3000", "http://evil.example", Some(403)),
            // What DNS rebinding makes the same origin.
            ("evil.example:3000", "http://evil.example:3000", Some(421)),
            ("", "http://", Some(421)),
            ("a b", "http://a b", Some(421)),
        ] {
            let headers = [("host", host), ("origin", origin)];
            let found = status_of(Pages::Own, "127.0.0.1", &headers, "/");
            assert_eq!(found, expected, "{host}, {origin}");
        }
        let headers = [("host", "localhost:3000"), ("origin", OURS)];
        for (target, expected) in [
            ("http://localhost:3000/", None),
            ("http://127.0.0.1:3000/", Some(403)),
        ] {
            let found = status_of(Pages::Own, "127.0.0.1", &headers, target);
            assert_eq!(found, expected, "{target}");
        }
    }

    #[test]
    fn containers_reach_an_address_that_is_not_loopback() {
        for (host, expected) in [
            ("172.17.0.1:8000", None),
            ("host.docker.internal:8000", None),
            ("host.containers.internal", None),
            ("localhost", None),
            ("172.17.0.2", Some(421)),
            ("evil.example", Some(421)),
        ] {
            let found = status("172.17.0.1", &[("host", host)], "/");
            assert_eq!(found, expected, "{host}");
        }
        assert_eq!(
            status("::ffff:172.17.0.1", &[("host", "172.17.0.1")], "/"),
            None
        );
    }
}
