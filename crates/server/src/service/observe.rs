//! What the metrics say of the moment.

use super::State;
use crate::db::outbox;
use crate::error::Result;
use crate::metrics::Observation;
use std::time::Duration;

/// How long the database may take to say what waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// The metrics of this process, as Prometheus reads them. A database that does not answer leaves a gap, not a fault.
///
/// # Errors
/// They cannot be printed.
pub async fn metrics(state: &State) -> Result<String> {
    let load = state.database.load();
    let asked = state.database.read_tx(|conn| Ok(outbox::backlog(conn)?));
    let backlog = tokio::time::timeout(PATIENCE, asked).await;
    let now = state.clock.now();
    let outbox = match backlog {
        Ok(Ok((mails, oldest))) => {
            let age = oldest.map_or(Duration::ZERO, |oldest| oldest.until(now));
            Some((mails, age.as_secs_f64()))
        }
        Ok(Err(_)) | Err(_) => None,
    };
    state.metrics.render(&Observation {
        load,
        outbox,
        hashes: state.hasher.load(),
    })
}
