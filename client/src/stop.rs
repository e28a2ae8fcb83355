//! A request to end soon, as with Ctrl-C.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether to end soon: nothing new begins, and what is in progress is finished. Clones share it.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Asks to end soon. Returns whether somebody had asked before.
    pub fn request(&self) -> bool {
        self.0.send_replace(true)
    }

    /// Whether somebody asked.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until somebody asks.
    pub async fn requested(&self) {
        // The sender lives as long as `self`, so this ends only when the value is set.
        _ = self
            .0
            .subscribe()
            .wait_for(|is_requested| *is_requested)
            .await;
    }
}
