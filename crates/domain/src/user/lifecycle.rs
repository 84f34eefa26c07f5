//! How users become what they are.
//!
//! ```text
//! invite ─► pending ── activate ─► active
//!              │ ▲                  │ ▲
//!        delete│ │restore     delete│ │restore
//!              ▼ │                  ▼ │
//!           deleted               deleted
//! ```
//! Each step is a method that takes the present state and returns the next one, or the reason why not.

use super::{Status, User, UserChanges};
use crate::{email::Email, error::Error, name::Name, role::Role, time::Timestamp};

impl User {
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

    /// Accepts the invitation, with the name that the user goes by.
    ///
    /// # Errors
    /// The user is deleted or has accepted already.
    pub fn accept_invitation(self, name: Option<Name>, now: Timestamp) -> Result<Self, Error> {
        let user = self.activate(now)?;
        Ok(Self {
            name: name.or(user.name),
            ..user
        })
    }

    /// Signs in: the sign-in that was the latest becomes the one before it.
    pub fn sign_in(self, now: Timestamp) -> Self {
        Self {
            current_sign_in_at: Some(now),
            last_sign_in_at: self.current_sign_in_at.or(self.last_sign_in_at),
            ..self
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
            job_title: changes.job_title.unwrap_or_else(|| user.job_title.clone()),
            role: changes.role.unwrap_or(user.role),
            allow_authentication_token: changes
                .allow_authentication_token
                .unwrap_or(user.allow_authentication_token),
            enable_export_data: changes
                .enable_export_data
                .unwrap_or(user.enable_export_data),
            settings: changes.settings.unwrap_or_else(|| user.settings.clone()),
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        email::Email,
        id::{TenantId, UserId},
        name::Name,
        role::Role,
        user::Settings,
    };

    const NOW: i64 = 1_540_265_747_353_000;

    pub(crate) fn pending() -> User {
        User {
            id: UserId(1),
            tenant_id: TenantId(1),
            email: Email::parse("ana@example.com").unwrap(),
            name: None,
            title: None,
            job_title: None,
            role: Role::Admin,
            allow_authentication_token: false,
            enable_export_data: false,
            settings: Settings::default(),
            version: 1,
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
    fn signing_in_shifts_the_times() {
        let at = Timestamp::from_micros;
        let once = pending().activate(at(1)).unwrap().sign_in(at(2));
        assert_eq!(
            (once.current_sign_in_at, once.last_sign_in_at),
            (Some(at(2)), None)
        );
        let twice = once.sign_in(at(3));
        assert_eq!(
            (twice.current_sign_in_at, twice.last_sign_in_at),
            (Some(at(3)), Some(at(2)))
        );
        assert_eq!(twice.updated_at, at(1));
    }

    #[test]
    fn accepting_keeps_the_name_that_is_not_given() {
        let name = |name: &str| Name::parse_optional(name).unwrap();
        let named = User {
            name: name("Ana"),
            ..pending()
        };
        let accept = |chosen| named.clone().accept_invitation(chosen, now()).unwrap().name;
        assert_eq!(accept(None), name("Ana"));
        assert_eq!(accept(name("Anna")), name("Anna"));
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
}
