//! Forgetting what has had its time: ended sessions, dead links, old counters and, where that is set, old audit events.

use super::State;
use crate::db::{Conn, attempts, audit, links, sessions};
use crate::error::Result;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);

/// How long a dead link is remembered, so that whoever opens it is told why it does not work.
const DEAD_LINKS: Duration = DAY.saturating_mul(30);

/// Longer than any counter counts.
const COUNTERS: Duration = DAY;

/// How many audit events are deleted in one transaction.
const EVENTS_AT_ONCE: i64 = 1_000;

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Sessions that had ended.
    pub sessions: usize,
    /// Links that had long expired.
    pub links: usize,
    /// Counters of attempts that were over.
    pub counters: usize,
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
            audit_events: 0,
        })
    };
    let mut forgotten = state.database.write_tx(forget).await?;
    if let Some(retention) = retention {
        let end = now.minus(retention);
        // In short transactions, so that requests are not held up.
        loop {
            let delete =
                move |conn: &mut Conn| Ok(audit::delete_before(conn, end, EVENTS_AT_ONCE)?);
            match state.database.write_tx(delete).await? {
                0 => break,
                count => forgotten.audit_events += count,
            }
        }
    }
    Ok(forgotten)
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
