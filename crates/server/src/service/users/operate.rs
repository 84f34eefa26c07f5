//! What only the command line does with users.

use super::{change, get_for_update, save, target, write};
use crate::db::{api_keys, audit, fault::Unique, users};
use crate::error::Result;
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event, Target};
use roster_domain::email::Email;
use roster_domain::permission::Permit;
use roster_domain::role::Role;
use roster_domain::user::{ChangeEmail, PurgeUser, RecoverAdmin, User};
use serde_json::Map;

impl UseCase for RecoverAdmin {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let tenant = permit.tenant_id();
        let (admin, mut event) = match users::find_by_email(tx.conn, tenant, &self.email)? {
            Some(user) => {
                let before = get_for_update(tx, permit, user.id)?;
                let after = before.clone().recover_as_admin(tx.now);
                let event = change(Action::UserRecoverAdmin, &before, &after);
                (write(tx, &before, &after)?, event)
            }
            None => {
                let admin = insert_admin(tx, permit, &self.email)?;
                let (target, after) = (target(&admin), admin.audited());
                let event = Event::addition(Action::UserRecoverAdmin, target, after);
                (admin, event)
            }
        };
        let owner = (tenant, admin.id);
        api_keys::insert(tx.conn, owner, &self.key, None, None, tx.now)?;
        let after = event.after.get_or_insert_default();
        after.insert("api_key".to_owned(), self.key.prefix().into());
        tx.record(permit, &event)?;
        Ok(admin)
    }
}

fn insert_admin(tx: &mut Tx<'_>, permit: &Permit<RecoverAdmin>, email: &Email) -> Result<User> {
    let tenant = permit.tenant_id();
    let new = users::NewUser {
        tenant_id: tenant,
        email,
        name: None,
        role: Role::Admin,
        allow_authentication_token: true,
        enable_export_data: false,
        activated_at: Some(tx.now),
    };
    users::insert(tx.conn, &new, tx.now).map_err(Unique::UserEmail.means(Refusal::EmailTaken))
}

impl UseCase for ChangeEmail {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let before = get_by_email(tx, permit, &self.from)?;
        let after = before.clone().change_email(self.to.clone(), tx.now)?;
        let event = change(Action::UserChangeEmail, &before, &after);
        save(tx, permit, &event, (&before, &after))
    }
}

impl UseCase for PurgeUser {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let tenant = permit.tenant_id();
        let user = get_by_email(tx, permit, &self.email)?.erasable()?;
        users::delete(tx.conn, tenant, user.id)?;
        audit::forget_user(tx.conn, tenant, user.id)?;
        // The record of it names no person either.
        let nobody = Target {
            label: format!("user {}", user.id),
            ..target(&user)
        };
        let status = Map::from_iter([("status".to_owned(), user.status().as_str().into())]);
        tx.record(permit, &Event::removal(Action::UserPurge, nobody, status))
    }
}

fn get_by_email<A>(tx: &mut Tx<'_>, permit: &Permit<A>, email: &Email) -> Result<User> {
    let user = users::find_by_email(tx.conn, permit.tenant_id(), email)?;
    get_for_update(tx, permit, user.ok_or(Refusal::NotFound)?.id)
}
