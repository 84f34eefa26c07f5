//! Changing one's own password.

use super::{get_own_for_update, own_id, own_session};
use crate::db::{links, outbox, passwords, sessions};
use crate::error::Result;
use crate::hasher::Verdict;
use crate::service::users::target;
use crate::service::{Access, Caller, State, Tx, UseCase, run};
use roster_domain::audit::{Action, Event};
use roster_domain::link::LinkKind;
use roster_domain::password::{ChangePassword, GetPasswordHash, Password, PasswordHash};
use roster_domain::permission::Permit;
use roster_domain::user::User;
use roster_domain::{Error as Refusal, Fault};
use serde_json::Map;

/// A change of one's password, as it was typed.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The present password.
    pub current: Password,
    /// The new one.
    pub password: Password,
}

/// Changes the caller's password. Its other sessions end; keys stay.
///
/// # Errors
/// The caller is unknown, the request is faulty, the present password is another, the new one is not good enough, or the database fails.
pub async fn change_password(
    state: &State,
    caller: &Caller,
    change: Result<PasswordChange>,
) -> Result<()> {
    let (change, asked) = match change {
        Ok(change) => (Some(change), Ok(GetPasswordHash)),
        Err(fault) => (None, Err(fault)),
    };
    let (user, stored) = run(state, caller, None, asked).await?;
    let PasswordChange { current, password } = change.ok_or(Refusal::NotFound)?;
    let counted = roster_domain::attempt::Attempt::change_of(user.id);
    super::count_or_refuse(state, counted.clone()).await?;
    let verdict = state.hasher.verify(current, stored.clone()).await?;
    let current = match (verdict, stored) {
        (Verdict::Right | Verdict::RightButWeak(_), Some(stored)) => stored,
        _ => {
            let fault = Fault::new("wrong", "is not your present password");
            return Err(Refusal::field("current_password", fault).into());
        }
    };
    // Who knows it has guessed nothing, be the new one good enough or not.
    super::forget_attempts(state, counted).await?;
    password
        .check(&user.email, user.name.as_ref())
        .map_err(|fault| Refusal::field("password", fault))?;
    let command = ChangePassword {
        current,
        password: state.hasher.hash(password).await?,
    };
    run(state, caller, None, Ok(command)).await
}

impl UseCase for GetPasswordHash {
    type Outcome = (User, Option<PasswordHash>);
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Self::Outcome> {
        let (tenant, id) = (permit.tenant_id(), own_id(permit)?);
        let user = crate::db::users::find(tx.conn, tenant, id)?.ok_or(Refusal::NotFound)?;
        Ok((user, passwords::find(tx.conn, tenant, id)?))
    }
}

impl UseCase for ChangePassword {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let user = get_own_for_update(tx, permit)?;
        let owner = (user.tenant_id, user.id);
        if passwords::find(tx.conn, owner.0, owner.1)?.as_ref() != Some(&self.current) {
            // Somebody else changed it since it was compared.
            let fault = Fault::new("wrong", "is not your present password");
            return Err(Refusal::field("current_password", fault).into());
        }
        passwords::set(tx.conn, owner, &self.password, tx.now)?;
        end_links(tx, &user)?;
        let ended = sessions::delete_others(tx.conn, owner.0, owner.1, own_session(permit))?;
        record(tx, permit, Action::PasswordChange, &user, ended)
    }
}

/// Ends the links to a new password, sent or not: there is a new one.
pub(super) fn end_links(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    outbox::cancel(tx.conn, LinkKind::PasswordReset, user)?;
    Ok(links::delete_unused(
        tx.conn,
        user,
        LinkKind::PasswordReset,
    )?)
}

/// Records that the password is another, and how many sessions that ended.
pub(super) fn record<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    action: Action,
    user: &User,
    ended: usize,
) -> Result<()> {
    let after = Map::from_iter([("sessions_ended".to_owned(), ended.into())]);
    tx.record(permit, &Event::addition(action, target(user), after))
}
