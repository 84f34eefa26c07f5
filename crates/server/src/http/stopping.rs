//! The end of a server, as its requests see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether a server is about to end, and how long its requests may take then.
#[derive(Debug, Clone)]
pub struct Stopping {
    has_begun: Arc<AtomicBool>,
    pub(super) patience: Duration,
}

impl Stopping {
    /// For a server whose requests may take so long once it is told to stop.
    pub fn within(patience: Duration) -> Self {
        Self {
            has_begun: Arc::default(),
            patience,
        }
    }

    /// From now on requests should be sent elsewhere.
    pub fn begin(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }
}
