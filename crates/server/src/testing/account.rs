//! Passwords, sessions and links put straight into the database.

use super::{Failure, TestTenant};
use crate::db::{Conn, links, passwords, sessions, users};
use roster_domain::id::UserId;
use roster_domain::link::LinkKind;
use roster_domain::password::Password;
use roster_domain::session::Session;
use roster_domain::token::Token;

/// A session of a test, as its browser has it.
#[derive(Debug, Clone)]
pub struct TestSession {
    /// The session's id.
    pub id: i64,
    /// The value of the cookie `roster_session`.
    pub cookie: String,
    /// The value of the header `X-CSRF-Token`.
    pub csrf_token: String,
}

impl TestTenant {
    /// Gives a user a password, be it a good one or not.
    pub async fn password(&self, owner: UserId, password: &str) -> Result<(), Failure> {
        let tenant = self.id;
        let hash = self.state.hasher.hash(Password::typed(password)).await?;
        let now = self.state.clock.now();
        let set = move |conn: &mut Conn| Ok(passwords::set(conn, (tenant, owner), &hash, now)?);
        Ok(self.state.database.write_tx(set).await?)
    }

    /// Gives a user a session.
    pub async fn session(&self, owner: UserId) -> Result<TestSession, Failure> {
        let (tenant, token) = (self.id, crate::service::new_token()?);
        let (hash, now) = (token.hash(), self.state.clock.now());
        let session = Session {
            id: roster_domain::id::SessionId(0),
            user_id: owner,
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(self.state.lifetimes.session),
            ip: None,
            user_agent: None,
        };
        let insert = move |conn: &mut Conn| Ok(sessions::insert(conn, tenant, &session, &hash)?);
        let id = self.state.database.write_tx(insert).await?;
        Ok(TestSession {
            id: id.0,
            cookie: token.expose().to_owned(),
            csrf_token: token.csrf_token(),
        })
    }

    /// Makes a link for a user as a mail would bring it; gives its token.
    pub async fn link(&self, owner: UserId, kind: LinkKind) -> Result<String, Failure> {
        let (tenant, now) = (self.id, self.state.clock.now());
        let token: Token = crate::service::new_token()?;
        let (hash, sender) = (token.hash(), self.admin.id);
        let lifetime = match kind {
            LinkKind::Invitation => self.state.lifetimes.invitation,
            LinkKind::PasswordReset => self.state.lifetimes.password_reset,
        };
        let insert = move |conn: &mut Conn| {
            let user = users::find(conn, tenant, owner)?;
            let link = links::NewLink {
                tenant_id: tenant,
                user_id: owner,
                kind,
                hash,
                generation: user.map_or(0, |user| user.invitation_generation),
                sender_id: Some(sender),
                expires_at: now.plus(lifetime),
            };
            Ok(links::insert(conn, &link, now)?)
        };
        self.state.database.write_tx(insert).await?;
        Ok(token.expose().to_owned())
    }
}
