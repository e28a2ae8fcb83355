//! The embedded DynamoDB in memory, with direct access to its tables for loading.

use std::error::Error;

use dynoxide::Database;

/// A running engine, in memory. It stops when it is dropped.
pub struct Engine {
    /// Its URL.
    pub endpoint: String,
    /// Its database.
    pub database: Database,
    _engine: local::engine::Engine,
}

impl Engine {
    /// Starts an empty engine.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start() -> Result<Self, Box<dyn Error>> {
        let database = Database::memory()?;
        let engine = local::engine::Engine::over(database.clone())?;
        Ok(Self {
            endpoint: engine.endpoint.clone(),
            database,
            _engine: engine,
        })
    }
}
