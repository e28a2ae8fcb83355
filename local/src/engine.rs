//! The embedded DynamoDB: an emulator in this process, in memory or over a file.

mod api;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{File, TryLockError};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::thread;
use std::time::Duration;

use dynoxide::Database;
use rusqlite::{Connection, params};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::emulator::port::{self, Pages, Refused};
use crate::error::StartError;
use crate::files::{create_private_directory, open_private};

/// The default port, if it is free: the usual one of DynamoDB emulators.
const DEFAULT_PORT: u16 = 8000;

const DATABASE_FILE: &str = "dynamodb.sqlite";
/// The files that SQLite adds to a database, with its permissions.
const DATABASE_FILES: [&str; 3] = [DATABASE_FILE, "dynamodb.sqlite-wal", "dynamodb.sqlite-shm"];
const LOCK_FILE: &str = "lock";
/// The maximum age of stream records at the start: one day.
const STREAM_SECONDS: u32 = 24 * 60 * 60;
/// How long calls in progress may take to finish.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// A running engine. It stops when it is dropped.
pub struct Engine {
    /// Its URL on this machine, as in `http://127.0.0.1:8000`.
    pub endpoint: String,
    stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
}

impl Engine {
    /// Starts an engine that keeps its data in a directory or in memory, on a port (0 is any free
    /// one) or on the default port if that is free.
    ///
    /// Acknowledged writes are on disk: SQLite syncs its write-ahead log at each commit.
    ///
    /// # Errors
    /// If the address or the directory cannot be used.
    pub fn start(
        data_dir: Option<&Path>,
        host: IpAddr,
        port: Option<u16>,
    ) -> Result<Self, StartError> {
        let listener = listen(host, port)?;
        let (database, lock) = match data_dir {
            Some(directory) => open(directory)?,
            None => (memory().map_err(StartError::Engine)?, None),
        };
        Self::serve(listener, database, lock).map_err(|error| StartError::Engine(error.into()))
    }

    /// Whether a directory has the data of an engine.
    pub fn has_data(directory: &Path) -> bool {
        directory.join(DATABASE_FILE).exists()
    }

    /// Starts an engine over a database, on any free port of this machine.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn over(database: Database) -> io::Result<Self> {
        Self::serve(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, database, ())
    }

    /// Serves a database in a thread of its own, since SQLite blocks its thread. Drops `held` at
    /// the end.
    fn serve(
        listener: TcpListener,
        database: Database,
        held: impl Send + 'static,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let endpoint = format!("http://{}", reachable(listener.local_addr()?));
        let (stop, stopping) = oneshot::channel();
        let (running, stopped) = oneshot::channel::<()>();
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let answer = move |request| {
            let database = database.clone();
            async move {
                match request {
                    Ok(request) => api::answer(&database, request).await,
                    Err(Refused { refusal, .. }) => refusal.into_response(),
                }
            }
        };
        let work = move || {
            runtime.block_on(port::serve(listener, Pages::None, answer, async {
                // It also ends when the sender is dropped.
                _ = stopping.await;
            }));
            drop(runtime);
            drop((held, running));
        };
        thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(work)?;
        Ok(Self {
            endpoint,
            stop,
            stopped,
        })
    }

    /// Stops the engine after the calls in progress.
    pub async fn stop(self) {
        drop(self.stop);
        // The engine closes the channel at its end.
        let _ = timeout(STOP_WAIT, self.stopped).await;
    }
}

fn listen(host: IpAddr, port: Option<u16>) -> Result<TcpListener, StartError> {
    let bind = |port| {
        let address = SocketAddr::new(host, port);
        TcpListener::bind(address).map_err(|source| match source.kind() {
            io::ErrorKind::AddrNotAvailable => StartError::Host(host, source),
            _ => StartError::Listen {
                address,
                flag: "--dynamodb-port",
                source,
            },
        })
    };
    match port {
        Some(port) => bind(port),
        None => bind(DEFAULT_PORT).or_else(|_| bind(0)),
    }
}

/// The address by which this machine reaches a listener, which may listen on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    address
}

/// Opens the database in a directory, and locks the directory against other processes.
fn open(directory: &Path) -> Result<(Database, Option<File>), StartError> {
    let unusable = |error: io::Error| StartError::DataDir(directory.to_owned(), error.into());
    create_private_directory(directory).map_err(unusable)?;
    let lock = open_private(&directory.join(LOCK_FILE)).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StartError::DataDirInUse(directory.to_owned()));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    for file in DATABASE_FILES.map(|name| directory.join(name)) {
        if file.exists() || file.ends_with(DATABASE_FILE) {
            open_private(&file).map_err(unusable)?;
        }
    }
    let file = directory.join(DATABASE_FILE);
    let file = file
        .to_str()
        .ok_or_else(|| unusable(io::Error::other("its name is not UTF-8")))?;
    let database =
        database(file).map_err(|error| StartError::DataDir(directory.to_owned(), error))?;
    Ok((database, Some(lock)))
}

/// A database in memory. It has a name so that a second connection can reach it.
fn memory() -> Result<Database, Box<dyn Error + Send + Sync>> {
    database(&format!(
        "file:{}?mode=memory&cache=shared",
        uuid::Uuid::new_v4()
    ))
}

/// The database at a path, prepared for a long stream: at each write the engine looks for the end
/// of the stream, which needs an index.
fn database(path: &str) -> Result<Database, Box<dyn Error + Send + Sync>> {
    let database = Database::new(path)?;
    Connection::open(path)?.execute_batch(
        "CREATE INDEX IF NOT EXISTS _stream_sequence
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )?;
    Ok(database)
}

/// Deletes old stream records of the database in a directory, as DynamoDB does after a day, and the
/// engine never. Unlike in DynamoDB, a record that was not consumed is kept: the product may not
/// have run for days. `consumed` has the last consumed record of each shard.
///
/// # Errors
/// If the database cannot be written.
pub fn expire(directory: &Path, consumed: &BTreeMap<String, String>) -> Result<(), StartError> {
    let expire = || -> rusqlite::Result<()> {
        let connection = Connection::open(directory.join(DATABASE_FILE))?;
        for (shard, sequence) in consumed {
            // The engine shows its sequence numbers with 21 digits, of which the first is 1.
            connection.execute(
                "DELETE FROM _stream_records WHERE shard_id = ?1 AND created_at < unixepoch() - ?2
                 AND '1' || printf('%020d', sequence_number) <= ?3",
                params![shard, STREAM_SECONDS, sequence],
            )?;
        }
        Ok(())
    };
    expire().map_err(|error| StartError::DataDir(directory.to_owned(), error.into()))
}
