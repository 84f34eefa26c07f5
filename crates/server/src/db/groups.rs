//! The groups' rows.

use super::conn::Conn;
use super::schema::{groups, memberships, users};
use crate::error::Result;
use diesel::prelude::*;
use roster_domain::group::{Group, GroupSize};
use roster_domain::id::{GroupId, TenantId};
use roster_domain::name::Name;
use roster_domain::time::Timestamp;
use std::collections::HashMap;

/// A group's row, in the order of the columns.
#[derive(Debug, Queryable)]
pub struct GroupRow {
    id: i64,
    tenant_id: i64,
    name: String,
    _name_key: String,
    _version: i64,
    created_at: i64,
    updated_at: i64,
}

impl From<GroupRow> for Group {
    fn from(row: GroupRow) -> Self {
        Self {
            id: GroupId(row.id),
            tenant_id: TenantId(row.tenant_id),
            name: Name::from_stored(row.name),
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        }
    }
}

/// Adds a group.
pub fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    name: &Name,
    now: Timestamp,
) -> QueryResult<Group> {
    diesel::insert_into(groups::table)
        .values((
            groups::tenant_id.eq(tenant.0),
            groups::name.eq(name.as_str()),
            groups::name_key.eq(name.key()),
            groups::created_at.eq(now.as_micros()),
            groups::updated_at.eq(now.as_micros()),
        ))
        .returning(groups::all_columns)
        .get_result::<GroupRow>(conn)
        .map(Group::from)
}

/// Whether there is a group.
pub fn exists(conn: &mut Conn, tenant: TenantId, id: GroupId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        groups::table.filter(groups::tenant_id.eq(tenant.0).and(groups::id.eq(id.0))),
    ))
    .get_result(conn)
}

/// Finds a group and keeps others from changing it until the transaction ends. Its version rises.
pub fn find_for_update(
    conn: &mut Conn,
    tenant: TenantId,
    id: GroupId,
) -> QueryResult<Option<Group>> {
    diesel::update(groups::table.filter(groups::tenant_id.eq(tenant.0).and(groups::id.eq(id.0))))
        .set(groups::version.eq(groups::version + 1))
        .returning(groups::all_columns)
        .get_result::<GroupRow>(conn)
        .optional()
        .map(|row| row.map(Group::from))
}

/// Writes what may change of a group.
pub fn update(conn: &mut Conn, group: &Group) -> QueryResult<()> {
    diesel::update(
        groups::table.filter(
            groups::tenant_id
                .eq(group.tenant_id.0)
                .and(groups::id.eq(group.id.0)),
        ),
    )
    .set((
        groups::name.eq(group.name.as_str()),
        groups::name_key.eq(group.name.key()),
        groups::updated_at.eq(group.updated_at.as_micros()),
    ))
    .execute(conn)
    .map(|_| ())
}

/// Deletes a group; its memberships go with it.
pub fn delete(conn: &mut Conn, tenant: TenantId, id: GroupId) -> QueryResult<()> {
    diesel::delete(groups::table.filter(groups::tenant_id.eq(tenant.0).and(groups::id.eq(id.0))))
        .execute(conn)
        .map(|_| ())
}

/// The groups behind one, ordered by id, each with the number of its users.
pub fn chunk(
    conn: &mut Conn,
    tenant: TenantId,
    after: Option<GroupId>,
    limit: i64,
) -> Result<Vec<GroupSize>> {
    let rows = groups::table
        .filter(
            groups::tenant_id
                .eq(tenant.0)
                .and(groups::id.gt(after.map_or(i64::MIN, |id| id.0))),
        )
        .order(groups::id)
        .limit(limit)
        .load::<GroupRow>(conn)?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(Vec::new());
    };
    let sizes: HashMap<i64, i64> = memberships::table
        // By the id alone, which is enough: with the tenant as well PostgreSQL, as long as it has no statistics,
        // reads all users of the tenant for each membership.
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(
            memberships::tenant_id
                .eq(tenant.0)
                .and(memberships::group_id.between(first.id, last.id))
                .and(users::deleted_at.is_null()),
        )
        .group_by(memberships::group_id)
        .select((memberships::group_id, diesel::dsl::count_star()))
        .load::<(i64, i64)>(conn)?
        .into_iter()
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| GroupSize {
            users: sizes.get(&row.id).copied().unwrap_or(0),
            group: row.into(),
        })
        .collect())
}
