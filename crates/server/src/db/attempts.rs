//! The counters of attempts, shared by all servers of a database.

use super::conn::Conn;
use super::schema::attempts;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use roster_domain::attempt::Attempt;
use roster_domain::time::Timestamp;

/// Counts an attempt; says how many seconds to wait if there were too many.
pub fn count(conn: &mut Conn, attempt: &Attempt, now: Timestamp) -> QueryResult<Option<u64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        started_at: i64,
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    // diesel cannot write ON CONFLICT for both databases at once; they spell it alike.
    let row: Row = diesel::sql_query(
        "INSERT INTO attempts (key, started_at, count) VALUES ($1, $2, 1)
         ON CONFLICT (key) DO UPDATE SET
             count = CASE WHEN attempts.started_at <= $3 THEN 1 ELSE attempts.count + 1 END,
             started_at = CASE WHEN attempts.started_at <= $3 THEN $2 ELSE attempts.started_at END
         RETURNING started_at, count",
    )
    .bind::<Binary, _>(attempt.key.as_slice())
    .bind::<BigInt, _>(now.as_micros())
    .bind::<BigInt, _>(before(now, attempt))
    .get_result(conn)?;
    Ok(attempt.pause(row.count, Timestamp::from_micros(row.started_at), now))
}

fn before(now: Timestamp, attempt: &Attempt) -> i64 {
    let window = i64::try_from(attempt.window.as_micros()).unwrap_or(i64::MAX);
    now.as_micros().saturating_sub(window)
}

/// Takes one attempt back, which turned out well.
pub fn forgive(conn: &mut Conn, attempt: &Attempt) -> QueryResult<()> {
    diesel::update(attempts::table.filter(attempts::key.eq(attempt.key.as_slice())))
        .set(attempts::count.eq(attempts::count - 1))
        .execute(conn)
        .map(|_| ())
}

/// Forgets all attempts under a key.
pub fn forget(conn: &mut Conn, attempt: &Attempt) -> QueryResult<()> {
    diesel::delete(attempts::table.filter(attempts::key.eq(attempt.key.as_slice())))
        .execute(conn)
        .map(|_| ())
}

/// Forgets what was counted before a time.
pub fn delete_begun_before(conn: &mut Conn, time: Timestamp) -> QueryResult<usize> {
    diesel::delete(attempts::table.filter(attempts::started_at.lt(time.as_micros()))).execute(conn)
}
