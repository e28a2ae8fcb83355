//! Whether a web page that sends a request comes from the same port.

use std::borrow::Cow;

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, HeaderName};

/// How the page that sent a request is related to its host, as browsers say.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the page that sent a request to these hosts comes from the very port that the request
/// was sent to. A page of another port is not ours: any program can listen on that.
pub(super) fn is_same_origin(headers: &HeaderMap, hosts: &[Cow<'_, str>]) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else {
        return false;
    };
    let page = origin.as_bytes().strip_prefix(b"http://");
    let is_host = |host: &Cow<str>| page == Some(host.as_bytes());
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    !hosts.is_empty()
        && hosts.iter().all(is_host)
        && sites.all(|site| site == "same-origin" || site == "none")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const HOST: &str = "localhost:3000";
    const OURS: (&str, &str) = ("origin", "http://localhost:3000");

    fn is_ours(hosts: &[&str], headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("it is a value");
            map.append(*name, value);
        }
        let hosts: Vec<Cow<str>> = hosts.iter().map(|host| Cow::from(*host)).collect();
        is_same_origin(&map, &hosts)
    }

    #[test]
    fn a_page_of_the_same_port_is_ours() {
        for (host, origin) in [
            (HOST, "http://localhost:3000"),
            ("127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("[::1]:3000", "http://[::1]:3000"),
            // The default port is not named.
            ("localhost", "http://localhost"),
        ] {
            let origin = ("origin", origin);
            assert!(is_ours(&[host], &[origin]), "{host}");
            assert!(is_ours(&[host, host], &[origin]), "{host}");
            for site in ["same-origin", "none"] {
                let headers = [origin, ("sec-fetch-site", site)];
                assert!(is_ours(&[host], &headers), "{host}, {site}");
            }
        }
    }

    #[test]
    fn a_page_of_another_origin_is_not() {
        for origin in [
            "http://evil.example",
            "http://evil.example:3000",
            "https://localhost:3000",
            "http://localhost:3001",
            "http://localhost",
            "http://127.0.0.1:3000",
            "http://localhost:3000.evil.example",
            "http://localhost:3000/",
            "HTTP://localhost:3000",
            "localhost:3000",
            "file://",
            "null",
            "",
            "\u{e9}",
        ] {
            assert!(!is_ours(&[HOST], &[("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn a_request_that_is_not_clear_about_its_page_is_not_of_ours() {
        let other = ("origin", "http://evil.example");
        let site = |site| ("sec-fetch-site", site);
        for (hosts, headers) in [
            (vec![HOST], vec![]),
            (vec![], vec![OURS]),
            (vec![HOST, "127.0.0.1:3000"], vec![OURS]),
            (vec![HOST], vec![OURS, OURS]),
            (vec![HOST], vec![OURS, other]),
            (vec![HOST], vec![OURS, site("cross-site")]),
            (vec![HOST], vec![OURS, site("same-site")]),
            (vec![HOST], vec![OURS, site("same-origin, cross-site")]),
            (
                vec![HOST],
                vec![OURS, site("same-origin"), site("cross-site")],
            ),
        ] {
            assert!(!is_ours(&hosts, &headers), "{hosts:?} {headers:?}");
        }
    }
}
