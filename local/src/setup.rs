//! Sets up the product: DynamoDB, the table, the state of the functions, and the gateway.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use admin::template::Template;
use shared::app::App;
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
}

/// The product, ready for requests.
pub struct Local {
    /// The URL of DynamoDB.
    pub endpoint: String,
    /// The name of the table.
    pub table: String,
    /// The state of the functions.
    pub app: Arc<App>,
    /// The gateway.
    pub gateway: Arc<Gateway>,
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
        let data_dir = match &self.dynamodb {
            DynamoDb::Embedded { data_dir, .. } => data_dir.clone(),
            DynamoDb::At(_) => None,
        };
        let (connection, endpoint, engine) = match self.dynamodb {
            DynamoDb::Embedded { data_dir, port } => {
                let engine = Engine::start(data_dir.as_deref(), port)?;
                (
                    Connection::emulated(&self.table, engine.endpoint.clone()),
                    engine.endpoint.clone(),
                    Some(engine),
                )
            }
            DynamoDb::At(endpoint) => (
                Connection::at(&self.table, endpoint.clone()),
                endpoint,
                None,
            ),
        };
        let (variables, emulated) = (connection.variables(), connection.is_emulated());
        let table = connection.open().await;
        prepare(&table, template)
            .await
            .map_err(|error| StartError::DynamoDb(endpoint.clone(), error.into()))?;
        let app = Arc::new(App::new(table));
        let programs = programs.map(|programs| programs.with(&variables, &Output::Shown));
        let consumer = Consumer::of(programs.as_deref(), app.clone());
        let gateway = match programs {
            Some(programs) => Gateway::of_programs(app.clone(), template, programs)?,
            None => Gateway::new(app.clone(), template)?,
        };
        // The deployed function counts the stream of a table in the cloud.
        let gateway = if emulated {
            let source = Source {
                variables: &variables,
                table: &self.table,
                data_dir: data_dir.as_deref(),
            };
            gateway.counted(Arc::new(Stream::feed(source, template, consumer).await?))
        } else {
            gateway
        };
        Ok(Local {
            endpoint,
            table: self.table,
            app,
            gateway: Arc::new(gateway),
            engine,
        })
    }
}

impl Local {
    /// Stops the embedded DynamoDB, if there is one.
    pub async fn stop(self) {
        if let Some(engine) = self.engine {
            engine.stop().await;
        }
    }
}

/// Creates the table if it does not exist. Fails early if DynamoDB cannot be reached, before the
/// long wait for a new table.
async fn prepare(table: &Table, template: &Template) -> Result<(), StoreError> {
    let no_answer = || format!("it did not answer within {} s", REACH_TIMEOUT.as_secs());
    let ready = timeout(REACH_TIMEOUT, table.is_active()).await;
    if !ready.unwrap_or_else(|_| Err(StoreError::Refused("DescribeTable", no_answer().into())))? {
        table.create(template.table()).await?;
    }
    Ok(())
}
