//! Which user is in which group.

use super::Among;
use super::conn::{Conn, directly};
use super::groups::GroupRow;
use super::schema::{groups, memberships, users};
use diesel::prelude::*;
use roster_domain::group::Group;
use roster_domain::id::{GroupId, TenantId, UserId};
use std::collections::HashMap;
use std::sync::Arc;

/// Makes a user a member; the caller has locked the group and seen that it is none.
pub fn insert(conn: &mut Conn, tenant: TenantId, group: GroupId, user: UserId) -> QueryResult<()> {
    let insert = diesel::insert_into(memberships::table).values((
        memberships::tenant_id.eq(tenant.0),
        memberships::group_id.eq(group.0),
        memberships::user_id.eq(user.0),
    ));
    directly!(conn => insert.execute(conn)).map(|_| ())
}

/// Whether a user is a member.
pub fn exists(
    conn: &mut Conn,
    tenant: TenantId,
    group: GroupId,
    user: UserId,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        memberships::table.filter(
            memberships::tenant_id
                .eq(tenant.0)
                .and(memberships::user_id.eq(user.0))
                .and(memberships::group_id.eq(group.0)),
        ),
    ))
    .get_result(conn)
}

/// Ends a membership; says whether there was one.
pub fn delete(
    conn: &mut Conn,
    tenant: TenantId,
    group: GroupId,
    user: UserId,
) -> QueryResult<bool> {
    diesel::delete(
        memberships::table.filter(
            memberships::tenant_id
                .eq(tenant.0)
                .and(memberships::user_id.eq(user.0))
                .and(memberships::group_id.eq(group.0)),
        ),
    )
    .execute(conn)
    .map(|deleted| deleted > 0)
}

/// The users of each of these groups, ordered by id, without deleted ones.
pub fn users_of(
    conn: &mut Conn,
    tenant: TenantId,
    groups: &[GroupId],
) -> QueryResult<HashMap<GroupId, Vec<UserId>>> {
    let ids: Vec<i64> = groups.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, i64)> = memberships::table
        // By the id alone, which is enough, as where the sizes of groups are counted.
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(
            memberships::tenant_id
                .eq(tenant.0)
                .and(memberships::group_id.eq_any(ids))
                .and(users::deleted_at.is_null()),
        )
        .order((memberships::group_id, memberships::user_id))
        .select((memberships::group_id, memberships::user_id))
        .load(conn)?;
    let mut members: HashMap<GroupId, Vec<UserId>> = HashMap::new();
    for (group, user) in rows {
        members
            .entry(GroupId(group))
            .or_default()
            .push(UserId(user));
    }
    Ok(members)
}

/// How many members a group has, deleted users included.
pub fn count_of_group(conn: &mut Conn, tenant: TenantId, group: GroupId) -> QueryResult<i64> {
    memberships::table
        .filter(
            memberships::tenant_id
                .eq(tenant.0)
                .and(memberships::group_id.eq(group.0)),
        )
        .count()
        .get_result(conn)
}

/// In how many groups a user is.
pub fn count_of_user(conn: &mut Conn, tenant: TenantId, user: UserId) -> QueryResult<i64> {
    memberships::table
        .filter(
            memberships::tenant_id
                .eq(tenant.0)
                .and(memberships::user_id.eq(user.0)),
        )
        .count()
        .get_result(conn)
}

/// The groups of these users, those of each user ordered by id.
pub fn groups_of(
    conn: &mut Conn,
    tenant: TenantId,
    users: Among<'_>,
) -> QueryResult<HashMap<UserId, Vec<Arc<Group>>>> {
    let query = memberships::table
        .inner_join(groups::table)
        .filter(memberships::tenant_id.eq(tenant.0))
        .order((memberships::user_id, memberships::group_id))
        .select((memberships::user_id, groups::all_columns))
        .into_boxed();
    let query = match users {
        Among::Between(first, last) => query.filter(memberships::user_id.between(first.0, last.0)),
        Among::These(ids) => query.filter(memberships::user_id.eq_any(ids.iter().map(|id| id.0))),
    };
    let rows: Vec<(i64, GroupRow)> = query.load(conn)?;
    let mut of_users: HashMap<UserId, Vec<Arc<Group>>> = HashMap::new();
    for (user, group) in rows {
        of_users
            .entry(UserId(user))
            .or_default()
            .push(Arc::new(group.into()));
    }
    Ok(of_users)
}
