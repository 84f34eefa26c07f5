//! Changing, deleting and restoring users.

use super::{change, get_for_removal, get_for_update, keep_an_admin, save, target};
use crate::db::{api_keys, memberships};
use crate::error::Result;
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event};
use roster_domain::permission::Permit;
use roster_domain::user::{
    ChangeRole, DeleteUser, RestoreUser, RevokeKeys, UpdateUser, User, UserChanges,
};
use serde_json::{Map, Value};

impl UseCase for UpdateUser {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let before = get_for_update(tx, permit, self.user)?;
        let after = before.clone().update(self.changes.clone(), tx.now)?;
        let event = change(Action::UserUpdate, &before, &after);
        save(tx, permit, &event, (&before, &after))?;
        Ok(after)
    }
}

impl UseCase for ChangeRole {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let tenant = permit.tenant_id();
        let before = get_for_removal(tx, permit, self.user)?;
        let changes = UserChanges {
            role: Some(self.role),
            ..UserChanges::default()
        };
        let after = before.clone().update(changes, tx.now)?;
        keep_an_admin(tx, &before, &after)?;
        let (mut audited_before, mut audited_after) = (before.audited(), after.audited());
        if self.remove_groups {
            let left: Vec<Value> =
                memberships::groups_between(tx.conn, tenant, (self.user, self.user))?
                    .remove(&self.user)
                    .unwrap_or_default()
                    .iter()
                    .map(|group| group.id.0.into())
                    .collect();
            memberships::delete_of_user(tx.conn, tenant, self.user)?;
            audited_before.insert("groups".to_owned(), left.into());
            audited_after.insert("groups".to_owned(), Value::Array(Vec::new()));
        }
        let event = Event::change(
            Action::UserChangeRole,
            target(&after),
            &audited_before,
            &audited_after,
        );
        save(tx, permit, &event, (&before, &after))?;
        Ok(after)
    }
}

impl UseCase for DeleteUser {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let before = get_for_removal(tx, permit, self.user)?;
        let after = before.clone().delete(tx.now)?;
        if permit.actor().user_id() == Some(self.user) {
            return Err(Refusal::CannotDeleteSelf.into());
        }
        keep_an_admin(tx, &before, &after)?;
        api_keys::delete_of_user(tx.conn, permit.tenant_id(), self.user)?;
        let event = change(Action::UserDelete, &before, &after);
        save(tx, permit, &event, (&before, &after))?;
        Ok(after)
    }
}

impl UseCase for RestoreUser {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let before = get_for_update(tx, permit, self.user)?;
        let after = before.clone().restore(tx.now)?;
        let event = change(Action::UserRestore, &before, &after);
        save(tx, permit, &event, (&before, &after))?;
        Ok(after)
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
