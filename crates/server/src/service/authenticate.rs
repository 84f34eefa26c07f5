//! Who asks: from what a request shows to the user whose it is, on fresh rows.

use super::State;
use crate::db::{Conn, api_keys, links, passwords, sessions, users};
use crate::error::Result;
use roster_domain::Error as Refusal;
use roster_domain::credential::{KeyHash, KeyOwner, StoredKey};
use roster_domain::id::{TenantId, UserId};
use roster_domain::link::{LinkFault, LinkKind};
use roster_domain::password::PasswordHash;
use roster_domain::permission::{Actor, Proof};
use roster_domain::session::{Lifetimes, Session};
use roster_domain::time::Timestamp;
use roster_domain::token::TokenHash;
use roster_domain::user::{Status, User};

/// What a request shows to be let in.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing, where a key was wanted.
    KeyMissing,
    /// Something that cannot be a key.
    KeyMalformed,
    /// A key, which may be good.
    Key(KeyHash),
    /// Nothing, where a session was wanted.
    SessionMissing,
    /// A session, which may be good.
    Session {
        /// The hash of its token; `None` for what cannot be one.
        hash: Option<TokenHash>,
        /// Whether the request needs no proof that it comes from the session's own pages, or carries it.
        is_confirmed: bool,
    },
    /// A link, which may be good.
    Link {
        /// What it has to be for.
        kind: LinkKind,
        /// The hash of its token; `None` for what cannot be one.
        hash: Option<TokenHash>,
    },
    /// A password that was found right.
    Password(RightPassword),
}

/// A password that was found right. It counts while the hash it was compared with is still the user's.
#[derive(Debug, Clone)]
pub struct RightPassword {
    pub(super) tenant: TenantId,
    pub(super) user: UserId,
    pub(super) hash: PasswordHash,
}

/// Who asks, and by what.
#[derive(Debug)]
pub(super) struct Authenticated {
    pub(super) tenant: TenantId,
    pub(super) actor: Actor,
    used: Option<Used>,
}

/// A credential whose use is written down.
#[derive(Debug)]
enum Used {
    Key(StoredKey),
    Session(Session),
}

impl Credential {
    /// Refuses what needs no database to be refused.
    pub(super) fn refuse_what_is_none(&self) -> Result<()> {
        match self {
            Self::KeyMissing => Err(Refusal::KeyMissing.into()),
            Self::KeyMalformed => Err(Refusal::KeyInvalid.into()),
            Self::SessionMissing => Err(Refusal::SessionMissing.into()),
            Self::Session { hash: None, .. } => Err(Refusal::SessionInvalid.into()),
            Self::Link { hash: None, .. } => Err(Refusal::Link(LinkFault::Unknown).into()),
            _ => Ok(()),
        }
    }

    /// Finds out whose it is, and whether it counts now.
    pub(super) fn authenticate(
        &self,
        conn: &mut Conn,
        lifetimes: &Lifetimes,
        now: Timestamp,
    ) -> Result<Authenticated> {
        self.refuse_what_is_none()?;
        let (owner, proof, used) = match self {
            Self::Key(hash) => {
                let found = api_keys::find_with_owner(conn, hash)?;
                let (key, owner) = found.ok_or(Refusal::KeyInvalid)?;
                return Authenticated::by_key(key, owner, now);
            }
            Self::Session {
                hash: Some(hash),
                is_confirmed,
            } => {
                let (session, owner) = sessions::find_with_owner(conn, hash)?
                    .filter(|(session, owner)| session.admits(owner, lifetimes, now))
                    .ok_or(Refusal::SessionInvalid)?;
                if !is_confirmed {
                    return Err(Refusal::CsrfInvalid.into());
                }
                (
                    owner,
                    Proof::Session(session.id),
                    Some(Used::Session(session)),
                )
            }
            Self::Link {
                kind,
                hash: Some(hash),
            } => {
                let (link, owner) = links::find_with_owner(conn, *kind, hash)?
                    .ok_or(Refusal::Link(LinkFault::Unknown))?;
                link.check(&owner, now).map_err(Refusal::Link)?;
                (owner, Proof::Link(link.id), None)
            }
            Self::Password(right) => (right.owner(conn)?, Proof::Password, None),
            _ => return Err(Refusal::KeyMissing.into()),
        };
        Ok(Authenticated {
            tenant: owner.tenant_id,
            actor: Actor::User {
                id: owner.id,
                email: owner.email.into_string(),
                role: owner.role,
                proof,
            },
            used,
        })
    }
}

impl RightPassword {
    /// Whoever begins a session waits here for others who change the user or its password, and then sees what they did.
    fn owner(&self, conn: &mut Conn) -> Result<User> {
        let owner = users::find_for_update(conn, self.tenant, self.user)?
            .filter(|owner| owner.status() == Status::Active)
            .ok_or(Refusal::SignInRefused)?;
        let stored = passwords::find(conn, self.tenant, self.user)?;
        if stored.as_ref() != Some(&self.hash) {
            return Err(Refusal::SignInRefused.into());
        }
        Ok(owner)
    }
}

impl Authenticated {
    /// The owner of a key, if the key counts now.
    pub(super) fn by_key(key: StoredKey, owner: KeyOwner, now: Timestamp) -> Result<Self> {
        if !key.admits(&owner, now) {
            return Err(Refusal::KeyInvalid.into());
        }
        Ok(Self {
            tenant: owner.tenant_id,
            actor: Actor::User {
                id: owner.id,
                email: owner.email,
                role: owner.role,
                proof: Proof::ApiKey(key.id),
            },
            used: Some(Used::Key(key)),
        })
    }

    /// Writes down that the credential was used: after the answer, once a minute at most, at best effort.
    pub(super) fn record_use(self, state: &State, now: Timestamp) {
        let is_due = match &self.used {
            Some(Used::Key(key)) => key.is_use_to_be_recorded(now),
            Some(Used::Session(session)) => session.is_use_to_be_recorded(now),
            None => false,
        };
        let Some(used) = self.used.filter(|_| is_due) else {
            return;
        };
        let database = state.database.clone();
        tokio::spawn(async move {
            let record = move |conn: &mut Conn| match &used {
                Used::Key(key) => Ok(api_keys::record_use(conn, key.id, key.last_used_at, now)?),
                Used::Session(session) => {
                    let before = session.last_seen_at;
                    Ok(sessions::record_use(conn, session.id, before, now)?)
                }
            };
            if let Err(error) = database.write_tx(record).await {
                tracing::debug!(error = ?error, "the last use of a credential was not recorded");
            }
        });
    }
}
