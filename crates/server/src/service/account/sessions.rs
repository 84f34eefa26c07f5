//! The sessions of the acting user.

use super::{own_id, own_session};
use crate::db::{sessions, users};
use crate::error::Result;
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event, Target, TargetKind};
use roster_domain::id::SessionId;
use roster_domain::permission::Permit;
use roster_domain::session::{EndSession, GetSession, ListSessions, Session};
use roster_domain::time::Timestamp;
use roster_domain::user::UserDetails;
use serde_json::Map;

/// The session that asks, and whose it is.
#[derive(Debug, Clone)]
pub struct OwnSession {
    /// The user.
    pub user: UserDetails,
    /// When the session ends if it is not used again.
    pub expires_at: Timestamp,
}

/// A session in a list.
#[derive(Debug, Clone)]
pub struct ListedSession {
    /// The session.
    pub session: Session,
    /// When it ends if it is not used again.
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// The session as the target of an event.
pub(super) fn target(id: SessionId) -> Target {
    Target {
        kind: TargetKind::Session,
        id: id.0,
        label: format!("session {id}"),
    }
}

impl UseCase for GetSession {
    type Outcome = OwnSession;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<OwnSession> {
        let (tenant, id) = (permit.tenant_id(), own_id(permit)?);
        let user = users::find(tx.conn, tenant, id)?.ok_or(Refusal::NotFound)?;
        let own = own_session(permit);
        let session = sessions::list(tx.conn, tenant, id)?
            .into_iter()
            .find(|session| Some(session.id) == own)
            .ok_or(Refusal::SessionInvalid)?;
        Ok(OwnSession {
            user: crate::service::users::details(tx, user)?,
            expires_at: session.ends_at(tx.lifetimes),
        })
    }
}

impl UseCase for ListSessions {
    type Outcome = Vec<ListedSession>;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Vec<ListedSession>> {
        let own = own_session(permit);
        let sessions = sessions::list(tx.conn, permit.tenant_id(), own_id(permit)?)?;
        let listed = sessions.into_iter().map(|session| ListedSession {
            expires_at: session.ends_at(tx.lifetimes),
            is_current: Some(session.id) == own,
            session,
        });
        Ok(listed.filter(|listed| tx.now < listed.expires_at).collect())
    }
}

impl UseCase for EndSession {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let user = own_id(permit)?;
        let session = self
            .session
            .or(own_session(permit))
            .ok_or(Refusal::NotFound)?;
        if !sessions::delete(tx.conn, permit.tenant_id(), user, session)? {
            return Err(Refusal::NotFound.into());
        }
        let before = Map::from_iter([("user_id".to_owned(), user.0.into())]);
        tx.record(
            permit,
            &Event::removal(Action::SessionEnd, target(session), before),
        )
    }
}
