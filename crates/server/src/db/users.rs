//! The users' rows.

use super::conn::{Conn, directly};
use super::schema::users;
use super::{alone, time};
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::email::Email;
use roster_domain::id::{TenantId, UserId};
use roster_domain::name::Name;
use roster_domain::role::Role;
use roster_domain::time::Timestamp;
use roster_domain::user::{Settings, User};

/// A user's row, without the keys by which the databases compare.
#[derive(Debug, Queryable)]
pub struct UserRow {
    id: i64,
    tenant_id: i64,
    email: String,
    email_key: String,
    name: Option<String>,
    title: Option<String>,
    job_title: Option<String>,
    role: String,
    allow_authentication_token: bool,
    enable_export_data: bool,
    settings: String,
    activated_at: Option<i64>,
    deleted_at: Option<i64>,
    current_sign_in_at: Option<i64>,
    last_sign_in_at: Option<i64>,
    invitation_generation: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

macro_rules! columns {
    ($($column:ident),+ $(,)?) => {
        /// The columns of a [`UserRow`].
        pub type Columns = ($(users::$column,)+);

        /// The columns of a [`UserRow`], in its order.
        pub const COLUMNS: Columns = ($(users::$column,)+);
    };
}

columns! {
    id, tenant_id, email, email_key, name, title, job_title, role, allow_authentication_token, enable_export_data, settings,
    activated_at, deleted_at, current_sign_in_at, last_sign_in_at, invitation_generation, version, created_at, updated_at,
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
            enable_export_data: row.enable_export_data,
            settings: Settings::from_stored(&row.settings),
            version: row.version,
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

/// What is written of a user when its row is made and whenever it changes.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Written<'a> {
    email: &'a str,
    email_key: &'a str,
    name: Option<&'a str>,
    title: Option<&'a str>,
    job_title: Option<&'a str>,
    role: &'static str,
    allow_authentication_token: bool,
    enable_export_data: bool,
    settings: String,
    activated_at: Option<i64>,
    deleted_at: Option<i64>,
    current_sign_in_at: Option<i64>,
    last_sign_in_at: Option<i64>,
    invitation_generation: i64,
    version: i64,
    updated_at: i64,
    status: &'static str,
    name_key: String,
    initials_key: String,
    search_key: String,
}

impl<'a> From<&'a User> for Written<'a> {
    fn from(user: &'a User) -> Self {
        let text = |name: &'a Option<Name>| name.as_ref().map(Name::as_str);
        let micros = |time: Option<Timestamp>| time.map(Timestamp::as_micros);
        Self {
            email: user.email.as_str(),
            email_key: user.email.key(),
            name: text(&user.name),
            title: text(&user.title),
            job_title: text(&user.job_title),
            role: user.role.as_str(),
            allow_authentication_token: user.allow_authentication_token,
            enable_export_data: user.enable_export_data,
            settings: user.settings.to_json(),
            activated_at: micros(user.activated_at),
            deleted_at: micros(user.deleted_at),
            current_sign_in_at: micros(user.current_sign_in_at),
            last_sign_in_at: micros(user.last_sign_in_at),
            invitation_generation: user.invitation_generation,
            version: user.version,
            updated_at: user.updated_at.as_micros(),
            status: user.status().as_str(),
            name_key: user.name_key(),
            initials_key: user.initials_key(),
            search_key: user.search_key(),
        }
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
    /// Whether the user may export data.
    pub enable_export_data: bool,
    /// Since when the user is active; a pending one is not.
    pub activated_at: Option<Timestamp>,
}

impl NewUser<'_> {
    fn user(&self, now: Timestamp) -> User {
        User {
            id: UserId(0),
            tenant_id: self.tenant_id,
            email: self.email.clone(),
            name: self.name.cloned(),
            title: None,
            job_title: None,
            role: self.role,
            allow_authentication_token: self.allow_authentication_token,
            enable_export_data: self.enable_export_data,
            settings: Settings::default(),
            activated_at: self.activated_at,
            deleted_at: None,
            current_sign_in_at: None,
            last_sign_in_at: None,
            invitation_generation: 1,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Adds a user.
pub fn insert(conn: &mut Conn, new: &NewUser<'_>, now: Timestamp) -> QueryResult<User> {
    insert_as_it_is(conn, &new.user(now))
}

/// Adds a user with all that it has been elsewhere; one of id 0 is given an id.
pub fn insert_as_it_is(conn: &mut Conn, user: &User) -> QueryResult<User> {
    let row = (
        users::tenant_id.eq(user.tenant_id.0),
        users::created_at.eq(user.created_at.as_micros()),
        Written::from(user),
    );
    let insert = diesel::insert_into(users::table);
    let id = match user.id {
        UserId(0) => {
            let insert = insert.values(row).returning(users::id);
            directly!(conn => insert.get_result(conn))?
        }
        UserId(id) => insert
            .values((users::id.eq(id), row))
            .returning(users::id)
            .get_result(conn)?,
    };
    Ok(User {
        id: UserId(id),
        ..user.clone()
    })
}

/// Those of these ids, at most a thousand, that users of any tenant have.
pub fn present(conn: &mut Conn, ids: &[UserId]) -> QueryResult<Vec<UserId>> {
    let ids: Vec<i64> = users::table
        .filter(users::id.eq_any(ids.iter().map(|id| id.0)))
        .select(users::id)
        .load(conn)?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// Those of these addresses, as they are compared, at most a thousand, that users of the tenant have.
pub fn emails(conn: &mut Conn, tenant: TenantId, keys: &[String]) -> QueryResult<Vec<String>> {
    users::table
        .filter(
            users::tenant_id
                .eq(tenant.0)
                .and(users::email_key.eq_any(keys)),
        )
        .select(users::email_key)
        .load(conn)
}

/// Finds a user by id.
pub fn find(conn: &mut Conn, tenant: TenantId, id: UserId) -> Result<Option<User>> {
    let query = users::table
        .filter(users::tenant_id.eq(tenant.0).and(users::id.eq(id.0)))
        .select(COLUMNS);
    directly!(conn => query.get_result::<UserRow>(conn))
        .optional()?
        .map(User::try_from)
        .transpose()
}

/// Finds a user by address.
pub fn find_by_email(conn: &mut Conn, tenant: TenantId, email: &Email) -> Result<Option<User>> {
    let query = users::table
        .filter(
            users::tenant_id
                .eq(tenant.0)
                .and(users::email_key.eq(email.key())),
        )
        .select(COLUMNS);
    directly!(conn => query.get_result::<UserRow>(conn))
        .optional()?
        .map(User::try_from)
        .transpose()
}

/// Finds a user by id and keeps others from changing it until the transaction ends.
pub fn find_for_update(conn: &mut Conn, tenant: TenantId, id: UserId) -> Result<Option<User>> {
    diesel::update(users::table.filter(users::tenant_id.eq(tenant.0).and(users::id.eq(id.0))))
        .set(users::version.eq(users::version))
        .returning(COLUMNS)
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
    .set(Written::from(user))
    .execute(conn)
    .map(|_| ())
}

/// Works out what users are ordered and searched by, where a migration has left that to the server.
pub fn fill_keys(conn: &mut Conn) -> Result<()> {
    const AT_ONCE: i64 = 1_000;
    let mut last = i64::MIN;
    loop {
        let rows: Vec<UserRow> = users::table
            .filter(users::search_key.eq("").and(users::id.gt(last)))
            .order(users::id)
            .limit(AT_ONCE)
            .select(COLUMNS)
            .load(conn)?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let user = User::try_from(row)?;
            last = user.id.0;
            diesel::update(users::table.filter(users::id.eq(user.id.0)))
                .set((
                    users::name_key.eq(user.name_key()),
                    users::initials_key.eq(user.initials_key()),
                    users::search_key.eq(user.search_key()),
                ))
                .execute(conn)?;
        }
    }
}

/// Raises the version of a user: its groups are others.
pub fn touch(conn: &mut Conn, tenant: TenantId, id: UserId) -> QueryResult<()> {
    diesel::update(users::table.filter(users::tenant_id.eq(tenant.0).and(users::id.eq(id.0))))
        .set(users::version.eq(users::version + 1))
        .execute(conn)
        .map(|_| ())
}

/// The users of these ids, at most a thousand, ordered by id.
pub fn list(conn: &mut Conn, tenant: TenantId, ids: &[UserId]) -> Result<Vec<User>> {
    let ids = ids.iter().map(|id| id.0);
    let rows: Vec<UserRow> = users::table
        .filter(users::tenant_id.eq(tenant.0).and(users::id.eq_any(ids)))
        .order(users::id)
        .select(COLUMNS)
        .load(conn)?;
    rows.into_iter().map(User::try_from).collect()
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
                .eq_any(alone(tenant))
                .and(users::id.gt(after.map_or(i64::MIN, |id| id.0))),
        )
        .order((users::tenant_id, users::id))
        .limit(limit)
        .select(COLUMNS)
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
