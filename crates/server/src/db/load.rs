//! How busy the database keeps this process, and how often it could not be used.

use crate::error::{Error, Result, Unavailable};
use std::sync::atomic::{AtomicU64, Ordering};

/// How busy a database is with this process's work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// How many connections may be in use at once.
    pub connections: usize,
    /// How many are.
    pub in_use: usize,
    /// How many callers wait for one or, on SQLite, for their turn to write.
    pub waiting: usize,
    /// How often a transaction could not be carried out, by the reason.
    pub refused: [(&'static str, u64); 5],
}

/// How often a transaction could not be carried out.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    busy: AtomicU64,
    down: AtomicU64,
    full: AtomicU64,
    contended: AtomicU64,
    outcome_unknown: AtomicU64,
}

impl Refusals {
    /// Counts an outcome that is a refusal.
    pub(super) fn count<T>(&self, outcome: Result<T>) -> Result<T> {
        if let Err(Error::Unavailable(why)) = &outcome {
            let counter = match why {
                Unavailable::Busy => &self.busy,
                Unavailable::Down => &self.down,
                Unavailable::Full => &self.full,
                Unavailable::Contended => &self.contended,
                Unavailable::OutcomeUnknown => &self.outcome_unknown,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        outcome
    }

    pub(super) fn by_reason(&self) -> [(&'static str, u64); 5] {
        [
            ("busy", &self.busy),
            ("down", &self.down),
            ("full", &self.full),
            ("contended", &self.contended),
            ("outcome_unknown", &self.outcome_unknown),
        ]
        .map(|(reason, count)| (reason, count.load(Ordering::Relaxed)))
    }
}
