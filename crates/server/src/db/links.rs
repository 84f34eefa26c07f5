//! The rows of the links that were mailed. The tokens themselves are nowhere.

use super::conn::Conn;
use super::schema::{links, users};
use super::time;
use super::users::UserRow;
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::id::{LinkId, TenantId, UserId};
use roster_domain::link::{Link, LinkKind};
use roster_domain::time::Timestamp;
use roster_domain::token::TokenHash;
use roster_domain::user::User;

/// A link that is about to be mailed.
#[derive(Debug)]
pub struct NewLink {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Whose link it is.
    pub user_id: UserId,
    /// What it is for.
    pub kind: LinkKind,
    /// The hash of its token.
    pub hash: TokenHash,
    /// The user's invitation generation of which it is.
    pub generation: i64,
    /// Who caused the mail, if it was a user.
    pub sender_id: Option<UserId>,
    /// The time from which it is refused.
    pub expires_at: Timestamp,
}

/// Adds a link.
pub fn insert(conn: &mut Conn, link: &NewLink, now: Timestamp) -> QueryResult<()> {
    diesel::insert_into(links::table)
        .values((
            links::tenant_id.eq(link.tenant_id.0),
            links::user_id.eq(link.user_id.0),
            links::kind.eq(link.kind.as_str()),
            links::hash.eq(link.hash.as_bytes()),
            links::generation.eq(link.generation),
            links::sender_id.eq(link.sender_id.map(|id| id.0)),
            links::created_at.eq(now.as_micros()),
            links::expires_at.eq(link.expires_at.as_micros()),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Finds a link by id.
pub fn find(conn: &mut Conn, id: LinkId) -> Result<Option<Link>> {
    links::table
        .filter(links::id.eq(id.0))
        .select(COLUMNS)
        .get_result::<Row>(conn)
        .optional()?
        .map(link)
        .transpose()
}

/// Finds a link and its user, be it of use or not.
pub fn find_with_owner(
    conn: &mut Conn,
    kind: LinkKind,
    hash: &TokenHash,
) -> Result<Option<(Link, User)>> {
    let found = links::table
        .inner_join(users::table)
        .filter(
            links::hash
                .eq(hash.as_bytes())
                .and(links::kind.eq(kind.as_str())),
        )
        .select((COLUMNS, super::users::COLUMNS))
        .get_result::<(Row, UserRow)>(conn)
        .optional()?;
    found
        .map(|(row, owner)| Ok((link(row)?, owner.try_into()?)))
        .transpose()
}

type Row = (i64, String, i64, Option<i64>, i64, Option<i64>);

const COLUMNS: (
    links::id,
    links::kind,
    links::generation,
    links::sender_id,
    links::expires_at,
    links::used_at,
) = (
    links::id,
    links::kind,
    links::generation,
    links::sender_id,
    links::expires_at,
    links::used_at,
);

fn link((id, kind, generation, sender_id, expires_at, used_at): Row) -> Result<Link> {
    Ok(Link {
        id: LinkId(id),
        kind: LinkKind::parse(&kind)
            .ok_or_else(|| Error::internal(format!("link {id} is of an unknown kind")))?,
        generation,
        sender_id: sender_id.map(UserId),
        expires_at: Timestamp::from_micros(expires_at),
        used_at: time(used_at),
    })
}

/// Writes down that a link was used, unless it was before; says whether that is so.
pub fn mark_used(conn: &mut Conn, id: LinkId, now: Timestamp) -> QueryResult<bool> {
    diesel::update(links::table.filter(links::id.eq(id.0).and(links::used_at.is_null())))
        .set(links::used_at.eq(now.as_micros()))
        .execute(conn)
        .map(|count| count == 1)
}

/// Forgets the unused links of one kind that a user has.
pub fn delete_unused(conn: &mut Conn, user: &User, kind: LinkKind) -> QueryResult<()> {
    diesel::delete(
        links::table.filter(
            links::tenant_id
                .eq(user.tenant_id.0)
                .and(links::user_id.eq(user.id.0))
                .and(links::kind.eq(kind.as_str()))
                .and(links::used_at.is_null()),
        ),
    )
    .execute(conn)
    .map(|_| ())
}

/// Forgets the links that expired before a time, of all tenants.
pub fn delete_expired_before(conn: &mut Conn, time: Timestamp) -> QueryResult<usize> {
    diesel::delete(links::table.filter(links::expires_at.lt(time.as_micros()))).execute(conn)
}

/// Forgets a link that nobody got.
pub fn delete(conn: &mut Conn, hash: &TokenHash) -> QueryResult<()> {
    diesel::delete(links::table.filter(links::hash.eq(hash.as_bytes())))
        .execute(conn)
        .map(|_| ())
}
