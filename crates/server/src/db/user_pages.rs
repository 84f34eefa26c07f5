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
        let parts = match &asked.page.position {
            Position::Start => vec![self.condition()],
            Position::After(at) | Position::Before(at) => behind(conn, asked.sort, is_upwards, at)
                .into_iter()
                .map(|part| -> Condition { Box::new(self.condition().and(part)) })
                .collect(),
        };
        let wanted = usize::try_from(asked.page.limit).map_err(Error::internal)? + 1;
        let mut ids = Vec::with_capacity(wanted);
        for part in parts {
            let missing = wanted - ids.len();
            if missing > 0 {
                ids.extend(in_order(conn, part, asked.sort, is_upwards, missing)?);
            }
        }
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

/// The first of the users that a condition lets through.
fn in_order(
    conn: &mut Conn,
    condition: Condition,
    sort: UserSort,
    is_upwards: bool,
    limit: usize,
) -> Result<Vec<UserId>> {
    let query = users::table
        .filter(condition)
        .select(users::id)
        .limit(i64::try_from(limit).map_err(Error::internal)?)
        .into_boxed();
    let query = match (sort, is_upwards) {
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
    Ok(ids.into_iter().map(UserId).collect())
}

/// Behind a row: one condition, or several for users that follow each other. An index finds the place, however many users share the text.
fn behind(conn: &Conn, sort: UserSort, is_upwards: bool, at: &UserPosition) -> Vec<Condition> {
    /// PostgreSQL compares text and id as one value. SQLite then looks for the text only, and reads all who share it.
    macro_rules! behind_text {
        ($key:expr, $compared:literal) => {
            match (conn, is_upwards) {
                (Conn::Postgres(_), true) => vec![as_one(concat!($compared, " > ("), at)],
                (Conn::Postgres(_), false) => vec![as_one(concat!($compared, " < ("), at)],
                (Conn::Sqlite(_), true) => vec![
                    Box::new($key.eq(at.text.clone()).and(users::id.gt(at.id.0))),
                    Box::new($key.gt(at.text.clone())),
                ],
                (Conn::Sqlite(_), false) => vec![
                    Box::new($key.eq(at.text.clone()).and(users::id.lt(at.id.0))),
                    Box::new($key.lt(at.text.clone())),
                ],
            }
        };
    }
    match (sort, is_upwards) {
        (UserSort::Id, true) => vec![Box::new(users::id.gt(at.id.0))],
        (UserSort::Id, false) => vec![Box::new(users::id.lt(at.id.0))],
        (UserSort::Name, _) => behind_text!(users::name_key, "(users.name_key, users.id)"),
        (UserSort::Initials, _) => {
            behind_text!(users::initials_key, "(users.initials_key, users.id)")
        }
    }
}

fn as_one(compared: &str, at: &UserPosition) -> Condition {
    Box::new(
        sql::<Bool>(compared)
            .bind::<Text, _>(at.text.clone())
            .sql(", ")
            .bind::<BigInt, _>(at.id.0)
            .sql(")"),
    )
}
