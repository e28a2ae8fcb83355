//! The embedded DynamoDB in memory, with direct access to its tables for loading.

use std::error::Error;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use dynoxide::Database;
use tokio::runtime;
use tokio::sync::oneshot;

/// A running engine, in memory. It stops when it is dropped.
pub struct Engine {
    /// Its URL.
    pub endpoint: String,
    /// Its database.
    pub database: Database,
    _stop: oneshot::Sender<()>,
}

impl Engine {
    /// Starts an empty engine, in a thread of its own.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start() -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let database = Database::memory()?;
        let (stop, stopping) = oneshot::channel();
        let served = database.clone();
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let work = move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)
                    .map_err(|error| error.to_string())?;
                // It stops when the sender is dropped.
                dynoxide::server::serve_with_shutdown(listener, served, async {
                    _ = stopping.await
                })
                .await
            })
        };
        thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(work)?;
        Ok(Self {
            endpoint,
            database,
            _stop: stop,
        })
    }
}
