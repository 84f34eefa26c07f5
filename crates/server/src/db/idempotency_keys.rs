//! The answers that are kept under the keys of requests. A row that others see has its answer: both are of one transaction.

use super::conn::Conn;
use super::fault;
use super::schema::idempotency_keys;
use crate::error::{Error, Result};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use roster_domain::Error as Refusal;
use roster_domain::id::{TenantId, UserId};
use roster_domain::idempotency::{LIFETIME, Once};
use roster_domain::time::Timestamp;
use std::time::Duration;

/// An answer, and the request to which it was given.
#[derive(Debug, Queryable)]
pub struct KeptAnswer {
    /// The hash of the request.
    pub request_hash: Vec<u8>,
    /// The status.
    pub status: i64,
    /// The body.
    pub body: String,
}

/// Takes a user's key for a request, or gives the answer that is kept under it.
///
/// Whoever has taken it in a transaction that still runs is waited for.
///
/// # Errors
/// [`Refusal::IdempotencyKeyInUse`] if that takes longer than the patience; or the database fails.
pub fn take(
    conn: &mut Conn,
    owner: (TenantId, UserId),
    once: &Once,
    now: Timestamp,
    patience: Duration,
) -> Result<Option<KeptAnswer>> {
    limit_waiting(conn, &patience.as_millis().max(1).to_string())?;
    let is_taken =
        insert(conn, owner, once, now).map_err(|error| match fault::is_lock_timeout(&error) {
            true => Refusal::IdempotencyKeyInUse.into(),
            false => Error::from(error),
        })?;
    limit_waiting(conn, "DEFAULT")?;
    match is_taken {
        true => Ok(None),
        false => Ok(Some(get(conn, owner, once)?)),
    }
}

/// Says how many milliseconds a statement of this transaction waits for others. SQLite has one writer, so there are none.
fn limit_waiting(conn: &mut Conn, limit: &str) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(conn) => conn.batch_execute(&format!("SET LOCAL lock_timeout TO {limit}")),
    }
}

/// Adds a row whose answer is to come, or makes one of a row that is too old; says whether it did. Otherwise the row
/// that is there is locked, and stays.
fn insert(
    conn: &mut Conn,
    (tenant, user): (TenantId, UserId),
    once: &Once,
    now: Timestamp,
) -> QueryResult<bool> {
    // diesel cannot write ON CONFLICT for both databases at once; they spell it alike.
    diesel::sql_query(
        "INSERT INTO idempotency_keys (tenant_id, user_id, key_hash, request_hash, status, body, created_at)
         VALUES ($1, $2, $3, $4, 0, '', $5)
         ON CONFLICT (tenant_id, user_id, key_hash) DO UPDATE SET request_hash = $4, created_at = $5
         WHERE idempotency_keys.created_at <= $6",
    )
    .bind::<BigInt, _>(tenant.0)
    .bind::<BigInt, _>(user.0)
    .bind::<Binary, _>(once.key_hash())
    .bind::<Binary, _>(once.request_hash())
    .bind::<BigInt, _>(now.as_micros())
    .bind::<BigInt, _>(now.minus(LIFETIME).as_micros())
    .execute(conn)
    .map(|count| count == 1)
}

#[diesel::dsl::auto_type]
fn row(tenant: i64, user: i64, key_hash: Vec<u8>) -> _ {
    idempotency_keys::tenant_id
        .eq(tenant)
        .and(idempotency_keys::user_id.eq(user))
        .and(idempotency_keys::key_hash.eq(key_hash))
}

fn get(
    conn: &mut Conn,
    (tenant, user): (TenantId, UserId),
    once: &Once,
) -> QueryResult<KeptAnswer> {
    idempotency_keys::table
        .filter(row(tenant.0, user.0, once.key_hash().to_vec()))
        .select((
            idempotency_keys::request_hash,
            idempotency_keys::status,
            idempotency_keys::body,
        ))
        .get_result(conn)
}

/// Keeps the answer under the key that this transaction has taken.
pub fn keep(
    conn: &mut Conn,
    (tenant, user): (TenantId, UserId),
    once: &Once,
    status: u16,
    body: &str,
) -> QueryResult<()> {
    let taken = row(tenant.0, user.0, once.key_hash().to_vec());
    diesel::update(idempotency_keys::table.filter(taken))
        .set((
            idempotency_keys::status.eq(i64::from(status)),
            idempotency_keys::body.eq(body),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Forgets about so many of the oldest answers of all tenants that are too old to be given again; says how many.
pub fn delete_dead(conn: &mut Conn, now: Timestamp, limit: i64) -> QueryResult<usize> {
    let dead: Vec<i64> = idempotency_keys::table
        .filter(idempotency_keys::created_at.le(now.minus(LIFETIME).as_micros()))
        .order(idempotency_keys::created_at)
        .limit(limit)
        .select(idempotency_keys::created_at)
        .load(conn)?;
    match dead.last() {
        Some(last) => {
            diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.le(last)))
                .execute(conn)
        }
        None => Ok(0),
    }
}
