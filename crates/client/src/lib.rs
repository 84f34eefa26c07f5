//! An async client of the Holistics User API, in its first dialect ("legacy v1") and its second (API v2), and of
//! Roster, which answers both.
//!
//! A [`Client`] holds the service's address, the key and a pool of connections; it is cheap to clone. Its handles
//! name the resources: [`Client::v2`] leads to those of v2, [`Client::users`] and [`Client::groups`] are those of v1. New
//! programs take v2.
//!
//! ```no_run
//! # async fn example() -> Result<(), roster_client::Error> {
//! use roster_client::{Client, TryStreamExt, v2::{InviteRequest, ListUsersRequest, Role}};
//!
//! let client = Client::builder("https://roster.example.com", "the-key")
//!     .server_is_roster()
//!     .build()?;
//! let users = client.v2().users();
//! users.invite(&InviteRequest::new(["ana@example.com"], Role::Analyst)).await?;
//! let mut everybody = users.list(&ListUsersRequest::default());
//! while let Some(user) = everybody.try_next().await? {
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
//! report as a fault what the first has done. Nor is a change that insists on a version, which the first changes.
//!
//! Every `POST` carries an `Idempotency-Key`, which stays the same when it is sent again: a fresh one for each call, or
//! the caller's, by [`Client::with_idempotency_key`]. Roster does what comes under one key once. The original ignores it, so
//! the client relies on it only when told so by [`ClientBuilder::server_is_roster`]: then each `POST` is repeated
//! as if it were safe, and after a 409 too, which says that the first attempt is still being served.
//!
//! A `Retry-After` in seconds is waited for; one of more than a minute is not, and the error carries it. Otherwise the
//! pause doubles each time, from [`ClientBuilder::backoff`] on, and a random part of it is left out.
//!
//! # What only Roster has
//!
//! The client talks to either service: it skips fields that it does not know, keeps unknown words for roles and
//! kinds of errors, and takes any acknowledgement that is a JSON object, whatever its `status` says. These parts go beyond
//! what the original documents:
//!
//! - `name` and `title` in [`v1::UpdateUserRequest`];
//! - [`v1::Users::me`], which the original has but does not document;
//! - the answer to [`v1::Users::change_role`], and the group that [`v1::Groups::rename`] answers with;
//! - the statuses of errors: the original refused a wrong key with 422 in 2018, Roster does with 401;
//! - [`v2::Users::get`]; read a user of the original by [`v2::ListUsersRequest::ids`];
//! - [`v2::ListUsersRequest::without_counters`], which the original may ignore;
//! - versions: the original tells none, so [`Versioned::version`] is `None`, and may ignore one that a change insists on;
//! - `group_ids` of a user outside lists, where the original's are read as none;
//! - [`v2::UserAttributes::get`], the type [`v2::AttributeType::Datetime`], and the values in
//!   [`v2::UserAttributeEntry`], where the original's are read as none;
//! - the number of mails in [`v2::JobResult`];
//! - [`Client::with_idempotency_key`], and what [`ClientBuilder::server_is_roster`] switches on.
//!
//! # Redirects
//!
//! They are not followed, and come back as [`Error::Api`]. The key travels in a header of its own,
//! which HTTP clients do not take off when a redirect leads to another host.

mod client;
mod error;
mod http;
mod request;
mod retry;
pub mod v1;
pub mod v2;
mod version;

pub use client::{Client, ClientBuilder};
pub use error::{AnswerBody, Error, ErrorDetails};
pub use futures_util::TryStreamExt;
pub use http::http;
pub use roster_domain::{
    id::{GroupId, JobId, TenantId, UserAttributeEntryId, UserAttributeId, UserId},
    time::Timestamp,
};
pub use secrecy::SecretString;
pub use version::{Version, Versioned};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
