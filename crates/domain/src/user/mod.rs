//! Users: what they are, and how they become it.
//!
//! ```text
//! invite ─► pending ── activate ─► active
//!              │ ▲                  │ ▲
//!        delete│ │restore     delete│ │restore
//!              ▼ │                  ▼ │
//!           deleted               deleted
//! ```
//! Each step is a method that takes the present state and returns the next one, or the reason why not.

mod command;

pub use command::*;

use crate::{
    email::Email,
    error::Error,
    group::Group,
    id::{TenantId, UserId},
    name::Name,
    role::Role,
    text,
    time::Timestamp,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// A user of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id, never used again.
    pub id: UserId,
    /// The tenant the user belongs to.
    pub tenant_id: TenantId,
    /// The address, unique in the tenant, deleted users included.
    pub email: Email,
    /// The name, if one was given.
    pub name: Option<Name>,
    /// The title, if one was given.
    pub title: Option<Name>,
    /// The role.
    pub role: Role,
    /// Whether the user's API keys are accepted.
    pub allow_authentication_token: bool,
    /// When the invitation was accepted.
    pub activated_at: Option<Timestamp>,
    /// When the user was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The latest sign-in.
    pub current_sign_in_at: Option<Timestamp>,
    /// The sign-in before the latest.
    pub last_sign_in_at: Option<Timestamp>,
    /// Links of an older generation than this are dead.
    pub invitation_generation: i64,
    /// When the user was invited.
    pub created_at: Timestamp,
    /// When an attribute of the user last changed.
    pub updated_at: Timestamp,
}

/// Where a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Invited, not accepted yet.
    Pending,
    /// May sign in.
    Active,
    /// Deleted; the row, the groups and the address are kept.
    Deleted,
}

impl Status {
    /// The word for the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Deleted => "deleted",
        }
    }
}

impl User {
    /// Where the user stands.
    pub fn status(&self) -> Status {
        match (self.deleted_at, self.activated_at) {
            (Some(_), _) => Status::Deleted,
            (None, Some(_)) => Status::Active,
            (None, None) => Status::Pending,
        }
    }

