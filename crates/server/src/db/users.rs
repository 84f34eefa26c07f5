//! The users' rows.

use super::conn::Conn;
use super::schema::users;
use super::time;
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::email::Email;
use roster_domain::id::{TenantId, UserId};
use roster_domain::name::Name;
use roster_domain::role::Role;
use roster_domain::time::Timestamp;
use roster_domain::user::User;

/// A user's row, in the order of the columns.
#[derive(Debug, Queryable)]
pub struct UserRow {
    id: i64,
    tenant_id: i64,
    email: String,
    email_key: String,
    name: Option<String>,
    title: Option<String>,
    role: String,
    allow_authentication_token: bool,
    activated_at: Option<i64>,
    deleted_at: Option<i64>,
    current_sign_in_at: Option<i64>,
    last_sign_in_at: Option<i64>,
    invitation_generation: i64,
    _version: i64,
    created_at: i64,
    updated_at: i64,
    job_title: Option<String>,
}

impl TryFrom<UserRow> for User {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self> {
        Ok(Self {
            id: UserId(row.id),
            tenant_id: TenantId(row.tenant_id),
            email: Email::from_stored(row.email, row.email_key),
            name: row.name.map(Name::from_stored),
            title: row.title.map(Name::from_stored),
            job_title: row.job_title.map(Name::from_stored),
            role: Role::parse(&row.role)
                .map_err(|_| Error::internal(format!("user {} has an unknown role", row.id)))?,
            allow_authentication_token: row.allow_authentication_token,
            activated_at: time(row.activated_at),
            deleted_at: time(row.deleted_at),
            current_sign_in_at: time(row.current_sign_in_at),
            last_sign_in_at: time(row.last_sign_in_at),
            invitation_generation: row.invitation_generation,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

/// What a new user begins with.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The address.
    pub email: &'a Email,
    /// The name, if known.
    pub name: Option<&'a Name>,
    /// The role.
    pub role: Role,
    /// Whether the user's keys are accepted.
    pub allow_authentication_token: bool,
    /// Since when the user is active; a pending one is not.
    pub activated_at: Option<Timestamp>,
}

/// Adds a user.
pub fn insert(conn: &mut Conn, user: &NewUser<'_>, now: Timestamp) -> QueryResult<UserId> {
    diesel::insert_into(users::table)
        .values((
            users::tenant_id.eq(user.tenant_id.0),
            users::email.eq(user.email.as_str()),
            users::email_key.eq(user.email.key()),
            users::name.eq(user.name.map(Name::as_str)),
            users::role.eq(user.role.as_str()),
            users::allow_authentication_token.eq(user.allow_authentication_token),
            users::activated_at.eq(user.activated_at.map(Timestamp::as_micros)),
            users::created_at.eq(now.as_micros()),
            users::updated_at.eq(now.as_micros()),
        ))
        .returning(users::id)
        .get_result(conn)
        .map(UserId)
}

/// Finds a user by id.
pub fn find(conn: &mut Conn, tenant: TenantId, id: UserId) -> Result<Option<User>> {
    users::table
        .filter(users::tenant_id.eq(tenant.0).and(users::id.eq(id.0)))
        .get_result::<UserRow>(conn)
        .optional()?
        .map(User::try_from)
        .transpose()
}

/// Finds a user by address.
pub fn find_by_email(conn: &mut Conn, tenant: TenantId, email: &Email) -> Result<Option<User>> {
    users::table
        .filter(
            users::tenant_id
                .eq(tenant.0)
                .and(users::email_key.eq(email.key())),
        )
        .get_result::<UserRow>(conn)
        .optional()?
        .map(User::try_from)
        .transpose()
}

/// Finds a user by id and keeps others from changing it until the transaction ends. Its version rises.
pub fn find_for_update(conn: &mut Conn, tenant: TenantId, id: UserId) -> Result<Option<User>> {
    diesel::update(users::table.filter(users::tenant_id.eq(tenant.0).and(users::id.eq(id.0))))
        .set(users::version.eq(users::version + 1))
        .returning(users::all_columns)
        .get_result::<UserRow>(conn)
        .optional()?
        .map(User::try_from)
        .transpose()
}

/// Writes what may change of a user.
pub fn update(conn: &mut Conn, user: &User) -> QueryResult<()> {
    diesel::update(
        users::table.filter(
            users::tenant_id
                .eq(user.tenant_id.0)
                .and(users::id.eq(user.id.0)),
        ),
    )
    .set((
        users::email.eq(user.email.as_str()),
        users::email_key.eq(user.email.key()),
        users::name.eq(user.name.as_ref().map(Name::as_str)),
        users::title.eq(user.title.as_ref().map(Name::as_str)),
        users::job_title.eq(user.job_title.as_ref().map(Name::as_str)),
        users::role.eq(user.role.as_str()),
        users::allow_authentication_token.eq(user.allow_authentication_token),
        users::activated_at.eq(user.activated_at.map(Timestamp::as_micros)),
        users::deleted_at.eq(user.deleted_at.map(Timestamp::as_micros)),
        users::current_sign_in_at.eq(user.current_sign_in_at.map(Timestamp::as_micros)),
        users::last_sign_in_at.eq(user.last_sign_in_at.map(Timestamp::as_micros)),
        users::invitation_generation.eq(user.invitation_generation),
        users::updated_at.eq(user.updated_at.as_micros()),
    ))
    .execute(conn)
    .map(|_| ())
}

/// Erases a user with all that belongs to it.
pub fn delete(conn: &mut Conn, tenant: TenantId, id: UserId) -> QueryResult<()> {
    diesel::delete(users::table.filter(users::tenant_id.eq(tenant.0).and(users::id.eq(id.0))))
        .execute(conn)
        .map(|_| ())
}

/// The users behind one, ordered by id.
pub fn chunk(
    conn: &mut Conn,
    tenant: TenantId,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<User>> {
    users::table
        .filter(
            users::tenant_id
                .eq(tenant.0)
                .and(users::id.gt(after.map_or(i64::MIN, |id| id.0))),
        )
        .order(users::id)
        .limit(limit)
        .load::<UserRow>(conn)?
        .into_iter()
        .map(User::try_from)
        .collect()
}

/// How many active admins the tenant has besides this user.
pub fn count_other_active_admins(
    conn: &mut Conn,
    tenant: TenantId,
    user: UserId,
) -> QueryResult<i64> {
    users::table
        .filter(
            users::tenant_id
                .eq(tenant.0)
                .and(users::role.eq(Role::Admin.as_str()))
                .and(users::activated_at.is_not_null())
                .and(users::deleted_at.is_null())
                .and(users::id.ne(user.0)),
        )
        .count()
        .get_result(conn)
}
