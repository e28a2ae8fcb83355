//! What a key is for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Api, ApiError};

/// What a key is for.
#[derive(Debug, Deserialize, Serialize)]
pub struct Ping {
    /// The workspace that it opens.
    pub workspace_id: String,
    /// Its public part.
    pub key_id: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// When it ends.
    pub expires_at: Option<String>,
    /// What else the API says.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Api {
    /// What the key is for.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn ping(&self) -> Result<Ping, ApiError> {
        self.get("/api/allocora/ping", &[]).await
    }
}
