//! What people do for themselves: accept an invitation, sign in, change their password, their profile, their keys.
//!
//! Passwords are hashed between transactions, never in one. The use case then asks again, on fresh rows, whether what was found
//! before still holds.

mod keys;
mod links;
mod password;
mod profile;
mod sessions;
mod sign_in;

pub use keys::NewKey;
pub use links::{
    Invitation, NewAccount, accept_invitation, request_password_reset, reset_password,
};
pub use password::{PasswordChange, change_password};
pub use sessions::{ListedSession, OwnSession};
pub use sign_in::{Attempted, SignedIn, sign_in};

use super::{State, Tx};
use crate::db::{Conn, attempts, fault::Unique, tenants, users};
use crate::error::Result;
use roster_domain::Error as Refusal;
use roster_domain::attempt::Attempt;
use roster_domain::id::{SessionId, UserId};
use roster_domain::permission::{Permit, Proof};
use roster_domain::tenant::{Slug, Tenant};
use roster_domain::user::User;

/// The acting user's id.
fn own_id<A>(permit: &Permit<A>) -> Result<UserId> {
    Ok(permit.actor().user_id().ok_or(Refusal::Forbidden)?)
}

/// The session that asks.
fn own_session<A>(permit: &Permit<A>) -> Option<SessionId> {
    match permit.actor().proof() {
        Some(Proof::Session(id)) => Some(id),
        _ => None,
    }
}

/// The acting user, whom nobody else changes until the transaction ends.
fn get_own_for_update<A>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<User> {
    let id = own_id(permit)?;
    let user = users::find_for_update(tx.conn, permit.tenant_id(), id)?;
    Ok(user.ok_or(Refusal::NotFound)?)
}

/// Writes the acting user.
fn write_own(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    users::update(tx.conn, user).map_err(Unique::UserEmail.means(Refusal::EmailTaken))
}

/// The tenant that somebody names who is not known yet or, where none is named, the only one there is; and the name under which
/// attempts on it count: its slug, be that typed in whatever spelling or not at all. The work is the same, be there such a tenant or not.
fn named_tenant(conn: &mut Conn, typed: Option<&str>) -> Result<(Option<Tenant>, String)> {
    let no_slug = || Slug::from_stored(String::new());
    let tenant = match typed {
        Some(typed) => {
            tenants::find_by_slug(conn, &Slug::parse(typed).unwrap_or_else(|_| no_slug()))?
        }
        None => super::tenants::choose(conn, None)?,
    };
    let name = match &tenant {
        Some(tenant) => tenant.slug.as_str().to_owned(),
        None => typed.unwrap_or_default().trim().to_ascii_lowercase(),
    };
    Ok((tenant, name))
}

/// Counts an attempt, or refuses it because there were too many.
async fn count_or_refuse(state: &State, attempt: Attempt) -> Result<()> {
    let now = state.clock.now();
    // What was counted is kept although the attempt is refused: an error would undo it.
    let count = move |conn: &mut Conn| Ok(attempts::count(conn, &attempt, now)?);
    match state.database.write_tx(count).await? {
        Some(seconds) => Err(Refusal::TooManyAttempts(seconds).into()),
        None => Ok(()),
    }
}

/// Forgets what was counted, after an attempt that went well.
async fn forget_attempts(state: &State, attempt: Attempt) -> Result<()> {
    let forget = move |conn: &mut Conn| Ok(attempts::forget(conn, &attempt)?);
    state.database.write_tx(forget).await
}
