//! What is noted of a request while it is answered, for its line in the log.

use std::sync::{Arc, OnceLock};

use store::table::Usage;

use crate::auth::ApiKey;
use crate::batch::StatusCounts;

/// The notes of one request, which carries a copy; an extension of the request.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// The DynamoDB calls of the request, and what they consumed.
    pub(super) usage: Usage,
    once: Arc<Once>,
}

/// What is noted once for a request.
#[derive(Debug, Default)]
struct Once {
    key: OnceLock<Arc<ApiKey>>,
    counts: OnceLock<StatusCounts>,
}

impl Notes {
    /// Notes whose request it is, once the key is proven.
    pub(super) fn set_key(&self, key: &Arc<ApiKey>) {
        let _ = self.once.key.set(key.clone());
    }

    /// The proven key.
    pub(super) fn key(&self) -> Option<&ApiKey> {
        self.once.key.get().map(|key| &**key)
    }

    /// Notes what became of the records.
    pub(super) fn set_counts(&self, counts: StatusCounts) {
        let _ = self.once.counts.set(counts);
    }

    /// What became of the records; no counts if none were written.
    pub(super) fn counts(&self) -> StatusCounts {
        self.once.counts.get().cloned().unwrap_or_default()
    }
}
