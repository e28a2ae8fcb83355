//! Sets up the product: DynamoDB, the table, the state of the functions, and the gateway.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use admin::template::Template;
use shared::app::App;
use shared::auth::Auth;
use store::table::{Connection, StoreError, Table};
use tokio::time::timeout;

use crate::engine::Engine;
use crate::error::StartError;
use crate::gateway::Gateway;
use crate::runtime::{Output, Programs};
use crate::stream::{Consumer, Source, Stream};

/// The default name of the table.
pub const TABLE: &str = "allocora";
/// How long DynamoDB may take to answer the first call.
const REACH_TIMEOUT: Duration = Duration::from_secs(5);

/// Which DynamoDB to run on.
pub enum DynamoDb {
    /// An emulator in this process.
    Embedded {
        /// Where to keep the data; `None` for in memory.
        data_dir: Option<PathBuf>,
        /// The address that it listens on: that of this machine only, or one that containers or
        /// others can reach.
        host: IpAddr,
        /// Its port: 0 for any free one, `None` for the default port if that is free.
        port: Option<u16>,
    },
    /// The DynamoDB at this URL: an emulator, or the real one.
    At(String),
}

/// What to set up.
pub struct Setup {
    /// Which DynamoDB to run on.
    pub dynamodb: DynamoDb,
    /// The name of the table; it is created if it does not exist.
    pub table: String,
    /// The directory of the functions' programs; `None` to run them in this process.
    pub functions: Option<PathBuf>,
    /// Whether the table must exist and stay as it is. The functions then run in this process:
    /// programs do not know of it.
    pub is_read_only: bool,
}

/// The product, ready for requests.
pub struct Local {
    /// The URL of DynamoDB.
    pub endpoint: String,
    /// Whether DynamoDB is an emulator, which every program of this machine can use.
    pub is_emulated: bool,
    /// The name of the table.
    pub table: String,
    /// The state of the functions.
    pub app: Arc<App>,
    /// The gateway.
    pub gateway: Arc<Gateway>,
    stream: Option<Arc<Stream>>,
    engine: Option<Engine>,
}

impl Setup {
    /// Sets up the product.
    ///
    /// # Errors
    /// If a part of it does not start.
    pub async fn start(self) -> Result<Local, StartError> {
        let template = Template::included();
        let programs = self
            .functions
            .map(|directory| Programs::find(&directory, template))
            .transpose()?;
        if self.is_read_only {
            self.dynamodb.check_data()?;
        }
        let Reached {
            connection,
            endpoint,
            engine,
            data_dir,
        } = self.dynamodb.reach(&self.table)?;
        let (variables, is_emulated) = (connection.variables(), connection.is_emulated());
        let table = connection.open().await;
        let unusable = |error: StoreError| StartError::DynamoDb(endpoint.clone(), error.into());
        if !is_active(&table).await.map_err(unusable)? {
            if self.is_read_only {
                return Err(StartError::NoTable(self.table));
            }
            table.create(template.table()).await.map_err(unusable)?;
        }
        let mut app = App::new(table);
        if self.is_read_only {
            app.auth = Auth::read_only();
        }
        let app = Arc::new(app);
        let programs = programs.map(|programs| programs.with(&variables, &Output::Shown));
        let consumer = Consumer::of(programs.as_deref(), app.clone());
        let gateway = match programs {
            _ if self.is_read_only => Gateway::read_only(app.clone(), template)?,
            Some(programs) => Gateway::of_programs(app.clone(), template, programs)?,
            None => Gateway::new(app.clone(), template)?,
        };
        // The deployed function counts the stream of a table in the cloud.
        let stream = if is_emulated && !self.is_read_only {
            let source = Source {
                variables: &variables,
                table: &self.table,
                data_dir: data_dir.as_deref(),
            };
            Some(Arc::new(Stream::feed(source, template, consumer).await?))
        } else {
            None
        };
        let gateway = match &stream {
            Some(stream) => gateway.counted(stream.clone()),
            None => gateway,
        };
        Ok(Local {
            endpoint,
            is_emulated,
            table: self.table,
            app,
            gateway: Arc::new(gateway),
            stream,
            engine,
        })
    }
}

/// A DynamoDB, ready to connect to.
struct Reached {
    connection: Connection,
    endpoint: String,
    /// The engine, if it is embedded.
    engine: Option<Engine>,
    /// Where the engine keeps its data.
    data_dir: Option<PathBuf>,
}

impl DynamoDb {
    /// Whether there is something to read: an engine would create an empty database.
    fn check_data(&self) -> Result<(), StartError> {
        match self {
            Self::Embedded {
                data_dir: Some(directory),
                ..
            } if !Engine::has_data(directory) => Err(StartError::NoDatabase(directory.clone())),
            Self::Embedded { .. } | Self::At(_) => Ok(()),
        }
    }

    /// Starts the engine, if it is embedded.
    fn reach(self, table: &str) -> Result<Reached, StartError> {
        match self {
            Self::Embedded {
                data_dir,
                host,
                port,
            } => {
                let engine = Engine::start(data_dir.as_deref(), host, port)?;
                let endpoint = engine.endpoint.clone();
                Ok(Reached {
                    connection: Connection::emulated(table, endpoint.clone()),
                    endpoint,
                    engine: Some(engine),
                    data_dir,
                })
            }
            Self::At(endpoint) => Ok(Reached {
                connection: Connection::at(table, endpoint.clone()),
                endpoint,
                engine: None,
                data_dir: None,
            }),
        }
    }
}

impl Local {
    /// Counts what is not counted yet, and stops the embedded DynamoDB, if there is one.
    pub async fn stop(self) {
        if let Some(stream) = self.stream
            && !stream.drained().await
        {
            tracing::warn!("some revenues are not counted yet; they will be after the next start");
        }
        if let Some(engine) = self.engine {
            engine.stop().await;
        }
    }
}

/// Whether the table exists. Fails early if DynamoDB cannot be reached, before the long wait for a
/// new table.
async fn is_active(table: &Table) -> Result<bool, StoreError> {
    let no_answer = || format!("it did not answer within {} s", REACH_TIMEOUT.as_secs());
    timeout(REACH_TIMEOUT, table.is_active())
        .await
        .unwrap_or_else(|_| Err(StoreError::Refused("DescribeTable", no_answer().into())))
}
