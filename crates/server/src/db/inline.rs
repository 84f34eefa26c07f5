//! Connections to SQLite for look-ups by the thread that asks.

use super::conn::{Conn, Purpose};
use super::url::DatabaseUrl;
use crate::error::{Error, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// As many connections as threads have looked something up at once.
///
/// A row that an index leads to is read in microseconds, less than it takes to hand the question to another thread and to come back.
#[derive(Clone)]
pub(super) struct Inline {
    url: DatabaseUrl,
    idle: Arc<Mutex<Vec<Conn>>>,
}

impl Inline {
    /// Opens no connection yet.
    pub(super) fn new(url: &DatabaseUrl) -> Self {
        Self {
            url: url.clone(),
            idle: Arc::default(),
        }
    }

    /// Reads by one statement, here and now.
    pub(super) fn look_up<T>(&self, work: impl Fn(&mut Conn) -> Result<T>) -> Result<T> {
        let idle = self.idle().pop();
        let mut conn = match idle {
            Some(conn) => conn,
            None => Conn::open(&self.url, Purpose::LookUp).map_err(Error::internal)?,
        };
        let outcome = work(&mut conn);
        // One on which a statement failed is not used again.
        if matches!(outcome, Ok(_) | Err(Error::Domain(_))) {
            self.idle().push(conn);
        }
        outcome
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Conn>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
