//! The second dialect: the Holistics API v2.
//!
//! `routes` says what is sent where, `page` how lists are followed; [`V2`] leads to the handles of the resources. The
//! types of the bodies are those that Roster itself writes and reads.

mod fault;
mod groups;
mod jobs;
mod list_users;
mod page;
mod routes;
mod user_attribute_entries;
mod user_attributes;
mod users;

pub use groups::{GroupSort, Groups, ListGroupsRequest};
pub use jobs::Jobs;
pub use list_users::{ListUsersRequest, UserSort};
pub use page::Position;
pub use roster_domain::{
    user::Status,
    user_attribute::Subject,
    wire::v2::{
        AttributeType, Counters, Cursors, EntryRequest, ErrorType, Group, GroupPage, InputType,
        InvalidEmail, InviteRequest, Job, JobLog, JobResult, NewPassword, Role, SentMails,
        SubjectType, User, UserAttribute, UserAttributeEntry, UserAttributeEntryPage,
        UserAttributeFields, UserAttributePage, UserPage, UserUpdate,
    },
};
pub use user_attribute_entries::{ListEntriesRequest, UserAttributeEntries};
pub use user_attributes::{ListUserAttributesRequest, UserAttributes};
pub use users::Users;

use crate::Client;

impl Client {
    /// The second dialect.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let me = client.v2().users().me().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn v2(&self) -> V2<'_> {
        V2 { client: self }
    }
}

/// The resources of the second dialect; made by [`Client::v2`].
#[derive(Debug, Clone, Copy)]
pub struct V2<'a> {
    client: &'a Client,
}

impl<'a> V2<'a> {
    /// The users of the key's tenant.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let is_taken = client.v2().users().is_already_user("ana@example.com").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn users(self) -> Users<'a> {
        Users {
            client: self.client,
        }
    }

    /// The groups of the key's tenant.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let group = client.v2().groups().create("Singapore").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn groups(self) -> Groups<'a> {
        Groups {
            client: self.client,
        }
    }

    /// The jobs of the key's tenant.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let job = client.v2().jobs().get(roster_client::JobId(7)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn jobs(self) -> Jobs<'a> {
        Jobs {
            client: self.client,
        }
    }

    /// The user attributes of the key's tenant.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let id = roster_client::UserAttributeId(12);
    /// println!("{}", client.v2().user_attributes().get(id).await?.label);
    /// # Ok(())
    /// # }
    /// ```
    pub fn user_attributes(self) -> UserAttributes<'a> {
        UserAttributes {
            client: self.client,
        }
    }

    /// What user attributes are for users and groups.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{UserId, v2::Subject};
    ///
    /// let entries = client.v2().user_attribute_entries();
    /// let values = entries.computed_values(Subject::User(UserId(560))).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn user_attribute_entries(self) -> UserAttributeEntries<'a> {
        UserAttributeEntries {
            client: self.client,
        }
    }
}
