//! A port of this machine: for programs, not for web pages.
//!
//! A browser lets any page send requests to this machine. It then names the page in `origin`. A
//! page may also have its own name resolve to this machine (DNS rebinding), which makes it the
//! same origin; then its name is in `host`. Programs send neither.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// The names by which containers reach the machine that they run on.
const CONTAINER_HOSTS: [&str; 2] = ["host.docker.internal", "host.containers.internal"];
/// The pause after a connection could not be accepted, as when too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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

/// A request that is refused. Its body is not read.
#[derive(Debug)]
pub struct Refused {
    /// Its head.
    pub parts: Parts,
    /// Why.
    pub refusal: Refusal,
}

/// Answers requests until `stop`, then finishes those in progress.
pub async fn serve<A, F>(listener: TcpListener, answer: A, stop: impl Future<Output = ()>)
where
    A: Fn(Result<Request<Body>, Refused>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    let (stopping, stopped) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, answer.clone(), stopped.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop((listener, stopping));
    while connections.join_next().await.is_some() {}
}

/// Answers the requests of one connection, until the client ends it or the channel is closed.
async fn connection<A, F>(stream: TcpStream, answer: A, mut stopped: watch::Receiver<()>)
where
    A: Fn(Result<Request<Body>, Refused>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    // Small answers should be sent at once.
    _ = stream.set_nodelay(true);
    let Ok(address) = stream.local_addr() else {
        return;
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let answered = answer(match refusal(&request, address.ip()) {
            Some(refusal) => Err(Refused {
                parts: request.into_parts().0,
                refusal,
            }),
            None => Ok(request.map(Body::new)),
        });
        async move { Ok::<_, Infallible>(answered.await) }
    });
    let connection = http1::Builder::new()
        // A client that has sent everything may close its side, and still gets its answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // An error is the end of a connection, which the client knows about.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            _ = connection.await;
        }
    }
}

/// Why a request is refused, if it comes from a web page, or seems to. `address` is the one of this
/// machine that it was sent to.
pub(super) fn refusal<B>(request: &Request<B>, address: IpAddr) -> Option<Refusal> {
    if request.headers().contains_key(ORIGIN) {
        return Some(Refusal::OfWebPage);
    }
    let named = request.headers().get_all(HOST).iter();
    let named = named.map(|host| String::from_utf8_lossy(host.as_bytes()));
    let target = request
        .uri()
        .authority()
        .map(|target| target.as_str().into());
    let foreign = named.chain(target).find(|host| !is_ours(host, address))?;
    Some(Refusal::ForeignHost(foreign.into_owned()))
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

    fn status(address: &str, headers: &[(&str, &str)], target: &str) -> Option<u16> {
        let mut request = Request::get(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("it is a request");
        let address = address.parse().expect("it is an address");
        refusal(&request, address).map(|refused| refused.status().as_u16())
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
    fn a_request_of_a_page_is_refused_whatever_its_host_is() {
        for origin in ["http://evil.example", "http://localhost:3000", "null", ""] {
            let headers = [("host", "localhost:3000"), ("origin", origin)];
            assert_eq!(status("127.0.0.1", &headers, "/"), Some(403), "{origin}");
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
