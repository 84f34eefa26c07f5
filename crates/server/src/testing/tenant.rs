//! Rows put straight into the database.

use super::{Failure, new_key, parse};
use crate::db::{Conn, api_keys, groups, memberships, users};
use crate::service::State;
use roster_domain::email::Email;
use roster_domain::id::{ApiKeyId, GroupId, TenantId, UserId};
use roster_domain::name::Name;
use roster_domain::role::Role;
use roster_domain::time::Timestamp;
use roster_domain::user::{Status, User};

/// A tenant of a test.
pub struct TestTenant {
    /// Its id.
    pub id: TenantId,
    /// What it is called in URLs.
    pub slug: String,
    /// Its first admin.
    pub admin: TestUser,
    pub(super) state: State,
}

/// A user of a test, with a key.
#[derive(Debug, Clone)]
pub struct TestUser {
    /// The id.
    pub id: UserId,
    /// The address.
    pub email: String,
    /// A key that is accepted.
    pub key: String,
}

/// A user to be put into the database as it is.
#[derive(Debug, Clone)]
pub struct UserFixture {
    /// The address.
    pub email: String,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The title, if there is one.
    pub title: Option<String>,
    /// The role.
    pub role: Role,
    /// Where the user stands; a deleted one was active before.
    pub status: Status,
    /// Whether the user's keys are accepted.
    pub allow_authentication_token: bool,
    /// The latest sign-in.
    pub current_sign_in_at: Option<Timestamp>,
    /// The sign-in before the latest.
    pub last_sign_in_at: Option<Timestamp>,
}

impl UserFixture {
    /// An active user whose keys are accepted.
    pub fn active(email: &str, role: Role) -> Self {
        Self {
            email: email.to_owned(),
            name: None,
            title: None,
            role,
            status: Status::Active,
            allow_authentication_token: true,
            current_sign_in_at: None,
            last_sign_in_at: None,
        }
    }
}

/// Whether a key is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFixture {
    /// It is.
    Live,
    /// It has expired.
    Expired,
}

impl TestTenant {
    /// Adds a user.
    pub async fn user(&self, fixture: UserFixture) -> Result<UserId, Failure> {
        let tenant_id = self.id;
        let email = parse(Email::parse(&fixture.email))?;
        let name = fixture.name.map(Name::from_stored);
        let title = fixture.title.map(Name::from_stored);
        let now = self.state.clock.now();
        let insert = move |conn: &mut Conn| {
            let new = users::NewUser {
                tenant_id,
                email: &email,
                name: name.as_ref(),
                role: fixture.role,
                allow_authentication_token: fixture.allow_authentication_token,
                enable_export_data: false,
                activated_at: (fixture.status != Status::Pending).then_some(now),
            };
            let user = User {
                title: title.clone(),
                deleted_at: (fixture.status == Status::Deleted).then_some(now),
                current_sign_in_at: fixture.current_sign_in_at,
                last_sign_in_at: fixture.last_sign_in_at,
                ..users::insert(conn, &new, now)?
            };
            users::update(conn, &user)?;
            Ok(user.id)
        };
        Ok(self.state.database.write_tx(insert).await?)
    }

    /// Gives a user a key.
    pub async fn key(&self, owner: UserId, fixture: KeyFixture) -> Result<String, Failure> {
        Ok(self.key_with_id(owner, fixture).await?.1)
    }

    /// The same, with the key's id.
    pub async fn key_with_id(
        &self,
        owner: UserId,
        fixture: KeyFixture,
    ) -> Result<(ApiKeyId, String), Failure> {
        let tenant = self.id;
        let key = new_key()?;
        let kept = key.clone();
        let now = self.state.clock.now();
        let expires_at = (fixture == KeyFixture::Expired).then_some(now);
        let insert = move |conn: &mut Conn| {
            let owner = (tenant, owner);
            Ok(api_keys::insert(conn, owner, &kept, None, expires_at, now)?)
        };
        let id = self.state.database.write_tx(insert).await?;
        Ok((id, key.expose().to_owned()))
    }

    /// Adds an active user with a key.
    pub async fn user_with_key(&self, email: &str, role: Role) -> Result<TestUser, Failure> {
        let id = self.user(UserFixture::active(email, role)).await?;
        Ok(TestUser {
            id,
            email: email.to_owned(),
            key: self.key(id, KeyFixture::Live).await?,
        })
    }

    /// Adds a group.
    pub async fn group(&self, name: &str) -> Result<GroupId, Failure> {
        let tenant = self.id;
        let name = parse(Name::parse(name))?;
        let now = self.state.clock.now();
        let insert = move |conn: &mut Conn| Ok(groups::insert(conn, tenant, &name, now)?.id);
        Ok(self.state.database.write_tx(insert).await?)
    }

    /// Puts a user into a group.
    pub async fn member(&self, group: GroupId, user: UserId) -> Result<(), Failure> {
        let tenant = self.id;
        let insert = move |conn: &mut Conn| Ok(memberships::insert(conn, tenant, group, user)?);
        Ok(self.state.database.write_tx(insert).await?)
    }
}
