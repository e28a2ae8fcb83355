//! A proxy in front of DynamoDB, for tests and benchmarks: it shows every call to a [`Hook`], which
//! decides what happens to it.

mod exchange;
mod hook;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use exchange::Exchange;
pub use hook::{Action, Answer, Call, Change, Hook};

/// A running proxy. It stops when it is dropped.
pub struct Proxy {
    /// The URL of the proxy, as in `http://127.0.0.1:49152`.
    pub endpoint: String,
    _task: JoinSet<()>,
}

impl Proxy {
    /// Starts a proxy in front of the DynamoDB at `upstream`, on any free port.
    ///
    /// # Errors
    /// If `upstream` is not a URL or there is no free port.
    pub async fn start(upstream: &str, hook: Arc<impl Hook>) -> io::Result<Self> {
        let upstream = upstream.parse().map_err(io::Error::other)?;
        let exchange = Arc::new(Exchange::new(upstream, hook));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let mut task = JoinSet::new();
        task.spawn(accept(listener, exchange));
        Ok(Self {
            endpoint,
            _task: task,
        })
    }
}

async fn accept(listener: TcpListener, exchange: Arc<Exchange<impl Hook>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(serve(client, exchange.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// Serves the requests of one connection, one after another.
async fn serve(client: TcpStream, exchange: Arc<Exchange<impl Hook>>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let service = service_fn(|request| exchange.answer(request));
    // An error ends the connection: that is how a client loses an answer. There is nothing to
    // report.
    _ = http1::Builder::new()
        .serve_connection(TokioIo::new(client), service)
        .await;
    Ok(())
}

#[cfg(test)]
mod tests;
