//! A port of this machine: for programs, and not for the web pages of others.

mod refusal;

mod page;

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

pub(super) use refusal::refusal;
pub use refusal::{Pages, Refusal};

/// The pause after a connection could not be accepted, as when too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A request that is refused. Its body is not read.
#[derive(Debug)]
pub struct Refused {
    /// Its head.
    pub parts: Parts,
    /// Why.
    pub refusal: Refusal,
}

/// Answers requests of programs and of these pages until `stop`, then finishes those in progress.
pub async fn serve<A, F>(
    listener: TcpListener,
    pages: Pages,
    answer: A,
    stop: impl Future<Output = ()>,
) where
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
                connections.spawn(connection(stream, pages, answer.clone(), stopped.clone()));
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
async fn connection<A, F>(
    stream: TcpStream,
    pages: Pages,
    answer: A,
    mut stopped: watch::Receiver<()>,
) where
    A: Fn(Result<Request<Body>, Refused>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    // Small answers should be sent at once.
    _ = stream.set_nodelay(true);
    let Ok(address) = stream.local_addr() else {
        return;
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let answered = answer(match refusal(&request, address.ip(), pages) {
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
