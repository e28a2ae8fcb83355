//! The embedded DynamoDB: an emulator in this process, in memory or over a file.

use std::error::Error;
use std::fs::{File, TryLockError, create_dir_all};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::thread;
use std::time::Duration;

use dynoxide::Database;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::StartError;

/// The default port, if it is free: the usual one of DynamoDB emulators.
const DEFAULT_PORT: u16 = 8000;

const DATABASE_FILE: &str = "dynamodb.sqlite";
const LOCK_FILE: &str = "lock";
/// The maximum age of stream records at the start: one day.
const STREAM_SECONDS: u32 = 24 * 60 * 60;
/// How long calls in progress may take to finish.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// A running engine. It stops when it is dropped.
pub struct Engine {
    /// Its URL, as in `http://127.0.0.1:8000`.
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
    /// If the port or the directory cannot be used.
    pub fn start(data_dir: Option<&Path>, port: Option<u16>) -> Result<Self, StartError> {
        let listener = listen(port)?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::Engine(error.into()))?;
        let (database, lock) = match data_dir {
            Some(directory) => open(directory)?,
            None => (memory().map_err(StartError::Engine)?, None),
        };
        let (stop, stopping) = oneshot::channel();
        let (running, stopped) = oneshot::channel();
        spawn(
            listener,
            database,
            async { _ = stopping.await },
            (lock, running),
        )
        .map_err(|error| StartError::Engine(error.into()))?;
        Ok(Self {
            endpoint: format!("http://{address}"),
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

fn listen(port: Option<u16>) -> Result<TcpListener, StartError> {
    let bind = |port| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .map_err(|error| StartError::Listen(port, error))
    };
    match port {
        Some(port) => bind(port),
        None => bind(DEFAULT_PORT).or_else(|_| bind(0)),
    }
}

/// Opens the database in a directory, and locks the directory against other processes.
fn open(directory: &Path) -> Result<(Database, Option<File>), StartError> {
    let unusable = |error: io::Error| StartError::DataDir(directory.to_owned(), error.into());
    create_dir_all(directory).map_err(unusable)?;
    let lock = File::create(directory.join(LOCK_FILE)).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StartError::DataDirInUse(directory.to_owned()));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
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

/// The database at a path, prepared for a long stream. At each write the engine looks for the end
/// of the stream, which needs an index; and it never deletes records, which DynamoDB does after a
/// day.
fn database(path: &str) -> Result<Database, Box<dyn Error + Send + Sync>> {
    let database = Database::new(path)?;
    let statements = format!(
        "CREATE INDEX IF NOT EXISTS _stream_sequence ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         DELETE FROM _stream_records WHERE created_at < unixepoch() - {STREAM_SECONDS};"
    );
    rusqlite::Connection::open(path)?.execute_batch(&statements)?;
    Ok(database)
}

/// Serves the database in a thread of its own, since SQLite blocks its thread. Drops `held` at the
/// end.
fn spawn(
    listener: TcpListener,
    database: Database,
    stop: impl Future<Output = ()> + Send + 'static,
    held: impl Send + 'static,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let work = move || {
        let served = runtime.block_on(async {
            let listener =
                tokio::net::TcpListener::from_std(listener).map_err(|error| error.to_string())?;
            dynoxide::server::serve_with_shutdown(listener, database, stop).await
        });
        if let Err(error) = served {
            tracing::error!(error, "the embedded DynamoDB stopped");
        }
        drop(runtime);
        drop(held);
    };
    thread::Builder::new()
        .name("dynamodb".to_owned())
        .spawn(work)
        .map(drop)
}
