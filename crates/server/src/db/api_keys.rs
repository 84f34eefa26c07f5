//! The rows of the API keys. A revoked key has none.

use super::Among;
use super::conn::{Conn, directly};
use super::schema::{api_keys, users};
use super::time;
use super::users::UserRow;
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::credential::{ApiKey, KeyDetails, KeyHash, KeyOwner, StoredKey};
use roster_domain::email::Email;
use roster_domain::id::{ApiKeyId, TenantId, UserId};
use roster_domain::name::Name;
use roster_domain::role::Role;
use roster_domain::time::Timestamp;
use roster_domain::user::{Status, User};

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

/// A key: its id, when it ends, and when it was used last.
type KeyRow = (i64, Option<i64>, Option<i64>);

const KEY: (api_keys::id, api_keys::expires_at, api_keys::last_used_at) =
    (api_keys::id, api_keys::expires_at, api_keys::last_used_at);

/// Its owner: id, tenant, address, role, state, and whether its keys are accepted.
type OwnerRow = (i64, i64, String, String, String, bool);

const OWNER: (
    users::id,
    users::tenant_id,
    users::email,
    users::role,
    users::status,
    users::allow_authentication_token,
) = (
    users::id,
    users::tenant_id,
    users::email,
    users::role,
    users::status,
    users::allow_authentication_token,
);

fn key((id, expires_at, last_used_at): KeyRow) -> StoredKey {
    StoredKey {
        id: ApiKeyId(id),
        expires_at: time(expires_at),
        last_used_at: time(last_used_at),
    }
}

fn owner((id, tenant_id, email, role, status, allow): OwnerRow) -> Result<KeyOwner> {
    let unknown = |what| Error::internal(format!("user {id} has an unknown {what}"));
    Ok(KeyOwner {
        id: UserId(id),
        tenant_id: TenantId(tenant_id),
        email,
        role: Role::parse(&role).map_err(|_| unknown("role"))?,
        status: Status::parse(&status).ok_or_else(|| unknown("state"))?,
        allow_authentication_token: allow,
    })
}

/// Finds a key and its owner, be they of use or not.
pub fn find_with_owner(conn: &mut Conn, hash: &KeyHash) -> Result<Option<(StoredKey, KeyOwner)>> {
    let query = api_keys::table
        .inner_join(users::table)
        .filter(api_keys::hash.eq(hash.as_bytes()))
        .select((KEY, OWNER));
    let found = directly!(conn => query.get_result::<(KeyRow, OwnerRow)>(conn)).optional()?;
    found
        .map(|(of_key, of_owner)| Ok((key(of_key), owner(of_owner)?)))
        .transpose()
}

diesel::alias!(users as wanted: Wanted);

/// A key, its owner, and a user who was looked for.
pub type FoundByKey = (StoredKey, KeyOwner, Option<User>);

/// The same with the user of that address in the owner's tenant, if there is one: one statement, so one snapshot.
pub fn find_with_owner_and_user(
    conn: &mut Conn,
    hash: &KeyHash,
    email: &Email,
) -> Result<Option<FoundByKey>> {
    let is_wanted = wanted
        .field(users::tenant_id)
        .eq(users::tenant_id)
        .and(wanted.field(users::email_key).eq(email.key()));
    let query = api_keys::table
        .inner_join(users::table)
        .left_join(wanted.on(is_wanted))
        .filter(api_keys::hash.eq(hash.as_bytes()))
        .select((KEY, OWNER, wanted.fields(super::users::COLUMNS).nullable()));
    let found = directly!(conn => query.get_result::<(KeyRow, OwnerRow, Option<UserRow>)>(conn))
        .optional()?;
    found
        .map(|(of_key, of_owner, user)| {
            let user = user.map(User::try_from).transpose()?;
            Ok((key(of_key), owner(of_owner)?, user))
        })
        .transpose()
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
