//! Inviting.

use super::{get_for_update, save, target};
use crate::db::{fault::Unique, outbox, users};
use crate::error::Result;
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event};
use roster_domain::link::LinkKind;
use roster_domain::permission::Permit;
use roster_domain::user::{InviteUser, ResendInvitation, User};
use serde_json::Map;

impl UseCase for InviteUser {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let tenant = permit.tenant_id();
        let new = users::NewUser {
            tenant_id: tenant,
            email: &self.email,
            name: self.name.as_ref(),
            role: self.role,
            allow_authentication_token: false,
            activated_at: None,
        };
        let id = users::insert(tx.conn, &new, tx.now)
            .map_err(Unique::UserEmail.means(Refusal::EmailTaken))?;
        let user = users::find(tx.conn, tenant, id)?.ok_or(Refusal::NotFound)?;
        let sender = permit.actor().user_id();
        let message = self.message.as_ref();
        outbox::queue(
            tx.conn,
            LinkKind::Invitation,
            &user,
            sender,
            message,
            tx.now,
        )?;
        let event = Event::addition(Action::UserInvite, target(&user), user.audited());
        tx.record(permit, &event)?;
        Ok(user)
    }
}

impl UseCase for ResendInvitation {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let before = get_for_update(tx, permit, self.user)?;
        let after = before.clone().resend_invitation()?;
        let generation = |user: &User| {
            Map::from_iter([("invitation".to_owned(), user.invitation_generation.into())])
        };
        let event = Event::change(
            Action::UserResendInvitation,
            target(&after),
            &generation(&before),
            &generation(&after),
        );
        save(tx, permit, &event, (&before, &after))?;
        let message = outbox::last_message(tx.conn, &after)?;
        let sender = permit.actor().user_id();
        let message = message.as_ref();
        outbox::queue(
            tx.conn,
            LinkKind::Invitation,
            &after,
            sender,
            message,
            tx.now,
        )?;
        Ok(after)
    }
}
