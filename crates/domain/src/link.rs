//! Links that are mailed: invitations, and resets of forgotten passwords. Each works once, and only for a while.

use crate::{
    id::{LinkId, UserId},
    time::Timestamp,
    user::{Status, User},
};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// Accepting an invitation.
    Invitation,
    /// Choosing a new password.
    PasswordReset,
}

impl LinkKind {
    /// All kinds.
    pub const ALL: &[Self] = &[Self::Invitation, Self::PasswordReset];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }
}

/// What is known of a link that was mailed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// What it is for.
    pub kind: LinkKind,
    /// The user's invitation generation of which it is.
    pub generation: i64,
    /// Who caused the mail, if it was a user.
    pub sender_id: Option<UserId>,
    /// The time from which it is refused.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// Why a link does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFault {
    /// There is no such link, or no longer.
    Unknown,
    /// A newer one was sent, or the user was deleted and restored meanwhile.
    Replaced,
    /// The user is deleted.
    UserDeleted,
    /// Its time is over.
    Expired,
    /// It was used, or another one of the same invitation was.
    Used,
}

impl Link {
    /// Says why the link does not work for its user now, if it does not.
    ///
    /// # Errors
    /// The first of the faults that holds.
    pub fn check(&self, owner: &User, now: Timestamp) -> Result<(), LinkFault> {
        let fault = match (self.kind, owner.status()) {
            (_, Status::Deleted) => Some(LinkFault::UserDeleted),
            (LinkKind::Invitation, Status::Active) => Some(LinkFault::Used),
            (LinkKind::PasswordReset, Status::Pending) => Some(LinkFault::Unknown),
            _ if self.used_at.is_some() => Some(LinkFault::Used),
            (LinkKind::Invitation, _) if self.generation != owner.invitation_generation => {
                Some(LinkFault::Replaced)
            }
            _ if now >= self.expires_at => Some(LinkFault::Expired),
            _ => None,
        };
        fault.map_or(Ok(()), Err)
    }
}

/// Asks what an invitation says; changes nothing.
#[derive(Debug, Clone)]
pub struct GetInvitation;

/// Asks whom a link to a new password is for; changes nothing.
#[derive(Debug, Clone)]
pub struct GetPasswordReset;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::lifecycle_tests::pending;

    const NOW: i64 = 1_540_265_747_353_000;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn link(kind: LinkKind) -> Link {
        Link {
            id: LinkId(1),
            kind,
            generation: 1,
            sender_id: None,
            expires_at: at(NOW + 1),
            used_at: None,
        }
    }

    /// invite-states
    #[test]
    fn an_invitation_works_until_it_is_replaced_used_or_late() {
        let link = link(LinkKind::Invitation);
        assert_eq!(link.check(&pending(), at(NOW)), Ok(()));
        assert_eq!(link.check(&pending(), at(NOW + 1)), Err(LinkFault::Expired));
        let resent = pending().resend_invitation().unwrap();
        assert_eq!(link.check(&resent, at(NOW)), Err(LinkFault::Replaced));
        let active = pending().activate(at(NOW)).unwrap();
        assert_eq!(link.check(&active, at(NOW)), Err(LinkFault::Used));
        let deleted = active.delete(at(NOW)).unwrap();
        assert_eq!(link.check(&deleted, at(NOW)), Err(LinkFault::UserDeleted));
        let restored = pending().delete(at(NOW)).unwrap().restore(at(NOW)).unwrap();
        assert_eq!(link.check(&restored, at(NOW)), Err(LinkFault::Replaced));
    }

    #[test]
    fn a_reset_is_for_those_who_can_sign_in() {
        let link = link(LinkKind::PasswordReset);
        let active = pending().activate(at(NOW)).unwrap();
        assert_eq!(link.check(&active, at(NOW)), Ok(()));
        assert_eq!(link.check(&active, at(NOW + 1)), Err(LinkFault::Expired));
        assert_eq!(link.check(&pending(), at(NOW)), Err(LinkFault::Unknown));
        let used = Link {
            used_at: Some(at(NOW)),
            ..link
        };
        assert_eq!(used.check(&active, at(NOW)), Err(LinkFault::Used));
    }

    #[test]
    fn words_are_read_back() {
        for kind in [LinkKind::Invitation, LinkKind::PasswordReset] {
            assert_eq!(LinkKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(LinkKind::parse("other"), None);
    }
}
