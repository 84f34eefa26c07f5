//! The handle of the users of v2.

use super::{
    Counters, Cursors, InviteRequest, Job, ListUsersRequest, Position, User, UserPage, UserUpdate,
    page, routes,
};
use crate::{Client, Error, UserId, Version, Versioned};
use futures_util::stream::BoxStream;
use roster_domain::wire::v2::{IsAlreadyUser, JobAnswer, UpdateUserRequest, UserAnswer};
use std::{collections::BTreeMap, sync::Arc};

/// The users of the key's tenant; made by [`super::V2::users`].
///
/// All but [`Users::me`] are for admins. Everybody may revoke their own token where the service is Roster.
#[derive(Debug, Clone, Copy)]
pub struct Users<'a> {
    pub(super) client: &'a Client,
}

impl Users<'_> {
    /// Lists users, page after page, each of which is asked for when the one before it is used up.
    ///
    /// Pending and deleted ones are among them unless the request leaves them out. A page that fails ends the stream
    /// with the fault, so that a stream that ends without one was whole.
    ///
    /// # Errors
    /// Any [`Error`] of a call: 400 when the service does not take a parameter, 401 when the key is not accepted, 403 when
    /// its user is no admin. [`Error::RepeatedCursor`] when the service leads in a circle.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{TryStreamExt, v2::{ListUsersRequest, Status}};
    ///
    /// let pending = ListUsersRequest {
    ///     statuses: vec![Status::Pending],
    ///     ..ListUsersRequest::default()
    /// };
    /// let mut users = client.v2().users().list(&pending);
    /// while let Some(user) = users.try_next().await? {
    ///     println!("{} has not accepted yet", user.email);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, request: &ListUsersRequest) -> BoxStream<'static, Result<User, Error>> {
        let client = self.client.clone();
        let request = Arc::new(ListUsersRequest {
            limit: request.limit.or(Some(page::MAX_LIMIT)),
            ..request.clone()
        });
        page::rows(move |position| {
            let (client, request) = (client.clone(), Arc::clone(&request));
            async move {
                let page = client.v2().users().page(&request, &position).await?;
                Ok((page.users, page.cursors))
            }
        })
    }

    /// Reads one page of a list of users, with their groups, the number of all that are meant, and the cursors of
    /// the pages beside it.
    ///
    /// # Errors
    /// Those of [`Users::list`].
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::v2::{ListUsersRequest, Position};
    ///
    /// let request = ListUsersRequest::default();
    /// let page = client.v2().users().page(&request, &Position::Start).await?;
    /// if let Some(next) = page.cursors.next {
    ///     let page = client.v2().users().page(&request, &Position::After(next)).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn page(
        &self,
        request: &ListUsersRequest,
        position: &Position,
    ) -> Result<UserPage, Error> {
        // Nobody would be said by leaving the parameter out, which means everybody.
        if request.ids.as_ref().is_some_and(Vec::is_empty) {
            return Ok(nobody(request));
        }
        let mut parameters = request.parameters();
        parameters.extend(page::parameters(request.limit, position));
        let request = self.client.request(routes::list_users());
        request.queries(&parameters).answer().await
    }

    /// Gets a user, with the version on which a change can insist. It is Roster's own.
    ///
    /// # Errors
    /// Status 404 when there is no such user.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let user = client.v2().users().get(roster_client::UserId(560)).await?.value;
    /// println!("{} is {}", user.email, user.role.as_str());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get(&self, user: UserId) -> Result<Versioned<User>, Error> {
        let request = self.client.request(routes::get_user(user));
        let answer: Versioned<UserAnswer> = request.versioned().await?;
        Ok(answer.map(|answer| answer.user))
    }

    /// Sets fields of a user, all or nothing, and returns the user as it is then; what is `None` stays as it is.
    ///
    /// With a version, which is Roster's own, nothing is changed unless the user still has it; such a call is not sent
    /// again when the connection breaks.
    ///
    /// # Errors
    /// Status 404 when there is no such user; 412 when the user has another version, see [`Error::is_version_conflict`]; 422
    /// when a field is not valid, when the user is deleted, when a pending user is given a password, or when the last
    /// active admin would be none.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{GroupId, UserId, v2::UserUpdate};
    ///
    /// let user = client.v2().users().get(UserId(560)).await?;
    /// let update = UserUpdate {
    ///     job_title: Some(None),
    ///     group_ids: Some(vec![GroupId(33)]),
    ///     ..UserUpdate::default()
    /// };
    /// let users = client.v2().users();
    /// let user = users.update(user.value.id, &update, user.version.as_ref()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update(
        &self,
        user: UserId,
        update: &UserUpdate,
        version: Option<&Version>,
    ) -> Result<Versioned<User>, Error> {
        let request = self.client.request(routes::update_user(user));
        let body = UpdateUserRequest {
            user: update.clone(),
        };
        request.if_match(version).json(&body).versioned().await
    }

    /// Deletes a user, who can be restored.
    ///
    /// The user's keys and sessions stop working at once; the address stays taken. With a version, which is Roster's
    /// own, nothing is done unless the user still has it.
    ///
    /// # Errors
    /// Status 404 when there is no such user or it is deleted already; 412 when the user has another version; 422 when it
    /// is oneself or the last active admin.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// client.v2().users().delete(roster_client::UserId(560), None).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete(&self, user: UserId, version: Option<&Version>) -> Result<(), Error> {
        let request = self.client.request(routes::delete_user(user));
        request.if_match(version).acknowledged().await
    }

    /// Invites new users, all or nothing, who are pending until the mails' links are followed; the job sends the mails.
    ///
    /// # Errors
    /// Status 422 when a field is not valid, and when an address is none or is taken, be it by a pending or deleted user:
    /// [`crate::ErrorDetails::refused_emails`] names each.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{GroupId, v2::{InviteRequest, Role}};
    ///
    /// let invitation = InviteRequest {
    ///     group_ids: Some(vec![GroupId(33)]),
    ///     ..InviteRequest::new(["ana@example.com", "eva@example.com"], Role::Analyst)
    /// };
    /// let job = client.v2().users().invite(&invitation).await?;
    /// println!("the mails are {}", client.v2().jobs().get(job.id).await?.status);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invite(&self, invitation: &InviteRequest) -> Result<Job, Error> {
        let request = self.client.request(routes::invite_users());
        let answer: JobAnswer = request.json(invitation).answer().await?;
        Ok(answer.job)
    }

    /// Restores a deleted user with role and groups, but without keys and sessions.
    ///
    /// # Errors
    /// Status 404 when there is no such user, 422 when the user is not deleted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// client.v2().users().restore(roster_client::UserId(560)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restore(&self, user: UserId) -> Result<(), Error> {
        let request = self.client.request(routes::restore_user(user));
        request.acknowledged().await
    }

    /// Mails a pending user a new link, by the job that is returned; the older ones stop working.
    ///
    /// # Errors
    /// Status 404 when there is no such user, 422 when the invitation is accepted or the user deleted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let job = client.v2().users().resend_invitation(roster_client::UserId(560)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn resend_invitation(&self, user: UserId) -> Result<Job, Error> {
        let request = self.client.request(routes::resend_invitation(user));
        let answer: JobAnswer = request.answer().await?;
        Ok(answer.job)
    }

    /// Revokes a user's API keys; succeeds also when there is none.
    ///
    /// # Errors
    /// Status 404 when there is no such user, 422 when the user is deleted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let user = roster_client::UserId(560);
    /// client.v2().users().revoke_authentication_token(user).await?;
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
    /// Status 400 when it is no address.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// if client.v2().users().is_already_user("ana@example.com").await? {
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

    /// Gets the user whose key this is; not only for admins.
    ///
    /// # Errors
    /// Status 401 when the key is not accepted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// println!("signed in as {}", client.v2().users().me().await?.email);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn me(&self) -> Result<User, Error> {
        let answer: UserAnswer = self.client.request(routes::me()).answer().await?;
        Ok(answer.user)
    }
}

fn nobody(request: &ListUsersRequest) -> UserPage {
    UserPage {
        counters: (!request.without_counters).then(Counters::default),
        users: Vec::new(),
        groups: BTreeMap::new(),
        cursors: Cursors {
            previous: None,
            next: None,
        },
    }
}
