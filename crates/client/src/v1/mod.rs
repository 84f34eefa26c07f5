//! The first dialect: the Holistics User API and Group API ("legacy v1").
//!
//! `routes` says what is sent where, [`Users`] and [`Groups`] are the handles. The types of the bodies are those
//! that Roster itself writes and reads.

mod groups;
mod routes;
mod users;

pub use groups::Groups;
pub use roster_domain::wire::v1::{
    ChangeRoleRequest, Group, GroupSize, InviteRequest, Role, RoleChange, UpdateUserRequest, User,
    UserSummary,
};
pub use users::Users;

use crate::{Client, error::Fault};
use roster_domain::wire::v1::Errors;
use serde_json::Value;

impl Client {
    /// The users of the key's tenant.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let users = client.users().list().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn users(&self) -> Users<'_> {
        Users { client: self }
    }

    /// The groups of the key's tenant.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let groups = client.groups().list().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn groups(&self) -> Groups<'_> {
        Groups { client: self }
    }
}

/// Reads `{"errors":["message", …]}`.
fn fault(body: Value) -> Fault {
    let envelope = serde_json::from_value::<Errors>(body);
    Fault {
        messages: envelope.map_or_else(|_| Vec::new(), |envelope| envelope.errors),
        ..Fault::default()
    }
}
