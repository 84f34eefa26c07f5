//! The wire contract as data, and what runs it.
//!
//! `cases/v1/**/*.json` says what a v1 client sends and what it must get back; each file is an array of
//! cases on one route or theme. The same cases run against the server on both databases, against the
//! client (which must send them and read the answers), against the wire types of the domain, and, with
//! the program `roster-contract`, against any running server:
//!
//! ```text
//! cargo run -p roster-contract -- --base-url http://127.0.0.1:8080 --api-key rst_… --allow-writes
//! ```
//!
//! # A case
//! ```
//! # let text = r#"
//! {
//!   "name": "A restored user is back in its groups",
//!   "given": {
//!     "groups": { "capital": { "name": "Capital" } },
//!     "users": {
//!       "ana": { "email": "ana@example.com", "role": "analyst", "deleted": true, "groups": ["capital"] }
//!     }
//!   },
//!   "request": { "method": "POST", "path": "/users/restore.json", "body": { "id": "{ana.id}" } },
//!   "response": { "status": 200, "body": { "status": "ok" } },
//!   "then": [
//!     {
//!       "request": { "method": "GET", "path": "/groups.json" },
//!       "response": { "status": 200, "body": [{ "id": "{capital.id}", "name": "Capital", "num_user": 1 }] }
//!     }
//!   ],
//!   "client": "users.restore"
//! }
//! # "#;
//! # let case: roster_contract::Case = serde_json::from_str(text).unwrap();
//! # assert_eq!(case.given.users[0].0, "ana");
//! # roster_contract::check(&case).unwrap();
//! ```
//! - `given`: what there is besides the calling admin, in the order in which it is made. Each user and group
//!   has a handle. Users are pending unless `status` is `active`; `deleted` is on top of that; `key` is
//!   `live` or `expired`; API access is off unless `allow_authentication_token` is true.
//! - `as`: whose key the request carries: a given user's handle, `nobody`, `a wrong key`; else the admin's.
//! - `request`: `body` is JSON, `raw_body` is text as it is. The path is sent as written.
//! - `response`: no `body` means an empty one. Content type and `Status` header are checked on every answer.
//! - `then`: what follows, each step with an `as` of its own.
//! - `client`: the method of the Rust client that sends exactly this request.
//!
//! # What is filled in
//! `{ana.id}`, `{ana.email}`, `{ana.key}`, `{capital.id}`, `{admin.id}` stand for what the handles became,
//! `{é*256}` for a text 256 times over. An expected `"<id>"`, `"<timestamp>"`, `"<timestamp or null>"`,
//! `"<string>"`, `"<string or null>"` or `"<array>"` is any such value, `"<admin>"` the calling admin's row;
//! `<string>` also stands within a text.
//!
//! # Other people's rows
//! A server under test may have other users and groups. So an array that is a whole body is exact in a
//! tenant of its own, and elsewhere its rows must be found in that order among others. For the same reason
//! `example.com` gets a label in front per case and group names a suffix, wherever they stand but in `errors`.

mod api_setup;
mod case;
mod compare;
mod exchange;
mod fill;
mod isolate;
mod live;
mod load;
mod run;
mod setup;

pub use api_setup::ApiSetup;
pub use case::{Case, Given, GivenGroup, GivenUser, Key, Status};
pub use compare::{Difference, Rows, compare};
pub use exchange::{Caller, Exchange, Request, Response};
pub use fill::{Handle, Handles, sample_body};
pub use live::{Live, Outcome, Unusable};
pub use load::{Loaded, V1, check, load};
pub use run::{Answer, Failure, Server, run_case};
pub use setup::{Setup, SetupError, needs_fixture};
