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
mod users;

pub use groups::{GroupSort, Groups, ListGroupsRequest};
pub use jobs::Jobs;
pub use list_users::{ListUsersRequest, UserSort};
pub use page::Position;
pub use roster_domain::{
    user::Status,
    wire::v2::{
        Counters, Cursors, ErrorType, Group, GroupPage, InvalidEmail, InviteRequest, Job, JobLog,
        JobResult, NewPassword, Role, SentMails, User, UserPage, UserUpdate,
    },
};
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
}
