//! Changing a user with, perhaps, a password, which is hashed before the transaction.

use super::ensure_version;
use crate::error::Result;
use crate::service::{Caller, Row, State, run};
use roster_domain::Error as Refusal;
use roster_domain::id::UserId;
use roster_domain::user::{GetUser, UpdateUser, UserDetails};
use roster_domain::wire::v2::UserEdit;

/// Changes a user as a caller asks, whose request may be faulty; the version is the one on which the caller insists.
///
/// # Errors
/// The caller may not, the request is faulty, the user has changed, the password is not good enough, the domain refuses, or the
/// database fails.
pub async fn edit_user(
    state: &State,
    caller: &Caller,
    user: UserId,
    version: Option<i64>,
    edit: Result<UserEdit>,
) -> Result<UserDetails> {
    let row = Some(Row::User(user).at(version));
    let edit = match edit {
        Ok(edit) => edit,
        Err(fault) => return run::<UpdateUser>(state, caller, row, Err(fault)).await,
    };
    let password = match edit.password {
        None => None,
        Some(password) => {
            let present = run(state, caller, None, Ok(GetUser { user })).await?.user;
            ensure_version(version, present.version)?;
            let name = edit.changes.name.clone().unwrap_or(present.name);
            password
                .check(&present.email, name.as_ref())
                .map_err(|fault| Refusal::field("user.password", fault))?;
            Some(state.hasher.hash(password).await?)
        }
    };
    let command = UpdateUser {
        user,
        changes: edit.changes,
        groups: edit.groups,
        password,
        version,
    };
    run(state, caller, row, Ok(command)).await
}