    /// Whether the user counts as one of the admins of which a tenant keeps at least one.
    /// Switching API access off does not make an admin inactive.
    pub fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.status() == Status::Active
    }

    /// The name, or else the part of the address before the `@`.
    pub fn display_name(&self) -> &str {
        self.name
            .as_ref()
            .map_or(self.email.local_part(), Name::as_str)
    }

    /// The first two letters or digits of the name, or else of the address.
    pub fn initials(&self) -> String {
        self.name
            .as_ref()
            .and_then(|name| text::initials(name.as_str()))
            .or_else(|| text::initials(self.email.as_str()))
            .unwrap_or_default()
    }

    /// Accepts the invitation.
    ///
    /// # Errors
    /// The user is deleted or has accepted already.
    pub fn activate(self, now: Timestamp) -> Result<Self, Error> {
        match self.status() {
            Status::Deleted => Err(Error::UserDeleted),
            Status::Active => Err(Error::InvitationAccepted),
            Status::Pending => Ok(Self {
                activated_at: Some(now),
                updated_at: now,
                ..self
            }),
        }
    }

    /// Sends the invitation anew; the links of older ones die.
    ///
    /// # Errors
    /// The user is deleted or has accepted already.
    pub fn resend_invitation(self) -> Result<Self, Error> {
        match self.status() {
            Status::Deleted => Err(Error::UserDeleted),
            Status::Active => Err(Error::InvitationAccepted),
            Status::Pending => Ok(self.with_dead_links()),
        }
    }

    /// Deletes softly: everything is kept but what gives access. Links die here, keys and sessions
    /// in the same transaction.
    ///
    /// # Errors
    /// The user is deleted already.
    pub fn delete(self, now: Timestamp) -> Result<Self, Error> {
        if self.status() == Status::Deleted {
            return Err(Error::UserAlreadyDeleted);
        }
        Ok(Self {
            deleted_at: Some(now),
            updated_at: now,
            ..self.with_dead_links()
        })
    }

    /// Undoes a deletion: the user is again what it was.
    ///
    /// # Errors
    /// The user is not deleted.
    pub fn restore(self, now: Timestamp) -> Result<Self, Error> {
        if self.status() != Status::Deleted {
            return Err(Error::UserNotDeleted);
        }
        Ok(Self {
            deleted_at: None,
            updated_at: now,
            ..self
        })
    }

    /// The user as an active admin whose keys are accepted, whatever it was.
    pub fn recover_as_admin(self, now: Timestamp) -> Self {
        Self {
            role: Role::Admin,
            allow_authentication_token: true,
            activated_at: self.activated_at.or(Some(now)),
            deleted_at: None,
            updated_at: now,
            ..self.with_dead_links()
        }
    }

    /// The user under another address; the links sent to the old one die.
    ///
    /// # Errors
    /// The user is deleted.
    pub fn change_email(self, to: Email, now: Timestamp) -> Result<Self, Error> {
        Ok(Self {
            email: to,
            updated_at: now,
            ..self.changeable()?.with_dead_links()
        })
    }

    /// The same user, which may be erased.
    ///
    /// # Errors
    /// The user is not deleted.
    pub fn erasable(self) -> Result<Self, Error> {
        match self.status() {
            Status::Deleted => Ok(self),
            Status::Pending | Status::Active => Err(Error::UserNotDeleted),
        }
    }

    /// The same user, which may be changed.
    ///
    /// # Errors
    /// The user is deleted.
    pub fn changeable(self) -> Result<Self, Error> {
        match self.status() {
            Status::Deleted => Err(Error::UserDeleted),
            Status::Pending | Status::Active => Ok(self),
        }
    }

    /// Sets what the changes name and leaves the rest alone.
    ///
    /// # Errors
    /// The user is deleted.
    pub fn update(self, changes: UserChanges, now: Timestamp) -> Result<Self, Error> {
        let user = self.changeable()?;
        let updated = Self {
            name: changes.name.unwrap_or_else(|| user.name.clone()),
            title: changes.title.unwrap_or_else(|| user.title.clone()),
            role: changes.role.unwrap_or(user.role),
            allow_authentication_token: changes
                .allow_authentication_token
                .unwrap_or(user.allow_authentication_token),
            ..user.clone()
        };
        if updated == user {
            return Ok(user);
        }
        Ok(Self {
            updated_at: now,
            ..updated
        })
    }

    fn with_dead_links(self) -> Self {
        Self {
            invitation_generation: self.invitation_generation.saturating_add(1),
            ..self
        }
    }

    /// What the audit trail says of a user: all that changes, nothing secret.
    pub fn audited(&self) -> Map<String, Value> {
        let name = |name: &Option<Name>| name.as_ref().map(Name::as_str).map(Value::from);
        Map::from_iter([
            ("email".to_owned(), self.email.as_str().into()),
            ("name".to_owned(), name(&self.name).into()),
            ("title".to_owned(), name(&self.title).into()),
            ("role".to_owned(), self.role.as_str().into()),
            ("status".to_owned(), self.status().as_str().into()),
            (
                "allow_authentication_token".to_owned(),
                self.allow_authentication_token.into(),
            ),
        ])
    }
}

/// Refuses a change that would leave a tenant without an active admin.
///
/// # Errors
/// The user was the last one and is none any more.
pub fn ensure_admin_remains(
    before: &User,
    after: &User,
    other_active_admins: i64,
) -> Result<(), Error> {
    if before.is_active_admin() && !after.is_active_admin() && other_active_admins == 0 {
        return Err(Error::LastAdmin);
    }
    Ok(())
}

/// A user with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetails {
    /// The user.
    pub user: User,
    /// The groups it is in, ordered by id.
    pub groups: Vec<Arc<Group>>,
    /// Whether it has a key that has not expired, be API access on or off.
    pub has_authentication_token: bool,
}

