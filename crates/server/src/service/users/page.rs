//! Pages of users.

use super::read::with_details;
use crate::db::{groups, user_pages::Filtered};
use crate::error::Result;
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::page::Rows;
use roster_domain::permission::Permit;
use roster_domain::user::{GetUser, PageUsers, UserDetails, UserPage};
use std::sync::Arc;

impl UseCase for PageUsers {
    type Outcome = UserPage;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<UserPage> {
        let tenant = permit.tenant_id();
        let groups = match &self.filter.search {
            Some(term) => groups::named_like(tx.conn, tenant, term.key())?,
            None => Vec::new(),
        };
        let filtered = Filtered {
            tenant,
            filter: &self.filter,
            groups: &groups,
            now: tx.now,
        };
        let users = filtered.page(tx.conn, self)?;
        let counters = match self.counters {
            true => Some(filtered.count_by_role(tx.conn)?),
            false => None,
        };
        let Rows {
            rows,
            has_previous,
            has_next,
        } = Rows::of_read(users, &self.page);
        let rows = with_details(tx, tenant, rows)?;
        let of_rows = rows.iter().flat_map(|row| &row.groups);
        Ok(UserPage {
            groups: of_rows.map(|group| (group.id, Arc::clone(group))).collect(),
            counters,
            rows: Rows {
                rows,
                has_previous,
                has_next,
            },
        })
    }
}

impl UseCase for GetUser {
    type Outcome = UserDetails;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<UserDetails> {
        let user = crate::db::users::find(tx.conn, permit.tenant_id(), self.user)?;
        super::details(tx, user.ok_or(Refusal::NotFound)?)
    }
}
