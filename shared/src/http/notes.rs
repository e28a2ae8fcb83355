//! What is noted of a request while it is answered, for its line in the log.

use std::sync::{Arc, OnceLock};

use crate::auth::ApiKey;
use crate::batch::Outcomes;
use crate::table::Usage;

/// The notes of one request, of which it carries a copy; an extension of the request.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// What it takes of DynamoDB.
    pub(super) usage: Usage,
    once: Arc<Once>,
}

/// What a request has once.
#[derive(Debug, Default)]
struct Once {
    key: OnceLock<Arc<ApiKey>>,
    outcomes: OnceLock<Outcomes>,
}

impl Notes {
    /// Notes whose request it is, once the key is proven.
    pub(super) fn proven(&self, key: &Arc<ApiKey>) {
        let _ = self.once.key.set(key.clone());
    }

    /// The proven key.
    pub(super) fn key(&self) -> Option<&ApiKey> {
        self.once.key.get().map(|key| &**key)
    }

    /// Notes what became of the records.
    pub(super) fn outcomes(&self, outcomes: Outcomes) {
        let _ = self.once.outcomes.set(outcomes);
    }

    /// How many records came to this end, if any did.
    pub(super) fn count(&self, end: &str) -> Option<u64> {
        self.once
            .outcomes
            .get()
            .map(|outcomes| outcomes.count(end))
            .filter(|count| *count > 0)
    }
}
