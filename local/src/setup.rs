//! The product, put together: a DynamoDB, the table, the functions' state and the gateway.

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

/// The table where none is named.
pub const TABLE: &str = "allocora";
/// How long a DynamoDB may take until its first answer.
const REACH_TIMEOUT: Duration = Duration::from_secs(5);

/// Which DynamoDB to run on.
pub enum DynamoDb {
    /// One in this process.
    Embedded {
        /// Where to keep the data; in memory if nowhere.
        data_dir: Option<PathBuf>,
        /// The port of its own endpoint: 0 is any free one, `None` the usual one if that is free.
        port: Option<u16>,
    },
    /// One at this URL: an emulator, or the real one.
    At(String),
}

/// What to put together.
pub struct Setup {
    /// Which DynamoDB to run on.
    pub dynamodb: DynamoDb,
    /// The name of the table, which is made if it is not there.
    pub table: String,
    /// Where the functions are as programs, if they are not to run in this process.
    pub functions: Option<PathBuf>,
}

/// The product, ready to answer.
pub struct Local {
    /// Where DynamoDB answers.
    pub endpoint: String,
    /// The name of the table.
    pub table: String,
    /// The state of the functions.
    pub app: Arc<App>,
    /// What answers requests.
    pub gateway: Arc<Gateway>,
    engine: Option<Engine>,
}

impl Setup {
    /// Puts the product together.
    ///
    /// # Errors
    /// The first thing that could not be done.
    pub async fn start(self) -> Result<Local, StartError> {
        let template = Template::included();
        let programs = self
            .functions
            .map(|directory| Programs::find(&directory, template))
            .transpose()?;
        let kept = match &self.dynamodb {
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
        // A table in the cloud has the deployed function before its stream.
        let gateway = if emulated {
            let source = Source {
                variables: &variables,
                table: &self.table,
                data_dir: kept.as_deref(),
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
    /// Ends the embedded DynamoDB, if there is one.
    pub async fn stop(self) {
        if let Some(engine) = self.engine {
            engine.stop().await;
        }
    }
}

/// Makes the table if it is not there. A DynamoDB that cannot be reached is told before the long
/// wait for a new table.
async fn prepare(table: &Table, template: &Template) -> Result<(), StoreError> {
    let silence = || format!("it did not answer within {} s", REACH_TIMEOUT.as_secs());
    let ready = timeout(REACH_TIMEOUT, table.is_active()).await;
    if !ready.unwrap_or_else(|_| Err(StoreError::Refused("DescribeTable", silence().into())))? {
        table.create(template.table()).await?;
    }
    Ok(())
}
