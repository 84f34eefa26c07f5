//! The tenants' rows.

use super::conn::Conn;
use super::schema::{schema_info, tenants};
use diesel::prelude::*;
use roster_domain::id::TenantId;
use roster_domain::name::Name;
use roster_domain::tenant::Tenant;
use roster_domain::time::Timestamp;

/// Adds a tenant.
pub fn insert(conn: &mut Conn, name: &Name, now: Timestamp) -> QueryResult<TenantId> {
    diesel::insert_into(tenants::table)
        .values((
            tenants::name.eq(name.as_str()),
            tenants::name_key.eq(name.key()),
            tenants::created_at.eq(now.as_micros()),
        ))
        .returning(tenants::id)
        .get_result(conn)
        .map(TenantId)
}

/// The first tenants, ordered by id.
pub fn list(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Tenant>> {
    let rows: Vec<(i64, String)> = tenants::table
        .order(tenants::id)
        .limit(limit)
        .select((tenants::id, tenants::name))
        .load(conn)?;
    Ok(rows.into_iter().map(tenant).collect())
}

/// Finds a tenant by name.
pub fn find_by_name(conn: &mut Conn, name: &Name) -> QueryResult<Option<Tenant>> {
    tenants::table
        .filter(tenants::name_key.eq(name.key()))
        .select((tenants::id, tenants::name))
        .get_result(conn)
        .optional()
        .map(|row| row.map(tenant))
}

/// Keeps others from changing what the tenant promises as a whole, until the transaction ends.
pub fn lock(conn: &mut Conn, id: TenantId) -> QueryResult<()> {
    diesel::update(tenants::table.filter(tenants::id.eq(id.0)))
        .set(tenants::version.eq(tenants::version + 1))
        .execute(conn)
        .map(|_| ())
}

/// Keeps others from making the first tenant at the same time, until the transaction ends.
pub fn lock_all(conn: &mut Conn) -> QueryResult<()> {
    diesel::update(schema_info::table)
        .set(schema_info::only_row.eq(schema_info::only_row))
        .execute(conn)
        .map(|_| ())
}

fn tenant((id, name): (i64, String)) -> Tenant {
    Tenant {
        id: TenantId(id),
        name: Name::from_stored(name),
    }
}
