//! The handle of the Group API.

use super::{Group, GroupSize, routes};
use crate::{Client, Error, GroupId, UserId};
use roster_domain::wire::v1::{GroupRequest, NamedGroup};

/// The groups of the key's tenant; made by [`Client::groups`]. They are for admins.
#[derive(Debug, Clone, Copy)]
pub struct Groups<'a> {
    pub(super) client: &'a Client,
}

impl Groups<'_> {
    /// Lists all groups with the number of their users; deleted users do not count.
    ///
    /// # Errors
    /// Any [`Error`] of a call: 401 when the key is not accepted, 403 when its user is no admin.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// for group in client.groups().list().await? {
    ///     println!("{} has {} users", group.name, group.num_user);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list(&self) -> Result<Vec<GroupSize>, Error> {
        self.client.request(routes::list_groups()).answer().await
    }

    /// Creates a group without members.
    ///
    /// # Errors
    /// Status 422 when the name is blank, too long or taken. Unless the service is
    /// [known to be Roster](crate::ClientBuilder::server_is_roster), it is not sent again when the connection breaks: look
    /// with [`Groups::list`] whether it was done.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let group = client.groups().create("Singapore").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create(&self, name: &str) -> Result<Group, Error> {
        let request = self.client.request(routes::create_group());
        request.json(&named(name)).answer().await
    }

    /// Gives a group another name, and returns it with that name.
    ///
    /// That the answer holds the group is Roster's own; the original documents no answer.
    ///
    /// # Errors
    /// Status 404 when there is no such group, 422 when the name is blank, too long or taken.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let group = client.groups().rename(roster_client::GroupId(33), "Capital").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn rename(&self, group: GroupId, name: &str) -> Result<Group, Error> {
        let request = self.client.request(routes::rename_group(group));
        request.json(&named(name)).answer().await
    }

    /// Deletes a group for good; its members stay, as users.
    ///
    /// # Errors
    /// Status 404 when there is no such group.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// client.groups().delete(roster_client::GroupId(33)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete(&self, group: GroupId) -> Result<(), Error> {
        let request = self.client.request(routes::delete_group(group));
        request.acknowledged().await
    }

    /// Adds a user to a group; succeeds also when the user is in it.
    ///
    /// # Errors
    /// Status 404 when there is no such group or user, 422 when the user is deleted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{GroupId, UserId};
    ///
    /// client.groups().add_user(GroupId(33), UserId(560)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn add_user(&self, group: GroupId, user: UserId) -> Result<(), Error> {
        let request = self.client.request(routes::add_group_user(group, user));
        request.acknowledged().await
    }

    /// Takes a user out of a group; succeeds also when the user is not in it.
    ///
    /// # Errors
    /// Status 404 when there is no such group or user, 422 when the user is deleted.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{GroupId, UserId};
    ///
    /// client.groups().remove_user(GroupId(33), UserId(560)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn remove_user(&self, group: GroupId, user: UserId) -> Result<(), Error> {
        let request = self.client.request(routes::remove_group_user(group, user));
        request.acknowledged().await
    }
}

fn named(name: &str) -> GroupRequest {
    GroupRequest {
        group: NamedGroup {
            name: name.to_owned(),
        },
    }
}
