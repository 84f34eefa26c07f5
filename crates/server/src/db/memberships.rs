//! Which user is in which group.

use super::conn::Conn;
use super::groups::GroupRow;
use super::schema::{groups, memberships};
use diesel::prelude::*;
use roster_domain::group::Group;
use roster_domain::id::{GroupId, TenantId, UserId};
use std::collections::HashMap;
use std::sync::Arc;

/// Makes a user a member; the caller has locked the group and seen that it is none.
pub fn insert(conn: &mut Conn, tenant: TenantId, group: GroupId, user: UserId) -> QueryResult<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::tenant_id.eq(tenant.0),
            memberships::group_id.eq(group.0),
            memberships::user_id.eq(user.0),
        ))
        .execute(conn)
        .map(|_| ())
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

/// Ends all memberships of a user.
pub fn delete_of_user(conn: &mut Conn, tenant: TenantId, user: UserId) -> QueryResult<()> {
    diesel::delete(
        memberships::table.filter(
            memberships::tenant_id
                .eq(tenant.0)
                .and(memberships::user_id.eq(user.0)),
        ),
    )
    .execute(conn)
    .map(|_| ())
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

/// The groups of the users from one id to another, those of each user ordered by id.
pub fn groups_between(
    conn: &mut Conn,
    tenant: TenantId,
    (first, last): (UserId, UserId),
) -> QueryResult<HashMap<UserId, Vec<Arc<Group>>>> {
    let rows: Vec<(i64, GroupRow)> = memberships::table
        .inner_join(groups::table)
        .filter(
            memberships::tenant_id
                .eq(tenant.0)
                .and(memberships::user_id.between(first.0, last.0)),
        )
        .order((memberships::user_id, memberships::group_id))
        .select((memberships::user_id, groups::all_columns))
        .load(conn)?;
    let mut of_users: HashMap<UserId, Vec<Arc<Group>>> = HashMap::new();
    for (user, group) in rows {
        of_users
            .entry(UserId(user))
            .or_default()
            .push(Arc::new(group.into()));
    }
    Ok(of_users)
}
