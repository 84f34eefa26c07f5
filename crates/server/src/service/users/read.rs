//! Looking up and listing users.

use crate::db::{Among, api_keys, memberships, users};
use crate::error::{Error, Result};
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::id::{TenantId, UserId};
use roster_domain::permission::Permit;
use roster_domain::user::{GetOwnUser, ListUsers, User, UserDetails};

/// How many users a chunk of a list holds.
pub const USERS_A_CHUNK: usize = 1_000;

impl UseCase for ListUsers {
    type Outcome = Vec<UserDetails>;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Vec<UserDetails>> {
        let limit = i64::try_from(USERS_A_CHUNK).map_err(Error::internal)?;
        let tenant = permit.tenant_id();
        let users = users::chunk(tx.conn, tenant, self.after, limit)?;
        let (Some(first), Some(last)) = (users.first(), users.last()) else {
            return Ok(Vec::new());
        };
        let among = Among::Between(first.id, last.id);
        with_details_among(tx, tenant, among, users)
    }
}

impl UseCase for GetOwnUser {
    type Outcome = UserDetails;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<UserDetails> {
        let tenant = permit.tenant_id();
        let id = permit.actor().user_id().ok_or(Refusal::NotFound)?;
        let user = users::find(tx.conn, tenant, id)?.ok_or(Refusal::NotFound)?;
        details(tx, user)
    }
}

/// Adds what belongs to one user.
pub(in crate::service) fn details(tx: &mut Tx<'_>, user: User) -> Result<UserDetails> {
    let details = with_details(tx, user.tenant_id, vec![user])?.pop();
    Ok(details.ok_or(Refusal::NotFound)?)
}

/// The users of these ids, which are ordered, with what belongs to them.
pub(in crate::service) fn details_of(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    ids: &[UserId],
) -> Result<Vec<UserDetails>> {
    const AT_ONCE: usize = 1_000;
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        let users = users::list(tx.conn, tenant, ids)?;
        found.extend(with_details(tx, tenant, users)?);
    }
    Ok(found)
}

/// Adds what belongs to users, at most a thousand, in two statements however many they are.
pub(super) fn with_details(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    users: Vec<User>,
) -> Result<Vec<UserDetails>> {
    let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
    match ids.is_empty() {
        true => Ok(Vec::new()),
        false => with_details_among(tx, tenant, Among::These(&ids), users),
    }
}

fn with_details_among(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    among: Among<'_>,
    users: Vec<User>,
) -> Result<Vec<UserDetails>> {
    let mut groups = memberships::groups_of(tx.conn, tenant, among)?;
    let owners = api_keys::owners(tx.conn, tenant, among, tx.now)?;
    Ok(users
        .into_iter()
        .map(|user| UserDetails {
            groups: groups.remove(&user.id).unwrap_or_default(),
            has_authentication_token: owners.binary_search(&user.id).is_ok(),
            user,
        })
        .collect())
}
