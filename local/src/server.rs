//! The gateway on a port.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::HandlerWithoutStateExt;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::error::StartError;
use crate::gateway::Gateway;

/// Listens on a port, for this machine only; 0 is any free port.
///
/// # Errors
/// If the port is in use or not allowed.
pub async fn listen(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| StartError::Listen(port, error))
}

/// Serves requests until `stop`, then finishes those in progress.
///
/// # Errors
/// If the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Small answers should be sent at once.
    let listener = listener.tap_io(|connection| _ = connection.set_nodelay(true));
    let answer = move |request: Request| {
        let gateway = gateway.clone();
        async move { gateway.answer(request).await }
    };
    axum::serve(listener, answer.into_make_service())
        .with_graceful_shutdown(stop)
        .await
}
