//! Changing, deleting and restoring users.

use super::invite::{get_groups, ids};
use super::{
    change, details, ensure_version, get_for_removal, get_for_update, keep_an_admin, save, target,
};
use crate::db::{Among, api_keys, groups, links, memberships, outbox, passwords, sessions};
use crate::error::Result;
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event};
use roster_domain::id::GroupId;
use roster_domain::link::LinkKind;
use roster_domain::password::PasswordHash;
use roster_domain::permission::Permit;
use roster_domain::user::{
    ChangeRole, DeleteUser, RestoreUser, RevokeKeys, Status, UpdateUser, User, UserChanges,
    UserDetails,
};
use serde_json::Map;

impl UseCase for UpdateUser {
    type Outcome = UserDetails;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<UserDetails> {
        let before = match self.changes.role {
            Some(_) => get_for_removal(tx, permit, self.user)?,
            None => get_for_update(tx, permit, self.user)?,
        };
        ensure_version(self.version, before.version)?;
        let mut after = before.clone().update(self.changes.clone(), tx.now)?;
        keep_an_admin(tx, &before, &after)?;
        let (mut audited_before, mut audited_after) = (before.audited(), after.audited());
        if let Some(groups) = &self.groups {
            let (left, joined) = replace_groups(tx, &before, groups)?;
            if left != joined {
                after.version = before.version.saturating_add(1);
            }
            audited_before.insert("groups".to_owned(), ids(&left));
            audited_after.insert("groups".to_owned(), ids(&joined));
        }
        if let Some(password) = &self.password {
            let ended = set_password(tx, &before, password)?;
            after.version = before.version.saturating_add(1);
            audited_after.insert("sessions_ended".to_owned(), ended.into());
        }
        let (action, target) = (Action::UserUpdate, target(&after));
        let event = Event::change(action, target, &audited_before, &audited_after);
        let written = save(tx, permit, &event, (&before, &after))?;
        details(tx, written)
    }
}

/// Puts the user into these groups and no others; gives those it was in and those it is in.
fn replace_groups(
    tx: &mut Tx<'_>,
    user: &User,
    wanted: &[GroupId],
) -> Result<(Vec<GroupId>, Vec<GroupId>)> {
    let (tenant, id) = (user.tenant_id, user.id);
    let present = memberships::groups_of(tx.conn, tenant, Among::These(&[id]))?.remove(&id);
    let present: Vec<GroupId> = present
        .unwrap_or_default()
        .iter()
        .map(|group| group.id)
        .collect();
    let wanted = get_groups(tx, tenant, wanted, &present, "user.group_ids")?;
    for group in present.iter().filter(|group| !wanted.contains(group)) {
        memberships::delete(tx.conn, tenant, *group, id)?;
        groups::touch(tx.conn, tenant, *group)?;
    }
    for group in wanted.iter().filter(|group| !present.contains(group)) {
        memberships::insert(tx.conn, tenant, *group, id)?;
        groups::touch(tx.conn, tenant, *group)?;
    }
    Ok((present, wanted))
}

/// Sets another's password and ends that user's sessions; says how many.
fn set_password(tx: &mut Tx<'_>, user: &User, password: &PasswordHash) -> Result<usize> {
    if user.status() == Status::Pending {
        return Err(Refusal::PasswordOfPending.into());
    }
    let owner = (user.tenant_id, user.id);
    passwords::set(tx.conn, owner, password, tx.now)?;
    outbox::cancel(tx.conn, LinkKind::PasswordReset, user)?;
    links::delete_unused(tx.conn, user, LinkKind::PasswordReset)?;
    Ok(sessions::delete_others(tx.conn, owner.0, owner.1, None)?)
}

impl UseCase for ChangeRole {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let before = get_for_removal(tx, permit, self.user)?;
        let changes = UserChanges {
            role: Some(self.role),
            ..UserChanges::default()
        };
        let mut after = before.clone().update(changes, tx.now)?;
        keep_an_admin(tx, &before, &after)?;
        let (mut audited_before, mut audited_after) = (before.audited(), after.audited());
        if self.remove_groups {
            let (left, joined) = replace_groups(tx, &before, &[])?;
            if left != joined {
                after.version = before.version.saturating_add(1);
            }
            audited_before.insert("groups".to_owned(), ids(&left));
            audited_after.insert("groups".to_owned(), ids(&joined));
        }
        let event = Event::change(
            Action::UserChangeRole,
            target(&after),
            &audited_before,
            &audited_after,
        );
        save(tx, permit, &event, (&before, &after))
    }
}

impl UseCase for DeleteUser {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let before = get_for_removal(tx, permit, self.user)?;
        let after = before.clone().delete(tx.now)?;
        ensure_version(self.version, before.version)?;
        if permit.actor().user_id() == Some(self.user) {
            return Err(Refusal::CannotDeleteSelf.into());
        }
        keep_an_admin(tx, &before, &after)?;
        api_keys::delete_of_user(tx.conn, permit.tenant_id(), self.user)?;
        let event = change(Action::UserDelete, &before, &after);
        save(tx, permit, &event, (&before, &after))
    }
}

impl UseCase for RestoreUser {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let before = get_for_update(tx, permit, self.user)?;
        let after = before.clone().restore(tx.now)?;
        let event = change(Action::UserRestore, &before, &after);
        save(tx, permit, &event, (&before, &after))
    }
}

impl UseCase for RevokeKeys {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let user = get_for_update(tx, permit, self.user)?.changeable()?;
        let revoked = api_keys::delete_of_user(tx.conn, permit.tenant_id(), self.user)?;
        let keys = |count: usize| Map::from_iter([("api_keys".to_owned(), count.into())]);
        let event = Event::change(
            Action::UserRevokeKeys,
            target(&user),
            &keys(revoked),
            &keys(0),
        );
        tx.record(permit, &event)
    }
}
