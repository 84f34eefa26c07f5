//! Whether the database is there for requests.

use super::State;
use crate::error::{Error, Unavailable};
use std::time::Duration;

/// How long the database may take to say that it is there: whoever asks has a deadline too.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why requests would fail now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseFault {
    /// It cannot be reached.
    Down,
    /// It does not answer, or all connections are in use.
    Busy,
    /// Its schema is another than this server needs, or cannot be read.
    Schema,
}

/// Asks the database whether it can be used, and whether its schema is the one that this server needs.
///
/// # Errors
/// It cannot, or is not.
pub async fn check_database(state: &State) -> Result<(), DatabaseFault> {
    let asked = state.database.has_usable_schema();
    let fault = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(true)) => return Ok(()),
        Ok(Ok(false)) => return Err(DatabaseFault::Schema),
        Err(_) => return Err(DatabaseFault::Busy),
        Ok(Err(fault)) => fault,
    };
    tracing::warn!(error = ?fault, "the database is not ready");
    Err(match fault {
        Error::Unavailable(Unavailable::Busy | Unavailable::Contended | Unavailable::Full) => {
            DatabaseFault::Busy
        }
        Error::Unavailable(Unavailable::Down | Unavailable::OutcomeUnknown) => DatabaseFault::Down,
        Error::Internal(_) | Error::Domain(_) | Error::Request(_) => DatabaseFault::Schema,
    })
}
