//! The gateway and the reference page on a port.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::emulator::port::{self, Pages};
use crate::error::StartError;
use crate::gateway::Gateway;
use crate::reference::Reference;

/// Listens on a port, for this machine only; 0 is any free port. Returns the address, too.
///
/// # Errors
/// If the port is in use or not allowed.
pub async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let bind = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bind.await.map_err(|source| StartError::Listen {
        address,
        flag: "--port",
        source,
    })
}

/// Serves requests until `stop`, then finishes those in progress.
pub async fn serve(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    reference: Arc<Reference>,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let answer = move |request| {
        let (gateway, reference) = (gateway.clone(), reference.clone());
        async move {
            match request {
                Ok(request) => match reference.answer(&request) {
                    Some(response) => response,
                    None => gateway.answer(request).await,
                },
                Err(refused) => gateway.refuse(refused),
            }
        }
    };
    port::serve(listener, Pages::Own, answer, stop).await;
}
