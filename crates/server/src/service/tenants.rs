//! Making and finding tenants. Only the command line does it: there is no tenant yet in which anybody could be
//! permitted anything. Pages before sign-in ask whether there are several, which is not secret.

use super::{Access, State, Tx, UseCase};
use crate::db::audit::{self, Origin};
use crate::db::{Conn, api_keys, fault::Unique, tenants, user_attributes, users};
use crate::error::Result;
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event, Target, TargetKind};
use roster_domain::id::TenantId;
use roster_domain::name::Name;
use roster_domain::permission::{Actor, Permit};
use roster_domain::role::Role;
use roster_domain::tenant::{CreateTenant, RenameTenant, Tenant};
use roster_domain::time::Timestamp;
use serde_json::{Map, Value};

/// Makes a tenant with its first admin and that admin's key.
///
/// # Errors
/// Another tenant has the name, or the database fails.
pub fn create(conn: &mut Conn, command: &CreateTenant, now: Timestamp) -> Result<TenantId> {
    let tenant = insert(conn, &command.name, now)?;
    let admin = users::NewUser {
        tenant_id: tenant,
        email: &command.admin_email,
        name: command.admin_name.as_ref(),
        role: Role::Admin,
        allow_authentication_token: true,
        enable_export_data: false,
        activated_at: Some(now),
    };
    let admin = users::insert(conn, &admin, now)?.id;
    api_keys::insert(conn, (tenant, admin), &command.key, None, None, now)?;
    let after = Map::from_iter([
        ("name".to_owned(), command.name.as_str().into()),
        ("admin_id".to_owned(), admin.0.into()),
        ("api_key".to_owned(), command.key.prefix().into()),
    ]);
    record_creation(conn, tenant, &command.name, after, now)?;
    Ok(tenant)
}

/// Makes a tenant without anybody in it, for those who are about to be imported.
///
/// # Errors
/// Another tenant has the name, or the database fails.
pub(super) fn create_empty(conn: &mut Conn, name: &Name, now: Timestamp) -> Result<TenantId> {
    let tenant = insert(conn, name, now)?;
    let after = Map::from_iter([("name".to_owned(), name.as_str().into())]);
    record_creation(conn, tenant, name, after, now)?;
    Ok(tenant)
}

fn insert(conn: &mut Conn, name: &Name, now: Timestamp) -> Result<TenantId> {
    let tenant = tenants::insert(conn, name, now)
        .map_err(Unique::TenantName.means(Refusal::TenantNameTaken))?;
    user_attributes::insert_system(conn, tenant, now)?;
    Ok(tenant)
}

fn record_creation(
    conn: &mut Conn,
    tenant: TenantId,
    name: &Name,
    after: Map<String, Value>,
    now: Timestamp,
) -> Result<()> {
    let target = Target {
        kind: TargetKind::Tenant,
        id: tenant.0,
        label: name.as_str().to_owned(),
    };
    let event = Event::addition(Action::TenantCreate, target, after);
    Ok(audit::insert(
        conn,
        tenant,
        &Actor::CommandLine,
        &Origin::CLI,
        &event,
        now,
    )?)
}

/// Whether a tenant has to be named, because there are several.
///
/// # Errors
/// The database fails.
pub async fn are_several(state: &State) -> Result<bool> {
    let list = |conn: &mut Conn| Ok(tenants::list(conn, 2)?);
    Ok(state.database.read_tx(list).await?.len() > 1)
}

impl UseCase for RenameTenant {
    type Outcome = Tenant;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Tenant> {
        let id = permit.tenant_id();
        tenants::lock(tx.conn, id)?;
        let before = tenants::find(tx.conn, id)?.ok_or(Refusal::NotFound)?;
        let after = Tenant {
            id,
            name: self.name.clone().unwrap_or(before.name.clone()),
            slug: self.slug.clone().unwrap_or(before.slug.clone()),
        };
        tenants::update(tx.conn, &after).map_err(|error| {
            if Unique::TenantSlug.is_violated_by(&error) {
                Refusal::TenantSlugTaken.into()
            } else {
                Unique::TenantName.means(Refusal::TenantNameTaken)(error)
            }
        })?;
        let audited = |tenant: &Tenant| {
            Map::from_iter([
                ("name".to_owned(), tenant.name.as_str().into()),
                ("slug".to_owned(), tenant.slug.as_str().into()),
            ])
        };
        let target = Target {
            kind: TargetKind::Tenant,
            id: id.0,
            label: after.name.as_str().to_owned(),
        };
        let (before, now) = (audited(&before), audited(&after));
        tx.record(
            permit,
            &Event::change(Action::TenantRename, target, &before, &now),
        )?;
        Ok(after)
    }
}

/// All tenants, ordered by id.
///
/// # Errors
/// The database fails.
pub fn list(conn: &mut Conn) -> Result<Vec<Tenant>> {
    Ok(tenants::list(conn, i64::MAX)?)
}

/// Keeps the other servers of the database from making what there is only one of, until the transaction ends.
pub(super) fn lock_server(conn: &mut Conn) -> Result<()> {
    Ok(tenants::lock_all(conn)?)
}

/// Whether there is no tenant at all.
///
/// # Errors
/// The database fails.
pub fn are_none(conn: &mut Conn) -> Result<bool> {
    Ok(tenants::list(conn, 1)?.is_empty())
}

/// Makes a tenant where there is none at all; `None` if there is one.
///
/// # Errors
/// The database fails.
pub fn create_first(
    conn: &mut Conn,
    command: &CreateTenant,
    now: Timestamp,
) -> Result<Option<TenantId>> {
    // Of two processes that get here at once, the second waits and finds the tenant of the first.
    lock_server(conn)?;
    if !are_none(conn)? {
        return Ok(None);
    }
    create(conn, command, now).map(Some)
}

/// The tenant of that name or, without a name, the only one there is.
///
/// # Errors
/// The database fails.
pub fn choose(conn: &mut Conn, name: Option<&Name>) -> Result<Option<Tenant>> {
    if let Some(name) = name {
        return Ok(tenants::find_by_name(conn, name)?);
    }
    let mut first = tenants::list(conn, 2)?;
    Ok(if first.len() == 1 { first.pop() } else { None })
}
