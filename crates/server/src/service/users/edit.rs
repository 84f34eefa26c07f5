//! Changing a user with, perhaps, a password, which is hashed before the transaction.

use crate::error::Result;
use crate::service::{Caller, Row, State, run};
use roster_domain::Error as Refusal;
use roster_domain::user::{GetUser, UpdateUser, UserDetails};
use roster_domain::wire::v2::UserEdit;

/// Changes a user as a caller asks, whose request may be faulty; row and version are those on which the caller insists.
///
/// # Errors
/// The caller may not, the request is faulty, the password is not good enough, the domain refuses, or the database fails.
pub async fn edit_user(
    state: &State,
    caller: &Caller,
    row: Row,
    edit: Result<(UserEdit, Option<i64>)>,
) -> Result<UserDetails> {
    let command = match edit {
        Ok((edit, version)) => hash(state, caller, edit, version).await,
        Err(fault) => Err(fault),
    };
    run(state, caller, Some(row), command).await
}

/// The change with the new password hashed, if there is one.
async fn hash(
    state: &State,
    caller: &Caller,
    edit: UserEdit,
    version: Option<i64>,
) -> Result<UpdateUser> {
    let user = edit.user;
    let password = match edit.password {
        None => None,
        Some(password) => {
            let present = run(state, caller, None, Ok(GetUser { user })).await?.user;
            let name = edit.changes.name.clone().unwrap_or(present.name);
            password
                .check(&present.email, name.as_ref())
                .map_err(|fault| Refusal::field("user.password", fault))?;
            Some(state.hasher.hash(password).await?)
        }
    };
    Ok(UpdateUser {
        user,
        changes: edit.changes,
        groups: edit.groups,
        password,
        version,
    })
}
