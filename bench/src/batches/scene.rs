//! The surroundings of the programs: a table with a workspace, and a DynamoDB with TLS.

use std::error::Error;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use admin::template::Template;
use bench::lambda;
use bench::tls::Tls;
use local::accounts::{Account, Accounts, LOCAL};
use local::engine::Engine;
use shared::app::App;
use store::table::Connection;

use crate::load::{Load, Sender};
use crate::wire::Wire;

const TABLE: &str = "bench";
/// How many revenues to create at once before they are listed.
const FILL_BATCH: usize = 100;

/// The surroundings of the programs.
pub struct Scene {
    /// Their environment variables.
    pub variables: Vec<(&'static str, String)>,
    /// The workspace that they use.
    pub account: Account,
    /// Their connection to DynamoDB.
    pub wire: Wire,
    app: App,
    made: AtomicUsize,
    _tls: Tls,
    _engine: Engine,
}

impl Scene {
    /// Starts a DynamoDB in memory, and creates the table and the workspace. Nothing counts the
    /// revenues as they are created, so that this process does not disturb the others.
    ///
    /// # Errors
    /// If a part of it does not start.
    pub async fn start() -> Result<Self, Box<dyn Error>> {
        let engine = Engine::start(None, Ipv4Addr::LOCALHOST.into(), Some(0))?;
        let table = Connection::emulated(TABLE, engine.endpoint.clone())
            .open()
            .await;
        let mut definition = Template::included().table().clone();
        definition.streamed = false;
        table.create(&definition).await?;
        let app = App::new(table);
        let account = Accounts::open(None)?.account(&app, LOCAL).await?;
        let wire = Wire::before(&engine.endpoint).await?;
        let tls = Tls::before(&wire.endpoint).await?;
        Ok(Self {
            variables: lambda::variables(TABLE, &tls),
            account,
            wire,
            app,
            made: AtomicUsize::default(),
            _tls: tls,
            _engine: engine,
        })
    }

    /// A number that was not used before, for an external id.
    pub fn number(&self) -> usize {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// Creates revenues with the function `revenues`, and counts them as a rebuild does.
    ///
    /// # Errors
    /// If not all of them are created.
    pub async fn fill(&self, function: &Path, revenues: usize) -> Result<(), Box<dyn Error>> {
        let environment =
            lambda::environment("revenues", function, Vec::new(), self.variables.clone());
        let mut left = revenues;
        while left > 0 {
            let batch = left.min(FILL_BATCH);
            let mut sender = Sender::new(&environment, self, Load::NewRevenues(batch));
            sender.send().await?;
            left -= batch;
        }
        let workspace = self.account.workspace_id;
        let rebuilt = admin::totals::rebuild(&self.app, workspace, Duration::ZERO).await?;
        match rebuilt.revenues == revenues as u64 {
            true => Ok(()),
            false => {
                Err(format!("{} of {revenues} revenues were counted", rebuilt.revenues).into())
            }
        }
    }
}
