//! What can be asked about users.

use super::UserChanges;
use crate::{
    credential::ApiKey,
    email::Email,
    error::Fault,
    id::{GroupId, UserId},
    name::{Message, Name},
    password::PasswordHash,
    role::Role,
    version::Version,
};

/// Reads a chunk of the tenant's users, deleted and pending ones included, ordered by id.
#[derive(Debug, Clone)]
pub struct ListUsers {
    /// The chunk begins behind this user.
    pub after: Option<UserId>,
}

/// Finds a user by address; deleted ones too.
#[derive(Debug, Clone)]
pub struct FindUser {
    /// The address, in any spelling.
    pub email: Email,
}

/// Asks whether an address is taken in the tenant, be it by a deleted user.
#[derive(Debug, Clone)]
pub struct CheckEmail {
    /// The address, in any spelling.
    pub email: Email,
}

/// Reads the actor's own user.
#[derive(Debug, Clone)]
pub struct GetOwnUser;

/// Creates pending users and queues their mails, all or nothing.
#[derive(Debug, Clone)]
pub struct InviteUsers {
    /// Whom to invite: at least one, nobody twice.
    pub invited: Vec<Invited>,
    /// Texts that should have been addresses; the command is refused for them, together with those that are taken.
    pub malformed: Vec<RefusedEmail>,
    /// As what.
    pub role: Role,
    /// Whether their API keys are accepted.
    pub allow_authentication_token: bool,
    /// Whether they may export data.
    pub enable_export_data: bool,
    /// The groups that they are in.
    pub groups: Vec<GroupId>,
    /// What the mails say besides.
    pub message: Option<Message>,
}

/// Somebody to be invited.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The address.
    pub email: Email,
    /// The name, if known.
    pub name: Option<Name>,
}

/// An address that cannot be invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEmail {
    /// The address, as typed.
    pub email: String,
    /// Why not.
    pub reason: Fault,
}

/// Sends a pending user a fresh link.
#[derive(Debug, Clone)]
pub struct ResendInvitation {
    /// The invited user.
    pub user: UserId,
}

/// Deletes a user softly.
#[derive(Debug, Clone)]
pub struct DeleteUser {
    /// Whom.
    pub user: UserId,
    /// The version that the user still has to have, if the caller insists.
    pub version: Option<Version>,
}

/// Restores a deleted user.
#[derive(Debug, Clone)]
pub struct RestoreUser {
    /// Whom.
    pub user: UserId,
}

/// Changes a user: attributes, memberships and password, all or nothing.
#[derive(Debug, Clone)]
pub struct UpdateUser {
    /// Whom.
    pub user: UserId,
    /// What to set.
    pub changes: UserChanges,
    /// The groups that the user is in from now on, if that changes.
    pub groups: Option<Vec<GroupId>>,
    /// The new password, hashed, if it changes.
    pub password: Option<PasswordHash>,
    /// The version that the user still has to have, if the caller insists.
    pub version: Option<Version>,
}

impl UpdateUser {
    /// Changes attributes and nothing else.
    pub fn attributes(user: UserId, changes: UserChanges) -> Self {
        Self {
            user,
            changes,
            groups: None,
            password: None,
            version: None,
        }
    }
}

/// Changes attributes of the actor's own user.
#[derive(Debug, Clone)]
pub struct UpdateOwnUser {
    /// What to set.
    pub changes: UserChanges,
}

/// Changes a user's role and, if asked, ends all memberships.
#[derive(Debug, Clone)]
pub struct ChangeRole {
    /// Whose.
    pub user: UserId,
    /// The new role.
    pub role: Role,
    /// Whether the user leaves all groups.
    pub remove_groups: bool,
}

/// Revokes all API keys of a user.
#[derive(Debug, Clone)]
pub struct RevokeKeys {
    /// Whose.
    pub user: UserId,
}

/// Gives somebody an active admin with a fresh key, when all are gone or locked out: the user of that address, whatever
/// its state, or a new one.
#[derive(Debug, Clone)]
pub struct RecoverAdmin {
    /// The admin's address.
    pub email: Email,
    /// The admin's key.
    pub key: ApiKey,
}

/// Moves a user to another address; outstanding links die.
#[derive(Debug, Clone)]
pub struct ChangeEmail {
    /// The present address.
    pub from: Email,
    /// The new one.
    pub to: Email,
}

/// Erases a deleted user for good and frees the address. The audit trail keeps the events, without the person.
#[derive(Debug, Clone)]
pub struct PurgeUser {
    /// The user's address.
    pub email: Email,
}
