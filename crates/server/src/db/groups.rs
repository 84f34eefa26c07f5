//! The groups' rows.

use super::conn::Conn;
use super::schema::{groups, memberships, users};
use super::{alone, instr};
use crate::error::Result;
use diesel::prelude::*;
use roster_domain::group::{Group, GroupSize};
use roster_domain::id::{GroupId, TenantId};
use roster_domain::name::Name;
use roster_domain::page::{Page, Position};
use roster_domain::time::Timestamp;
use roster_domain::user::Direction;
use std::collections::HashMap;

/// A group's row, in the order of the columns.
#[derive(Debug, Queryable)]
pub struct GroupRow {
    id: i64,
    tenant_id: i64,
    name: String,
    _name_key: String,
    version: i64,
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
            version: row.version,
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
    let group = Group {
        id: GroupId(0),
        tenant_id: tenant,
        name: name.clone(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    insert_as_it_is(conn, &group)
}

/// Adds a group with all that it has been elsewhere; one of id 0 is given an id.
pub fn insert_as_it_is(conn: &mut Conn, group: &Group) -> QueryResult<Group> {
    let row = (
        groups::tenant_id.eq(group.tenant_id.0),
        groups::name.eq(group.name.as_str()),
        groups::name_key.eq(group.name.key()),
        groups::created_at.eq(group.created_at.as_micros()),
        groups::updated_at.eq(group.updated_at.as_micros()),
    );
    let insert = diesel::insert_into(groups::table);
    let inserted: GroupRow = match group.id {
        GroupId(0) => insert
            .values(row)
            .returning(groups::all_columns)
            .get_result(conn)?,
        GroupId(id) => insert
            .values((groups::id.eq(id), row))
            .returning(groups::all_columns)
            .get_result(conn)?,
    };
    Ok(inserted.into())
}

/// Those of these ids, at most a thousand, that groups of any tenant have.
pub fn present(conn: &mut Conn, ids: &[GroupId]) -> QueryResult<Vec<GroupId>> {
    let ids: Vec<i64> = groups::table
        .filter(groups::id.eq_any(ids.iter().map(|id| id.0)))
        .select(groups::id)
        .load(conn)?;
    Ok(ids.into_iter().map(GroupId).collect())
}

/// The groups of the tenant that have one of these names, at most a thousand, as they are compared.
pub fn named(
    conn: &mut Conn,
    tenant: TenantId,
    keys: &[String],
) -> QueryResult<Vec<(String, GroupId)>> {
    let rows: Vec<(String, i64)> = groups::table
        .filter(
            groups::tenant_id
                .eq(tenant.0)
                .and(groups::name_key.eq_any(keys)),
        )
        .select((groups::name_key, groups::id))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(key, id)| (key, GroupId(id)))
        .collect())
}

/// Finds a group and keeps others from changing it until the transaction ends.
pub fn find_for_update(
    conn: &mut Conn,
    tenant: TenantId,
    id: GroupId,
) -> QueryResult<Option<Group>> {
    diesel::update(groups::table.filter(groups::tenant_id.eq(tenant.0).and(groups::id.eq(id.0))))
        .set(groups::version.eq(groups::version))
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
        groups::version.eq(group.version),
    ))
    .execute(conn)
    .map(|_| ())
}

/// Finds a group.
pub fn find(conn: &mut Conn, tenant: TenantId, id: GroupId) -> QueryResult<Option<Group>> {
    groups::table
        .filter(groups::tenant_id.eq(tenant.0).and(groups::id.eq(id.0)))
        .get_result::<GroupRow>(conn)
        .optional()
        .map(|row| row.map(Group::from))
}

/// Up to so many groups from a position, ordered by id in a direction; those before a position come in the opposite one.
pub fn page(
    conn: &mut Conn,
    tenant: TenantId,
    direction: Direction,
    page: &Page<GroupId>,
) -> QueryResult<Vec<Group>> {
    let mut query = groups::table
        .filter(groups::tenant_id.eq_any(alone(tenant)))
        .limit(i64::from(page.limit) + 1)
        .into_boxed();
    let (bound, is_upwards) = match (page.position, direction) {
        (Position::Start, direction) => (None, direction == Direction::Ascending),
        (Position::After(id), direction) => (Some(id), direction == Direction::Ascending),
        (Position::Before(id), direction) => (Some(id), direction == Direction::Descending),
    };
    query = match (bound, is_upwards) {
        (Some(id), true) => query.filter(groups::id.gt(id.0)),
        (Some(id), false) => query.filter(groups::id.lt(id.0)),
        (None, _) => query,
    };
    query = match is_upwards {
        true => query.order((groups::tenant_id.asc(), groups::id.asc())),
        false => query.order((groups::tenant_id.desc(), groups::id.desc())),
    };
    let rows: Vec<GroupRow> = query.load(conn)?;
    Ok(rows.into_iter().map(Group::from).collect())
}

/// Of these ids those that groups of the tenant have, ordered; nobody changes these groups until the transaction ends.
pub fn lock_all(conn: &mut Conn, tenant: TenantId, ids: &[GroupId]) -> QueryResult<Vec<GroupId>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        // One by one and in order, so that no two transactions wait for each other.
        if find_for_update(conn, tenant, *id)?.is_some() {
            found.push(*id);
        }
    }
    Ok(found)
}

/// Raises the version of a group: its members are others.
pub fn touch(conn: &mut Conn, tenant: TenantId, id: GroupId) -> QueryResult<()> {
    diesel::update(groups::table.filter(groups::tenant_id.eq(tenant.0).and(groups::id.eq(id.0))))
        .set(groups::version.eq(groups::version + 1))
        .execute(conn)
        .map(|_| ())
}

/// The groups in whose name a text stands.
pub fn named_like(conn: &mut Conn, tenant: TenantId, key: &str) -> QueryResult<Vec<GroupId>> {
    let ids: Vec<i64> = groups::table
        .filter(
            groups::tenant_id
                .eq(tenant.0)
                .and(instr(groups::name_key, key).gt(0)),
        )
        .select(groups::id)
        .load(conn)?;
    Ok(ids.into_iter().map(GroupId).collect())
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
                .eq_any(alone(tenant))
                .and(groups::id.gt(after.map_or(i64::MIN, |id| id.0))),
        )
        .order((groups::tenant_id, groups::id))
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
