//! Looking a user up for whoever shows a key: one statement answers who asks and whom they asked for, so that no transaction has to
//! make one snapshot of several.

use super::State;
use super::authenticate::{Authenticated, Credential};
use super::run::{Caller, refuse};
use crate::db::{Conn, api_keys};
use crate::error::Result;
use roster_domain::Error as Refusal;
use roster_domain::email::Email;
use roster_domain::permission::{Action, Permit, grant};
use roster_domain::user::{CheckEmail, FindUser, User};

/// A command that is answered by the user who has an address.
pub trait LookUp: Action + Clone + Send + Sync + 'static {
    /// What comes of it.
    type Outcome: Send + 'static;

    /// The address.
    fn email(&self) -> &Email;

    /// What to answer to the user who has it, if there is one.
    ///
    /// # Errors
    /// The domain refuses.
    fn answer(found: Option<User>, permit: &Permit<Self>) -> Result<Self::Outcome>;
}

impl LookUp for FindUser {
    type Outcome = User;

    fn email(&self) -> &Email {
        &self.email
    }

    fn answer(found: Option<User>, _: &Permit<Self>) -> Result<User> {
        Ok(found.ok_or(Refusal::NotFound)?)
    }
}

impl LookUp for CheckEmail {
    type Outcome = bool;

    fn email(&self) -> &Email {
        &self.email
    }

    fn answer(found: Option<User>, _: &Permit<Self>) -> Result<bool> {
        Ok(found.is_some())
    }
}

/// The same as [`run`](super::run) for a command that looks a user up. Only keys lead to one.
///
/// # Errors
/// The caller is unknown or may not, the command is faulty, the domain refuses, or the database fails.
pub async fn look_up<A: LookUp>(
    state: &State,
    caller: Caller,
    command: Result<A>,
) -> Result<A::Outcome> {
    let now = state.clock.now();
    let command = match command {
        Ok(command) => command,
        Err(fault) => return Err(refuse::<A>(state, caller, None, fault).await),
    };
    let hash = match caller.credential {
        Credential::Key(hash) => hash,
        other => {
            other.refuse_what_is_none()?;
            return Err(Refusal::KeyMissing.into());
        }
    };
    let find = move |conn: &mut Conn| {
        let found = api_keys::find_with_owner_and_user(conn, &hash, command.email())?;
        let (key, owner, user) = found.ok_or(Refusal::KeyInvalid)?;
        let by = Authenticated::by_key(key, owner, now)?;
        let permit = grant::<A>(by.tenant, by.actor.clone(), command.subject())?;
        Ok((by, A::answer(user, &permit)?))
    };
    let (authenticated, outcome) = state.database.look_up(find).await?;
    authenticated.record_use(state, now);
    Ok(outcome)
}
