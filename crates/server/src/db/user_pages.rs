//! Pages of users: filtered, in any order, each as quick as the first.
//!
//! A page begins behind a row, not behind a number of rows, and the rows are read along an index that holds them in
//! their order.

use super::conn::Conn;
use super::schema::{api_keys, memberships, users};
use super::users::list;
use super::{alone, instr};
use crate::error::{Error, Result};
use diesel::connection::Connection;
use diesel::dsl::{exists, sql};
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use roster_domain::id::{GroupId, TenantId, UserId};
use roster_domain::page::Position;
use roster_domain::role::Role;
use roster_domain::time::Timestamp;
use roster_domain::user::{Direction, PageUsers, Status, User, UserFilter, UserPosition, UserSort};
use std::collections::HashMap;

type Condition =
    Box<dyn BoxableExpression<users::table, <Conn as Connection>::Backend, SqlType = Bool>>;

/// The users that a filter lets through; `groups` are those in whose name the searched text stands.
pub struct Filtered<'a> {
    /// The tenant.
    pub tenant: TenantId,
    /// The filter.
    pub filter: &'a UserFilter,
    /// The groups whose members are found by the search as well.
    pub groups: &'a [GroupId],
    /// Which keys have not expired.
    pub now: Timestamp,
}

impl Filtered<'_> {
    fn condition(&self) -> Condition {
        let mut all: Condition = Box::new(users::tenant_id.eq_any(alone(self.tenant)));
        let filter = self.filter;
        // An equation leaves the index in the list's order, and so does the one state that is not wanted; a list does not.
        if let [status] = filter.statuses.as_slice() {
            all = Box::new(all.and(users::status.eq(status.as_str())));
        } else if !filter.statuses.is_empty() {
            let is_unwanted = |status: &Status| !filter.statuses.contains(status);
            for status in Status::ALL.into_iter().filter(is_unwanted) {
                all = Box::new(all.and(users::status.ne(status.as_str())));
            }
        }
        if let Some(role) = filter.role {
            all = Box::new(all.and(users::role.eq(role.as_str())));
        }
        if let Some(ids) = &filter.ids {
            let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
            all = Box::new(all.and(users::id.eq_any(ids)));
        }
        if let Some(wanted) = filter.has_authentication_token {
            let live = api_keys::expires_at
                .is_null()
                .or(api_keys::expires_at.gt(self.now.as_micros()));
            let of_user = api_keys::tenant_id
                .eq(users::tenant_id)
                .and(api_keys::user_id.eq(users::id));
            let has = exists(api_keys::table.filter(of_user.and(live)));
            all = match wanted {
                true => Box::new(all.and(has)),
                false => Box::new(all.and(diesel::dsl::not(has))),
            };
        }
        if let Some(term) = &filter.search {
            let found = instr(users::search_key, term.key().to_owned()).gt(0);
            all = if self.groups.is_empty() {
                Box::new(all.and(found))
            } else {
                let groups: Vec<i64> = self.groups.iter().map(|id| id.0).collect();
                let members = memberships::table
                    .filter(
                        memberships::tenant_id
                            .eq(self.tenant.0)
                            .and(memberships::group_id.eq_any(groups)),
                    )
                    .select(memberships::user_id);
                Box::new(all.and(found.or(users::id.eq_any(members))))
            };
        }
        all
    }

    /// Up to one user more than the page has, in the direction of reading. Which they are is found out in the index alone, which holds
    /// what is searched as well; then their rows are read.
    pub fn page(&self, conn: &mut Conn, asked: &PageUsers) -> Result<Vec<User>> {
        let is_upwards = match asked.page.position {
            Position::Before(_) => asked.direction == Direction::Descending,
            Position::Start | Position::After(_) => asked.direction == Direction::Ascending,
        };
        let mut query = users::table
            .filter(self.condition())
            .select(users::id)
            .limit(i64::from(asked.page.limit) + 1)
            .into_boxed();
        if let Position::After(at) | Position::Before(at) = &asked.page.position {
            query = query.filter(behind(asked.sort, is_upwards, at));
        }
        query = match (asked.sort, is_upwards) {
            (UserSort::Id, true) => query.order((users::tenant_id.asc(), users::id.asc())),
            (UserSort::Id, false) => query.order((users::tenant_id.desc(), users::id.desc())),
            (UserSort::Name, true) => query.order((
                users::tenant_id.asc(),
                users::name_key.asc(),
                users::id.asc(),
            )),
            (UserSort::Name, false) => query.order((
                users::tenant_id.desc(),
                users::name_key.desc(),
                users::id.desc(),
            )),
            (UserSort::Initials, true) => query.order((
                users::tenant_id.asc(),
                users::initials_key.asc(),
                users::id.asc(),
            )),
            (UserSort::Initials, false) => query.order((
                users::tenant_id.desc(),
                users::initials_key.desc(),
                users::id.desc(),
            )),
        };
        let ids: Vec<i64> = query.load(conn)?;
        let ids: Vec<UserId> = ids.into_iter().map(UserId).collect();
        let rows = list(conn, self.tenant, &ids)?;
        let mut rows: HashMap<UserId, User> = rows.into_iter().map(|row| (row.id, row)).collect();
        Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
    }

    /// How many users of each role the filter lets through.
    pub fn count_by_role(&self, conn: &mut Conn) -> Result<Vec<(Role, i64)>> {
        let rows: Vec<(String, i64)> = users::table
            .filter(self.condition())
            .group_by(users::role)
            .select((users::role, diesel::dsl::count_star()))
            .load(conn)?;
        rows.into_iter()
            .map(|(role, count)| {
                let role = Role::parse(&role).map_err(|_| Error::internal("an unknown role"))?;
                Ok((role, count))
            })
            .collect()
    }
}

/// Behind a row. Text and id are compared as one value: an index finds the place, however many users share the text.
fn behind(sort: UserSort, is_upwards: bool, at: &UserPosition) -> Condition {
    let row = match (sort, is_upwards) {
        (UserSort::Id, true) => return Box::new(users::id.gt(at.id.0)),
        (UserSort::Id, false) => return Box::new(users::id.lt(at.id.0)),
        (UserSort::Name, true) => "(users.name_key, users.id) > (",
        (UserSort::Name, false) => "(users.name_key, users.id) < (",
        (UserSort::Initials, true) => "(users.initials_key, users.id) > (",
        (UserSort::Initials, false) => "(users.initials_key, users.id) < (",
    };
    Box::new(
        sql::<Bool>(row)
            .bind::<Text, _>(at.text.clone())
            .sql(", ")
            .bind::<BigInt, _>(at.id.0)
            .sql(")"),
    )
}
