//! An async client of the Holistics User API and Group API ("legacy v1"), and of Roster, which answers them.
//!
//! A [`Client`] holds the service's address, the key and a pool of connections; it is cheap to clone. Its handles
//! name the resources: [`Client::users`] and [`Client::groups`].
//!
//! ```no_run
//! # async fn example() -> Result<(), roster_client::Error> {
//! use roster_client::{Client, v1::{InviteRequest, Role}};
//!
//! let client = Client::builder("https://roster.example.com", "the-key").build()?;
//! client
//!     .users()
//!     .invite(&InviteRequest {
//!         name: None,
//!         email: "ana@example.com".to_owned(),
//!         role: Role::Analyst,
//!         message: None,
//!     })
//!     .await?;
//! for user in client.users().list().await? {
//!     println!("{} is {}", user.email, user.role.as_str());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is sent again
//!
//! A failed call is sent again at most [`ClientBuilder::max_retries`] times. A `429` and a failure to connect are
//! repeated for every call, because nothing has been done yet. After 500, 502, 503, 504 and a broken connection
//! nobody knows whether the call took effect, so only calls that may safely take effect twice are repeated: whatever reads,
//! setting a user's fields or role, revoking a token, renaming a group, adding and removing members. Not repeated
//! are inviting, resending, deleting, restoring, and creating a group: a second attempt would send a second mail, or
//! report as a fault what the first has done.
//!
//! A `Retry-After` in seconds is waited for; one of more than a minute is not, and the error carries it. Otherwise the
//! pause doubles each time, from [`ClientBuilder::backoff`] on, and a random part of it is left out.
//!
//! # What only Roster has
//!
//! The client talks to either service: it skips fields that it does not know, keeps unknown words for roles, and
//! takes any acknowledgement that is a JSON object, whatever its `status` says. These parts go beyond
//! what the original documents:
//!
//! - `name` and `title` in [`v1::UpdateUserRequest`];
//! - [`v1::Users::me`], which the original has but does not document;
//! - the answer to [`v1::Users::change_role`], and the group that [`v1::Groups::rename`] answers with;
//! - the statuses of errors: the original refused a wrong key with 422 in 2018, Roster does with 401.
//!
//! # Redirects
//!
//! They are not followed, and come back as [`Error::Api`]. The key travels in a header of its own,
//! which HTTP clients do not take off when a redirect leads to another host.

mod client;
mod error;
mod request;
mod retry;
pub mod v1;

pub use client::{Client, ClientBuilder};
pub use error::{AnswerBody, Error};
pub use roster_domain::{
    id::{GroupId, TenantId, UserId},
    time::Timestamp,
};
pub use secrecy::SecretString;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
