//! Counts the calls to DynamoDB.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proxy::{Action, Call, Hook, Proxy};

/// A connection to DynamoDB that counts its calls.
pub struct Wire {
    /// The URL to connect to.
    pub endpoint: String,
    counter: Arc<Counter>,
    _proxy: Proxy,
}

#[derive(Default)]
struct Counter(AtomicUsize);

impl Wire {
    /// A wire to `endpoint`.
    ///
    /// # Errors
    /// If there is no port for it.
    pub async fn before(endpoint: &str) -> Result<Self, Box<dyn Error>> {
        let counter = Arc::<Counter>::default();
        let proxy = Proxy::start(endpoint, counter.clone()).await?;
        Ok(Self {
            endpoint: proxy.endpoint.clone(),
            counter,
            _proxy: proxy,
        })
    }

    /// The calls since the last `take`.
    pub fn take(&self) -> usize {
        self.counter.0.swap(0, Ordering::Relaxed)
    }
}

impl Hook for Counter {
    type Note = ();

    async fn request(&self, _call: Call) -> Action<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Action::Forward(())
    }
}
