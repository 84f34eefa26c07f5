//! Passwords, sessions and links put straight into the database.

use super::{Failure, TestTenant};
use crate::db::{Conn, links, passwords, sessions, users};
use roster_domain::id::UserId;
use roster_domain::link::LinkKind;
use roster_domain::password::Password;
use roster_domain::session::Session;
use roster_domain::time::Timestamp;
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

/// Whether a link of a test works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFixture {
    /// It works.
    Live,
    /// It has expired.
    Expired,
    /// It was used.
    Used,
    /// A newer invitation was sent.
    Replaced,
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
        let end = self.state.clock.now().plus(self.state.lifetimes.session);
        self.session_until(owner, end).await
    }

    /// Gives a user a session that has expired.
    pub async fn expired_session(&self, owner: UserId) -> Result<TestSession, Failure> {
        self.session_until(owner, self.state.clock.now()).await
    }

    async fn session_until(
        &self,
        owner: UserId,
        expires_at: Timestamp,
    ) -> Result<TestSession, Failure> {
        let (tenant, token) = (self.id, crate::service::new_token()?);
        let (hash, now) = (token.hash(), self.state.clock.now());
        let session = Session {
            id: roster_domain::id::SessionId(0),
            user_id: owner,
            created_at: now,
            last_seen_at: now,
            expires_at,
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
        self.link_that_is(owner, kind, LinkFixture::Live).await
    }

    /// The same for a link that need not be live.
    pub async fn link_that_is(
        &self,
        owner: UserId,
        kind: LinkKind,
        fixture: LinkFixture,
    ) -> Result<String, Failure> {
        let (tenant, now) = (self.id, self.state.clock.now());
        let token: Token = crate::service::new_token()?;
        let (hash, sender) = (token.hash(), self.admin.id);
        let lifetime = match kind {
            LinkKind::Invitation => self.state.lifetimes.invitation,
            LinkKind::PasswordReset => self.state.lifetimes.password_reset,
        };
        let expires_at = match fixture {
            LinkFixture::Expired => now,
            LinkFixture::Live | LinkFixture::Used | LinkFixture::Replaced => now.plus(lifetime),
        };
        let insert = move |conn: &mut Conn| {
            let user = users::find(conn, tenant, owner)?;
            let generation = user.map_or(0, |user| user.invitation_generation);
            let link = links::NewLink {
                tenant_id: tenant,
                user_id: owner,
                kind,
                hash,
                generation: generation - i64::from(fixture == LinkFixture::Replaced),
                sender_id: Some(sender),
                expires_at,
            };
            links::insert(conn, &link, now)?;
            if fixture == LinkFixture::Used
                && let Some((link, _)) = links::find_with_owner(conn, kind, &hash)?
            {
                links::mark_used(conn, link.id, now)?;
            }
            Ok(())
        };
        self.state.database.write_tx(insert).await?;
        Ok(token.expose().to_owned())
    }
}
