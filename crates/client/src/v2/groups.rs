//! The handle of the groups of v2.

use super::{Group, GroupPage, Position, page, routes};
use crate::{Client, Error, GroupId, UserId, Version, Versioned};
use futures_util::stream::BoxStream;
use roster_domain::wire::v2::{GroupAnswer, GroupRequest, NamedGroup};

/// How groups are listed.
///
/// ```
/// use roster_client::v2::{GroupSort, ListGroupsRequest};
///
/// let newest_first_with_users = ListGroupsRequest {
///     sort: Some(GroupSort::IdDescending),
///     include_users: true,
///     ..ListGroupsRequest::default()
/// };
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListGroupsRequest {
    /// In what order; the oldest first unless set.
    pub sort: Option<GroupSort>,
    /// Whether the groups come with their users, without deleted ones.
    pub include_users: bool,
    /// How many groups a page has at most, from 1 to 100. [`Groups::list`] takes 100 unless set, and the service gives
    /// 20 where nothing is said.
    pub limit: Option<u32>,
}

/// By what a list of groups is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupSort {
    /// By id, the oldest first.
    IdAscending,
    /// By id, the newest first.
    IdDescending,
}

impl GroupSort {
    fn as_str(self) -> &'static str {
        match self {
            Self::IdAscending => "id_asc",
            Self::IdDescending => "id_desc",
        }
    }
}

/// The groups of the key's tenant; made by [`super::V2::groups`]. They are for admins.
#[derive(Debug, Clone, Copy)]
pub struct Groups<'a> {
    pub(super) client: &'a Client,
}

impl Groups<'_> {
    /// Lists groups, page after page, each of which is asked for when the one before it is used up.
    ///
    /// A page that fails ends the stream with the fault, so that a stream that ends without one was whole.
    ///
    /// # Errors
    /// Any [`Error`] of a call: 401 when the key is not accepted, 403 when its user is no admin.
    /// [`Error::RepeatedCursor`] when the service leads in a circle.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{TryStreamExt, v2::{Group, ListGroupsRequest}};
    ///
    /// let groups = client.v2().groups().list(&ListGroupsRequest::default());
    /// let groups: Vec<Group> = groups.try_collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, request: &ListGroupsRequest) -> BoxStream<'static, Result<Group, Error>> {
        let client = self.client.clone();
        let request = ListGroupsRequest {
            limit: request.limit.or(Some(page::MAX_LIMIT)),
            ..request.clone()
        };
        page::rows(move |position| {
            let (client, request) = (client.clone(), request.clone());
            async move {
                let page = client.v2().groups().page(&request, &position).await?;
                Ok((page.groups, page.cursors))
            }
        })
    }

    /// Reads one page of a list of groups, with their users if they are asked for, and the cursors of the pages beside it.
    ///
    /// # Errors
    /// Those of [`Groups::list`].
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::v2::{ListGroupsRequest, Position};
    ///
    /// let request = ListGroupsRequest { include_users: true, ..ListGroupsRequest::default() };
    /// let page = client.v2().groups().page(&request, &Position::Start).await?;
    /// println!("{} groups have {} users", page.groups.len(), page.users.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn page(
        &self,
        request: &ListGroupsRequest,
        position: &Position,
    ) -> Result<GroupPage, Error> {
        let mut parameters = Vec::new();
        parameters.extend(request.sort.map(|sort| ("sort", sort.as_str().to_owned())));
        if request.include_users {
            parameters.push(("include_users", "true".to_owned()));
        }
        parameters.extend(page::parameters(request.limit, position));
        let request = self.client.request(routes::list_groups());
        request.queries(&parameters).answer().await
    }

    /// Creates a group without members.
    ///
    /// # Errors
    /// Status 422 when the name is blank, too long or taken.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let group = client.v2().groups().create("Singapore").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create(&self, name: &str) -> Result<Group, Error> {
        let request = self.client.request(routes::create_group());
        let answer: GroupAnswer = request.json(&named(name)).answer().await?;
        Ok(answer.group)
    }

    /// Gets a group without its users, and with the version on which a change can insist.
    ///
    /// # Errors
    /// Status 404 when there is no such group.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let group = client.v2().groups().get(roster_client::GroupId(33)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get(&self, group: GroupId) -> Result<Versioned<Group>, Error> {
        let request = self.client.request(routes::get_group(group));
        let answer: Versioned<GroupAnswer> = request.versioned().await?;
        Ok(answer.map(|answer| answer.group))
    }

    /// Gets a group with its users, without deleted ones, and with the version on which a change can insist.
    ///
    /// # Errors
    /// Status 404 when there is no such group.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let group = client.v2().groups().get_with_users(roster_client::GroupId(33)).await?;
    /// println!("it has {} users", group.value.user_ids.unwrap_or_default().len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_with_users(&self, group: GroupId) -> Result<Versioned<Group>, Error> {
        let request = self.client.request(routes::get_group(group));
        let request = request.query("include_users", "true");
        let answer: Versioned<GroupAnswer> = request.versioned().await?;
        Ok(answer.map(|answer| answer.group))
    }

    /// Gives a group another name, and returns it with that name.
    ///
    /// With a version, which is Roster's own, nothing is changed unless the group still has it; such a call is not sent
    /// again when the connection breaks.
    ///
    /// # Errors
    /// Status 404 when there is no such group; 412 when it has another version, see [`Error::is_version_conflict`]; 422 when
    /// the name is blank, too long or taken.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let group = roster_client::GroupId(33);
    /// client.v2().groups().rename(group, "Capital", None).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn rename(
        &self,
        group: GroupId,
        name: &str,
        version: Option<&Version>,
    ) -> Result<Versioned<Group>, Error> {
        let request = self.client.request(routes::rename_group(group));
        let request = request.if_match(version).json(&named(name));
        let answer: Versioned<GroupAnswer> = request.versioned().await?;
        Ok(answer.map(|answer| answer.group))
    }

    /// Deletes a group for good; its members stay, as users.
    ///
    /// With a version, which is Roster's own, nothing is done unless the group still has it.
    ///
    /// # Errors
    /// Status 404 when there is no such group, 412 when it has another version.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// client.v2().groups().delete(roster_client::GroupId(33), None).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete(&self, group: GroupId, version: Option<&Version>) -> Result<(), Error> {
        let request = self.client.request(routes::delete_group(group));
        request.if_match(version).acknowledged().await
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
    /// client.v2().groups().add_user(GroupId(33), UserId(560)).await?;
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
    /// client.v2().groups().remove_user(GroupId(33), UserId(560)).await?;
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
