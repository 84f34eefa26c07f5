//! The rows of the API keys. A revoked key has none.

use super::Among;
use super::conn::Conn;
use super::schema::{api_keys, users};
use super::time;
use super::users::UserRow;
use crate::error::Result;
use diesel::prelude::*;
use roster_domain::credential::{ApiKey, KeyDetails, KeyHash, StoredKey};
use roster_domain::id::{ApiKeyId, TenantId, UserId};
use roster_domain::name::Name;
use roster_domain::time::Timestamp;
use roster_domain::user::User;

/// Adds a key of a user.
pub fn insert(
    conn: &mut Conn,
    (tenant, owner): (TenantId, UserId),
    key: &ApiKey,
    label: Option<&Name>,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> QueryResult<ApiKeyId> {
    diesel::insert_into(api_keys::table)
        .values((
            api_keys::tenant_id.eq(tenant.0),
            api_keys::user_id.eq(owner.0),
            api_keys::hash.eq(key.hash().as_bytes()),
            api_keys::prefix.eq(key.prefix()),
            api_keys::label.eq(label.map(Name::as_str)),
            api_keys::created_at.eq(now.as_micros()),
            api_keys::expires_at.eq(expires_at.map(Timestamp::as_micros)),
        ))
        .returning(api_keys::id)
        .get_result(conn)
        .map(ApiKeyId)
}

/// Finds a key and its owner, be they of use or not.
pub fn find_with_owner(conn: &mut Conn, hash: &KeyHash) -> Result<Option<(StoredKey, User)>> {
    let found = api_keys::table
        .inner_join(users::table)
        .filter(api_keys::hash.eq(hash.as_bytes()))
        .select((
            (api_keys::id, api_keys::expires_at, api_keys::last_used_at),
            super::users::COLUMNS,
        ))
        .get_result::<((i64, Option<i64>, Option<i64>), UserRow)>(conn)
        .optional()?;
    let Some(((id, expires_at, last_used_at), owner)) = found else {
        return Ok(None);
    };
    let owner = User::try_from(owner)?;
    let key = StoredKey {
        id: ApiKeyId(id),
        user_id: owner.id,
        expires_at: time(expires_at),
        last_used_at: time(last_used_at),
    };
    Ok(Some((key, owner)))
}

type DetailsRow = (i64, Option<String>, String, i64, Option<i64>, Option<i64>);

const DETAILS: (
    api_keys::id,
    api_keys::label,
    api_keys::prefix,
    api_keys::created_at,
    api_keys::last_used_at,
    api_keys::expires_at,
) = (
    api_keys::id,
    api_keys::label,
    api_keys::prefix,
    api_keys::created_at,
    api_keys::last_used_at,
    api_keys::expires_at,
);

fn details((id, label, prefix, created_at, last_used_at, expires_at): DetailsRow) -> KeyDetails {
    KeyDetails {
        id: ApiKeyId(id),
        label: label.map(Name::from_stored),
        prefix,
        created_at: Timestamp::from_micros(created_at),
        last_used_at: time(last_used_at),
        expires_at: time(expires_at),
    }
}

/// The keys of a user, the newest first, expired ones included.
pub fn list(conn: &mut Conn, tenant: TenantId, owner: UserId) -> QueryResult<Vec<KeyDetails>> {
    let rows: Vec<DetailsRow> = api_keys::table
        .filter(
            api_keys::tenant_id
                .eq(tenant.0)
                .and(api_keys::user_id.eq(owner.0)),
        )
        .order(api_keys::id.desc())
        .select(DETAILS)
        .load(conn)?;
    Ok(rows.into_iter().map(details).collect())
}

/// Finds one key of a user.
pub fn find_of_user(
    conn: &mut Conn,
    tenant: TenantId,
    owner: UserId,
    id: ApiKeyId,
) -> QueryResult<Option<KeyDetails>> {
    api_keys::table
        .filter(
            api_keys::tenant_id
                .eq(tenant.0)
                .and(api_keys::user_id.eq(owner.0))
                .and(api_keys::id.eq(id.0)),
        )
        .select(DETAILS)
        .get_result(conn)
        .optional()
        .map(|row| row.map(details))
}

/// Sets the time from which a key is refused.
pub fn set_expiry(conn: &mut Conn, id: ApiKeyId, expires_at: Timestamp) -> QueryResult<()> {
    diesel::update(api_keys::table.filter(api_keys::id.eq(id.0)))
        .set(api_keys::expires_at.eq(expires_at.as_micros()))
        .execute(conn)
        .map(|_| ())
}

/// Revokes one key.
pub fn delete(conn: &mut Conn, id: ApiKeyId) -> QueryResult<()> {
    diesel::delete(api_keys::table.filter(api_keys::id.eq(id.0)))
        .execute(conn)
        .map(|_| ())
}

/// Writes down that a key was used, unless somebody just did.
pub fn record_use(
    conn: &mut Conn,
    id: ApiKeyId,
    before: Option<Timestamp>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(
        api_keys::table.filter(
            api_keys::id.eq(id.0).and(
                api_keys::last_used_at
                    .is_null()
                    .or(api_keys::last_used_at.eq(before.map(Timestamp::as_micros))),
            ),
        ),
    )
    .set(api_keys::last_used_at.eq(now.as_micros()))
    .execute(conn)
    .map(|_| ())
}

/// Revokes all keys of a user; says how many there were.
pub fn delete_of_user(conn: &mut Conn, tenant: TenantId, owner: UserId) -> QueryResult<usize> {
    diesel::delete(
        api_keys::table.filter(
            api_keys::tenant_id
                .eq(tenant.0)
                .and(api_keys::user_id.eq(owner.0)),
        ),
    )
    .execute(conn)
}

/// Of these users, those who have a key that has not expired, ordered by id.
pub fn owners(
    conn: &mut Conn,
    tenant: TenantId,
    users: Among<'_>,
    now: Timestamp,
) -> QueryResult<Vec<UserId>> {
    let is_live = api_keys::expires_at
        .is_null()
        .or(api_keys::expires_at.gt(now.as_micros()));
    let query = api_keys::table
        .filter(api_keys::tenant_id.eq(tenant.0).and(is_live))
        .select(api_keys::user_id)
        .distinct()
        .order(api_keys::user_id)
        .into_boxed();
    let query = match users {
        Among::Between(first, last) => query.filter(api_keys::user_id.between(first.0, last.0)),
        Among::These(ids) => query.filter(api_keys::user_id.eq_any(ids.iter().map(|id| id.0))),
    };
    let owners: Vec<i64> = query.load(conn)?;
    Ok(owners.into_iter().map(UserId).collect())
}
