//! The rows of the sessions. One that was ended has none.

use super::conn::Conn;
use super::schema::{sessions, users};
use super::users::UserRow;
use crate::error::Result;
use diesel::prelude::*;
use roster_domain::id::{SessionId, TenantId, UserId};
use roster_domain::session::Session;
use roster_domain::time::Timestamp;
use roster_domain::token::TokenHash;
use roster_domain::user::User;

type Row = (i64, i64, i64, i64, i64, Option<String>, Option<String>);

const COLUMNS: (
    sessions::id,
    sessions::user_id,
    sessions::created_at,
    sessions::last_seen_at,
    sessions::expires_at,
    sessions::ip,
    sessions::user_agent,
) = (
    sessions::id,
    sessions::user_id,
    sessions::created_at,
    sessions::last_seen_at,
    sessions::expires_at,
    sessions::ip,
    sessions::user_agent,
);

fn session((id, user, created_at, last_seen_at, expires_at, ip, user_agent): Row) -> Session {
    Session {
        id: SessionId(id),
        user_id: UserId(user),
        created_at: Timestamp::from_micros(created_at),
        last_seen_at: Timestamp::from_micros(last_seen_at),
        expires_at: Timestamp::from_micros(expires_at),
        ip,
        user_agent,
    }
}

/// Adds a session, whose id does not count; gives the one it got.
pub fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    session: &Session,
    hash: &TokenHash,
) -> QueryResult<SessionId> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::tenant_id.eq(tenant.0),
            sessions::user_id.eq(session.user_id.0),
            sessions::hash.eq(hash.as_bytes()),
            sessions::created_at.eq(session.created_at.as_micros()),
            sessions::last_seen_at.eq(session.last_seen_at.as_micros()),
            sessions::expires_at.eq(session.expires_at.as_micros()),
            sessions::ip.eq(&session.ip),
            sessions::user_agent.eq(&session.user_agent),
        ))
        .returning(sessions::id)
        .get_result(conn)
        .map(SessionId)
}

/// Finds a session and its user, be it of use or not.
pub fn find_with_owner(conn: &mut Conn, hash: &TokenHash) -> Result<Option<(Session, User)>> {
    let found = sessions::table
        .inner_join(users::table)
        .filter(sessions::hash.eq(hash.as_bytes()))
        .select((COLUMNS, super::users::COLUMNS))
        .get_result::<(Row, UserRow)>(conn)
        .optional()?;
    found
        .map(|(row, owner)| Ok((session(row), owner.try_into()?)))
        .transpose()
}

/// The sessions of a user, the newest first.
pub fn list(conn: &mut Conn, tenant: TenantId, owner: UserId) -> QueryResult<Vec<Session>> {
    let rows: Vec<Row> = sessions::table
        .filter(
            sessions::tenant_id
                .eq(tenant.0)
                .and(sessions::user_id.eq(owner.0)),
        )
        .order(sessions::id.desc())
        .select(COLUMNS)
        .load(conn)?;
    Ok(rows.into_iter().map(session).collect())
}

/// Writes down that a session was used, unless somebody just did.
pub fn record_use(
    conn: &mut Conn,
    id: SessionId,
    before: Timestamp,
    now: Timestamp,
) -> QueryResult<()> {
    let unchanged = sessions::last_seen_at.eq(before.as_micros());
    diesel::update(sessions::table.filter(sessions::id.eq(id.0).and(unchanged)))
        .set(sessions::last_seen_at.eq(now.as_micros()))
        .execute(conn)
        .map(|_| ())
}

/// Ends one session of a user; says whether there was one.
pub fn delete(
    conn: &mut Conn,
    tenant: TenantId,
    owner: UserId,
    id: SessionId,
) -> QueryResult<bool> {
    diesel::delete(
        sessions::table.filter(
            sessions::tenant_id
                .eq(tenant.0)
                .and(sessions::user_id.eq(owner.0))
                .and(sessions::id.eq(id.0)),
        ),
    )
    .execute(conn)
    .map(|count| count > 0)
}

/// Ends all sessions of a user but perhaps one; says how many there were.
pub fn delete_others(
    conn: &mut Conn,
    tenant: TenantId,
    owner: UserId,
    kept: Option<SessionId>,
) -> QueryResult<usize> {
    diesel::delete(
        sessions::table.filter(
            sessions::tenant_id
                .eq(tenant.0)
                .and(sessions::user_id.eq(owner.0))
                .and(sessions::id.ne(kept.map_or(0, |id| id.0))),
        ),
    )
    .execute(conn)
}

/// Forgets the sessions that ended before a time or were last used before another, of all tenants.
pub fn delete_ended(conn: &mut Conn, now: Timestamp, idle_since: Timestamp) -> QueryResult<usize> {
    let ended = sessions::expires_at.le(now.as_micros());
    diesel::delete(
        sessions::table.filter(ended.or(sessions::last_seen_at.le(idle_since.as_micros()))),
    )
    .execute(conn)
}
