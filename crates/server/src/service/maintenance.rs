//! Forgetting what has had its time: ended sessions, dead links, old counters, kept answers and, where
//! that is set, old audit events.

use super::State;
use crate::db::{Conn, attempts, audit, idempotency_keys, links, sessions};
use crate::error::Result;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);

/// How long a dead link is remembered, so that whoever opens it is told why it does not work.
const DEAD_LINKS: Duration = DAY.saturating_mul(30);

/// Longer than any counter counts.
const COUNTERS: Duration = DAY;

/// How many rows are deleted in one transaction where there may be many.
const ROWS_AT_ONCE: i64 = 1_000;

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Sessions that had ended.
    pub sessions: usize,
    /// Links that had long expired.
    pub links: usize,
    /// Counters of attempts that were over.
    pub counters: usize,
    /// Answers that are not given again any more.
    pub answers: usize,
    /// Audit events beyond the retention.
    pub audit_events: usize,
}

/// Forgets what has had its time. Audit events are kept for ever unless `retention` says how long.
///
/// # Errors
/// The database fails; what was forgotten until then stays so.
pub async fn tidy(state: &State, retention: Option<Duration>) -> Result<Forgotten> {
    let now = state.clock.now();
    let idle = state.lifetimes.session_idle;
    let forget = move |conn: &mut Conn| {
        Ok(Forgotten {
            sessions: sessions::delete_ended(conn, now, now.minus(idle))?,
            links: links::delete_expired_before(conn, now.minus(DEAD_LINKS))?,
            counters: attempts::delete_begun_before(conn, now.minus(COUNTERS))?,
            answers: 0,
            audit_events: 0,
        })
    };
    let mut forgotten = state.database.write_tx(forget).await?;
    let dead = move |conn: &mut Conn| Ok(idempotency_keys::delete_dead(conn, now, ROWS_AT_ONCE)?);
    forgotten.answers = delete_all(state, dead).await?;
    if let Some(retention) = retention {
        let end = now.minus(retention);
        let old = move |conn: &mut Conn| Ok(audit::delete_before(conn, end, ROWS_AT_ONCE)?);
        forgotten.audit_events = delete_all(state, old).await?;
    }
    Ok(forgotten)
}

/// Deletes until there is nothing more to delete, in short transactions, so that requests are not held up.
async fn delete_all(
    state: &State,
    delete: impl FnMut(&mut Conn) -> Result<usize> + Copy + Send + 'static,
) -> Result<usize> {
    let mut total = 0;
    loop {
        match state.database.write_tx(delete).await? {
            0 => return Ok(total),
            count => total += count,
        }
    }
}

/// Tidies up every hour for as long as the server runs.
pub async fn keep_tidy(state: State, retention: Option<Duration>) {
    let mut hours = tokio::time::interval(HOUR);
    loop {
        hours.tick().await;
        match tidy(&state, retention).await {
            Ok(forgotten) => tracing::debug!(?forgotten, "tidied up"),
            Err(error) => tracing::warn!(error = ?error, "could not tidy up"),
        }
    }
}
