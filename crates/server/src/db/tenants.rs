//! The tenants' rows.

use super::conn::Conn;
use super::schema::{schema_info, tenants};
use diesel::prelude::*;
use roster_domain::id::TenantId;
use roster_domain::name::Name;
use roster_domain::tenant::{Slug, Tenant};
use roster_domain::time::Timestamp;

/// Adds a tenant. Its slug is made of its name, with a number where another tenant has it already.
pub fn insert(conn: &mut Conn, name: &Name, now: Timestamp) -> QueryResult<TenantId> {
    let base = Slug::of_name(name);
    let mut slug = base.clone();
    for number in 2.. {
        if find_by_slug(conn, &slug)?.is_none() {
            break;
        }
        slug = base.numbered(number);
    }
    diesel::insert_into(tenants::table)
        .values((
            tenants::slug.eq(slug.as_str()),
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
    let rows: Vec<Row> = tenants::table
        .order(tenants::id)
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    Ok(rows.into_iter().map(tenant).collect())
}

/// Finds a tenant by name.
pub fn find_by_name(conn: &mut Conn, name: &Name) -> QueryResult<Option<Tenant>> {
    tenants::table
        .filter(tenants::name_key.eq(name.key()))
        .select(COLUMNS)
        .get_result(conn)
        .optional()
        .map(|row| row.map(tenant))
}

/// Finds a tenant by slug.
pub fn find_by_slug(conn: &mut Conn, slug: &Slug) -> QueryResult<Option<Tenant>> {
    tenants::table
        .filter(tenants::slug.eq(slug.as_str()))
        .select(COLUMNS)
        .get_result(conn)
        .optional()
        .map(|row| row.map(tenant))
}

/// Finds a tenant by id.
pub fn find(conn: &mut Conn, id: TenantId) -> QueryResult<Option<Tenant>> {
    tenants::table
        .filter(tenants::id.eq(id.0))
        .select(COLUMNS)
        .get_result(conn)
        .optional()
        .map(|row| row.map(tenant))
}

/// Writes what may change of a tenant.
pub fn update(conn: &mut Conn, tenant: &Tenant) -> QueryResult<()> {
    diesel::update(tenants::table.filter(tenants::id.eq(tenant.id.0)))
        .set((
            tenants::name.eq(tenant.name.as_str()),
            tenants::name_key.eq(tenant.name.key()),
            tenants::slug.eq(tenant.slug.as_str()),
        ))
        .execute(conn)
        .map(|_| ())
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

type Row = (i64, String, String);

const COLUMNS: (tenants::id, tenants::name, tenants::slug) =
    (tenants::id, tenants::name, tenants::slug);

fn tenant((id, name, slug): Row) -> Tenant {
    Tenant {
        id: TenantId(id),
        name: Name::from_stored(name),
        slug: Slug::from_stored(slug),
    }
}
