//! The rows of the passwords, hashed.

use super::conn::Conn;
use super::schema::passwords;
use diesel::prelude::*;
use roster_domain::id::{TenantId, UserId};
use roster_domain::password::PasswordHash;
use roster_domain::time::Timestamp;

/// The hash of a user's password, if it has one.
pub fn find(conn: &mut Conn, tenant: TenantId, user: UserId) -> QueryResult<Option<PasswordHash>> {
    passwords::table
        .filter(
            passwords::tenant_id
                .eq(tenant.0)
                .and(passwords::user_id.eq(user.0)),
        )
        .select(passwords::hash)
        .get_result(conn)
        .optional()
        .map(|hash| hash.map(PasswordHash::from_stored))
}

/// Sets the hash of a user's password. The user's row is locked, so nobody else does the same meanwhile.
pub fn set(
    conn: &mut Conn,
    (tenant, user): (TenantId, UserId),
    hash: &PasswordHash,
    now: Timestamp,
) -> QueryResult<()> {
    let changed = diesel::update(
        passwords::table.filter(
            passwords::tenant_id
                .eq(tenant.0)
                .and(passwords::user_id.eq(user.0)),
        ),
    )
    .set((
        passwords::hash.eq(hash.as_str()),
        passwords::changed_at.eq(now.as_micros()),
    ))
    .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(passwords::table)
            .values((
                passwords::tenant_id.eq(tenant.0),
                passwords::user_id.eq(user.0),
                passwords::hash.eq(hash.as_str()),
                passwords::changed_at.eq(now.as_micros()),
            ))
            .execute(conn)?;
    }
    Ok(())
}
