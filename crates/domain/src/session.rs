//! Sessions: browsers that have signed in.

use crate::{
    id::{SessionId, UserId},
    password::PasswordHash,
    time::Timestamp,
    token::Token,
    user::{Status, User},
};
use std::time::Duration;

/// How long things last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// A session that nobody uses.
    pub session_idle: Duration,
    /// A session, used or not.
    pub session: Duration,
    /// The link of an invitation.
    pub invitation: Duration,
    /// The link to a new password.
    pub password_reset: Duration,
}

/// What is known of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
    /// The address it began from.
    pub ip: Option<String>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

impl Session {
    /// How much of what a browser calls itself is kept, in characters.
    pub const MAX_USER_AGENT: usize = 255;

    /// When it ends if it is not used again.
    pub fn ends_at(&self, lifetimes: &Lifetimes) -> Timestamp {
        self.expires_at
            .min(self.last_seen_at.plus(lifetimes.session_idle))
    }

    /// Whether it lets its user in now.
    pub fn admits(&self, owner: &User, lifetimes: &Lifetimes, now: Timestamp) -> bool {
        owner.id == self.user_id
            && owner.status() == Status::Active
            && now < self.ends_at(lifetimes)
    }

    /// Whether its use has to be written down again: once a minute at most.
    pub fn is_use_to_be_recorded(&self, now: Timestamp) -> bool {
        now >= self.last_seen_at.plus(Duration::from_secs(60))
    }
}

/// Begins a session for a user whose password was found right.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The session's token.
    pub token: Token,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// The password hashed anew, where the stored hash is weaker than those of today.
    pub stronger: Option<PasswordHash>,
}

/// Reads the session that asks.
#[derive(Debug, Clone)]
pub struct GetSession;

/// Lists the actor's own sessions.
#[derive(Debug, Clone)]
pub struct ListSessions;

/// Ends one of the actor's own sessions.
#[derive(Debug, Clone)]
pub struct EndSession {
    /// Which; `None` is the one that asks.
    pub session: Option<SessionId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::lifecycle_tests::pending;

    const DAY: Duration = Duration::from_secs(86_400);

    fn lifetimes() -> Lifetimes {
        Lifetimes {
            session_idle: DAY * 14,
            session: DAY * 90,
            invitation: DAY * 7,
            password_reset: Duration::from_secs(3_600),
        }
    }

    fn session() -> Session {
        let now = Timestamp::from_micros(0);
        Session {
            id: SessionId(1),
            user_id: pending().id,
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(DAY * 90),
            ip: None,
            user_agent: None,
        }
    }

    #[test]
    fn a_session_ends_when_idle_and_in_any_case() {
        let now = Timestamp::from_micros(0);
        let owner = pending().activate(now).unwrap();
        let admits = |session: &Session, after: Duration| {
            session.admits(&owner, &lifetimes(), now.plus(after))
        };
        let idle = session();
        assert!(admits(&idle, DAY * 14 - Duration::from_micros(1)));
        assert!(!admits(&idle, DAY * 14));
        let used = Session {
            last_seen_at: now.plus(DAY * 89),
            ..session()
        };
        assert!(admits(&used, DAY * 90 - Duration::from_micros(1)));
        assert!(!admits(&used, DAY * 90));
    }

    /// revoked-now
    #[test]
    fn a_session_lets_only_its_active_user_in() {
        let now = Timestamp::from_micros(0);
        let active = pending().activate(now).unwrap();
        let other = User {
            id: UserId(4711),
            ..active.clone()
        };
        for (user, expected) in [
            (pending(), false),
            (active.clone().delete(now).unwrap(), false),
            (other, false),
            (active, true),
        ] {
            assert_eq!(session().admits(&user, &lifetimes(), now), expected);
        }
    }
}
