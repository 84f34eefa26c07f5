//! How many wait for something, so that it can be seen from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Those who wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue(Arc<AtomicUsize>);

/// One who waits, until this is dropped.
#[must_use]
pub(crate) struct Waiting(Arc<AtomicUsize>);

impl Queue {
    /// One more waits.
    pub(crate) fn enter(&self) -> Waiting {
        self.0.fetch_add(1, Ordering::Relaxed);
        Waiting(Arc::clone(&self.0))
    }

    /// How many wait now.
    pub(crate) fn len(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
