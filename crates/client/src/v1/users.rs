//! The handle of the User API.

use super::{ChangeRoleRequest, InviteRequest, UpdateUserRequest, User, UserSummary, routes};
use crate::{Client, Error, UserId};
use roster_domain::wire::v1::{IsAlreadyUser, RestoreRequest};

/// The users of the key's tenant; made by [`Client::users`].
///
/// All but [`Users::me`] are for admins. Everybody may revoke their own token where the service is Roster.
#[derive(Debug, Clone, Copy)]
pub struct Users<'a> {
    pub(super) client: &'a Client,
}

impl Users<'_> {
    /// Lists all users, by id.
    ///
    /// Pending and deleted ones are among them; [`User::is_activated`] and [`User::is_deleted`] tell. An answer that breaks
    /// off is an error, never a short list.
    ///
    /// # Errors
    /// Any [`Error`] of a call: 401 when the key is not accepted, 403 when its user is no admin.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let users = client.users().list().await?;
    /// let pending = users.iter().filter(|user| !user.is_activated && !user.is_deleted);
    /// println!("{} users have not accepted yet", pending.count());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list(&self) -> Result<Vec<User>, Error> {
        self.client.request(routes::list_users()).answer().await
    }

    /// Invites a new user, who is pending until the mail's link is followed.
    ///
    /// # Errors
    /// Status 422 when a field is not valid, or when a user has that address, be it a pending or deleted one. Unless
    /// the service is [known to be Roster](crate::ClientBuilder::server_is_roster), it is not sent again when the connection
    /// breaks: look with [`Users::find_by_email`] whether it was done.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::v1::{InviteRequest, Role};
    ///
    /// let invitation = InviteRequest {
    ///     name: Some("Ana".to_owned()),
    ///     email: "ana@example.com".to_owned(),
    ///     role: Role::Business,
    ///     message: Some("Welcome!".to_owned()),
    /// };
    /// client.users().invite(&invitation).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invite(&self, invitation: &InviteRequest) -> Result<(), Error> {
        let request = self.client.request(routes::invite_user());
        request.json(invitation).acknowledged().await
    }

    /// Mails a pending user a new link; the older ones stop working.
    ///
    /// # Errors
    /// Status 404 when there is no such user, 422 when the invitation is accepted or the user deleted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// client.users().resend_invitation(roster_client::UserId(560)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn resend_invitation(&self, user: UserId) -> Result<(), Error> {
        let request = self.client.request(routes::resend_invitation(user));
        request.acknowledged().await
    }

    /// Deletes a user, who can be restored.
    ///
    /// The user's keys and sessions stop working at once; the address stays taken.
    ///
    /// # Errors
    /// Status 404 when there is no such user, 422 when the user is deleted already, is the key's own, or is the last
    /// active admin.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// client.users().delete(roster_client::UserId(560)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete(&self, user: UserId) -> Result<(), Error> {
        let request = self.client.request(routes::delete_user(user));
        request.acknowledged().await
    }

    /// Restores a deleted user with role and groups, but without keys and sessions.
    ///
    /// # Errors
    /// Status 404 when there is no such user, 422 when the user is not deleted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// client.users().restore(roster_client::UserId(560)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restore(&self, user: UserId) -> Result<(), Error> {
        let request = self.client.request(routes::restore_user());
        let body = RestoreRequest { id: user };
        request.json(&body).acknowledged().await
    }

    /// Sets fields of a user; those that are `None` stay as they are.
    ///
    /// The original service takes `allow_authentication_token` only; `name` and `title` are Roster's own.
    ///
    /// # Errors
    /// Status 404 when there is no such user, 422 when the user is deleted, a field is not valid, or none is set.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{UserId, v1::UpdateUserRequest};
    ///
    /// let changes = UpdateUserRequest {
    ///     allow_authentication_token: Some(true),
    ///     ..UpdateUserRequest::default()
    /// };
    /// client.users().update(UserId(560), &changes).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update(&self, user: UserId, changes: &UpdateUserRequest) -> Result<(), Error> {
        let request = self.client.request(routes::update_user(user));
        request.json(changes).acknowledged().await
    }

    /// Revokes a user's API key; succeeds also when there is none.
    ///
    /// # Errors
    /// Status 404 when there is no such user, 422 when the user is deleted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// client.users().revoke_authentication_token(roster_client::UserId(560)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke_authentication_token(&self, user: UserId) -> Result<(), Error> {
        let route = routes::revoke_authentication_token(user);
        self.client.request(route).acknowledged().await
    }

    /// Tells whether an address is taken, be it by a pending or deleted user.
    ///
    /// # Errors
    /// Status 422 when it is no address.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// if client.users().is_already_user("ana@example.com").await? {
    ///     println!("the address is taken");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn is_already_user(&self, email: &str) -> Result<bool, Error> {
        let request = self.client.request(routes::is_already_user());
        let answer: IsAlreadyUser = request.query("email", email).answer().await?;
        Ok(answer.is_already_user)
    }

    /// Gives a user another role, and takes the user out of all groups if asked to.
    ///
    /// # Errors
    /// Status 404 when there is no such user, 422 when the user is deleted or is the last active admin, or when
    /// there is no such role.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{UserId, v1::{ChangeRoleRequest, Role, RoleChange}};
    ///
    /// let user = RoleChange { role: Role::Explorer, remove_groups: true };
    /// client.users().change_role(&ChangeRoleRequest { id: UserId(560), user }).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn change_role(&self, change: &ChangeRoleRequest) -> Result<(), Error> {
        let request = self.client.request(routes::change_role());
        request.json(change).acknowledged().await
    }

    /// Finds the user who has an address, or `None`; a deleted one is found too.
    ///
    /// # Errors
    /// Status 422 when it is no address. A 404 without one of the service's own messages is an error as well: it
    /// comes from something else, such as a proxy, and does not say that there is no such user.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// if let Some(user) = client.users().find_by_email("ana@example.com").await? {
    ///     println!("{} has id {}", user.name, user.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn find_by_email(&self, email: &str) -> Result<Option<UserSummary>, Error> {
        let request = self.client.request(routes::find_user());
        match request.query("email", email).answer().await {
            Ok(user) => Ok(Some(user)),
            Err(Error::Api {
                status: 404,
                messages,
                ..
            }) if !messages.is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gets the user whose key this is; not only for admins.
    ///
    /// The original service has it without documenting it; if it leaves fields out, this is [`Error::Decoding`].
    ///
    /// # Errors
    /// Status 401 when the key is not accepted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// println!("signed in as {}", client.users().me().await?.email);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn me(&self) -> Result<User, Error> {
        self.client.request(routes::me()).answer().await
    }
}