/// What to set; `None` leaves a field alone, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChanges {
    /// The name.
    pub name: Option<Option<Name>>,
    /// The title.
    pub title: Option<Option<Name>>,
    /// The role.
    pub role: Option<Role>,
    /// Whether the user's API keys are accepted.
    pub allow_authentication_token: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_540_265_747_353_000;

    fn pending() -> User {
        User {
            id: UserId(1),
            tenant_id: TenantId(1),
            email: Email::parse("ana@example.com").unwrap(),
            name: None,
            title: None,
            role: Role::Admin,
            allow_authentication_token: false,
            activated_at: None,
            deleted_at: None,
            current_sign_in_at: None,
            last_sign_in_at: None,
            invitation_generation: 1,
            created_at: Timestamp::from_micros(1),
            updated_at: Timestamp::from_micros(1),
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_micros(NOW)
    }

    #[test]
    fn an_invitation_is_accepted_once() {
        let active = pending().activate(now()).unwrap();
        assert_eq!(active.status(), Status::Active);
        assert_eq!(
            active.clone().activate(now()),
            Err(Error::InvitationAccepted)
        );
        assert_eq!(active.resend_invitation(), Err(Error::InvitationAccepted));
    }

    #[test]
    fn resending_kills_older_links() {
        let resent = pending().resend_invitation().unwrap();
        assert_eq!(resent.invitation_generation, 2);
    }

    /// restore-exact
    #[test]
    fn restoring_brings_back_what_was_there() {
        for before in [pending(), pending().activate(now()).unwrap()] {
            let deleted = before.clone().delete(now()).unwrap();
            assert_eq!(deleted.status(), Status::Deleted);
            let restored = deleted.restore(now()).unwrap();
            assert_eq!(
                restored,
                User {
                    invitation_generation: 2,
                    updated_at: now(),
                    ..before
                }
            );
        }
    }

    #[test]
    fn a_deleted_user_can_only_be_restored() {
        let deleted = pending().delete(now()).unwrap();
        let again = |step: fn(User) -> Result<User, Error>| step(deleted.clone()).unwrap_err();
        assert_eq!(again(|u| u.delete(now())), Error::UserAlreadyDeleted);
        assert_eq!(again(|u| u.activate(now())), Error::UserDeleted);
        assert_eq!(again(User::resend_invitation), Error::UserDeleted);
        assert_eq!(
            again(|u| u.update(UserChanges::default(), now())),
            Error::UserDeleted
        );
        assert_eq!(pending().restore(now()), Err(Error::UserNotDeleted));
    }

    /// partial-update
    #[test]
    fn an_update_touches_the_named_fields() {
        let changes = UserChanges {
            title: Some(Name::parse_optional("Dr").unwrap()),
            ..UserChanges::default()
        };
        let updated = pending().update(changes, now()).unwrap();
        assert_eq!(
            updated,
            User {
                title: Name::parse_optional("Dr").unwrap(),
                updated_at: now(),
                ..pending()
            }
        );
    }

    /// last-admin
    #[test]
    fn one_active_admin_remains() {
        let admin = pending().activate(now()).unwrap();
        let deleted = admin.clone().delete(now()).unwrap();
        assert_eq!(
            ensure_admin_remains(&admin, &deleted, 0),
            Err(Error::LastAdmin)
        );
        assert_eq!(ensure_admin_remains(&admin, &deleted, 1), Ok(()));
        assert_eq!(
            ensure_admin_remains(&pending(), &pending().delete(now()).unwrap(), 0),
            Ok(())
        );
        let without_access = User {
            allow_authentication_token: false,
            ..admin.clone()
        };
        assert_eq!(ensure_admin_remains(&admin, &without_access, 0), Ok(()));
    }

    #[test]
    fn any_user_can_be_recovered_as_an_admin() {
        let viewer = User {
            role: Role::Viewer,
            ..pending()
        };
        for user in [viewer.clone(), viewer.delete(now()).unwrap()] {
            let generation = user.invitation_generation;
            let admin = user.recover_as_admin(now());
            assert!(admin.is_active_admin() && admin.allow_authentication_token);
            assert_eq!(admin.invitation_generation, generation + 1);
        }
    }

    #[test]
    fn links_to_an_old_address_die() {
        let to = Email::parse("ana@example.org").unwrap();
        let moved = pending().change_email(to.clone(), now()).unwrap();
        assert_eq!((moved.email, moved.invitation_generation), (to.clone(), 2));
        let deleted = pending().delete(now()).unwrap();
        assert_eq!(deleted.change_email(to, now()), Err(Error::UserDeleted));
    }

    #[test]
    fn only_deleted_users_are_erased() {
        assert_eq!(pending().erasable(), Err(Error::UserNotDeleted));
        assert!(pending().delete(now()).unwrap().erasable().is_ok());
    }

    #[test]
    fn without_a_name_the_address_speaks() {
        assert_eq!(pending().display_name(), "ana");
        assert_eq!(pending().initials(), "An");
    }
}
