//! The wire contract as data, and what runs it.
//!
//! `cases/v1/**/*.json` says what a v1 client sends and what it must get back, `cases/account` the same of the
//! account API and the audit trail, `cases/v2` of v2; each file is an array of cases on one route or theme. The same cases run against
//! the server on both databases, against the client (which must send them and read the answers, where it has the
//! method), against the wire types of the domain, and, with the program `roster-contract`, against any running server:
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
//!   has a handle. Users are pending unless `status` is `active`; `deleted` is on top of that; `key` and `session` are
//!   `live` or `expired`; the `links` `invitation` and `password_reset` are `live`, `expired`, `used` or `replaced`; API
//!   access is off unless `allow_authentication_token` is true.
//! - `as`: who asks, and by what: a given user's handle (by key), `ana's session` (by cookie and, on everything but
//!   reading requests, `X-CSRF-Token`), `nobody`, `a wrong key`; else the admin by key.
//! - `request`: `body` is JSON, `raw_body` is text as it is. The path is sent as written. `headers` replace those that
//!   `as` brings; an empty `Content-Type` is left out. `times` sends it so often, each time with the same answer.
//! - `response`: no `body` means an empty one; `fault` is a body in the envelope of v2's and the account API's
//!   faults. The headers that every answer of a dialect has are checked on every answer; v2 never sets a cookie, and the
//!   account API none with a fault. `eventually` asks again until the answer is the expected one, for some seconds: an event of the audit trail is listed when older transactions have ended.
//!   `keep` keeps what later steps need: `{"new.key": "/authentication_token"}` a part of the body, `{"phone.session":
//!   "cookie"}` the cookie, `{"row.tag": "etag"}` a header. It becomes known as `{new.key}`, and who has a `key`, or a `session` and a
//!   `csrf_token`, can ask: `as` is then `new` or `phone's session`.
//! - `then`: what follows, each step with an `as` of its own.
//! - `client`: the method of the Rust client that sends exactly this request; in v2 the request itself tells which.
//!
//! # What is filled in
//! `{ana.id}`, `{ana.email}`, `{capital.id}`, `{admin.id}` stand for what the handles became; `{ana.key}`, `{ana.key_id}`,
//! `{ana.session}`, `{ana.session_id}`, `{ana.csrf_token}`, `{ana.invitation}` and `{ana.password_reset}` for what they
//! have; `{tenant.slug}` for the tenant, `{é*256}` for a text 256 times over. An expected `"<id>"`, `"<timestamp>"`, `"<timestamp or null>"`,
//! `"<string>"`, `"<string or null>"`, `"<boolean>"`, `"<array>"` or `"<object>"` is any such value, `"<admin>"` the calling
//! admin's row; `<string>` also stands within a text and a header. `"{ana.user}"` is the row of v2 that `ana` begins with.
//!
//! # Other people's rows
//! A server under test may have other users and groups. So an array that is a whole body is exact in a
//! tenant of its own, and elsewhere its rows must be found in that order among others. Cases with a page of v2 run elsewhere only if the query asks for
//! `ids`, for `example.com`, or for the newest (`sort=id_desc` and `limit`). For the same reason
//! `example.com` gets a label in front per case and group names a suffix, wherever they stand but in texts about faults.

mod api_setup;
mod case;
mod compare;
mod dialect;
mod exchange;
mod fill;
mod isolate;
mod live;
mod load;
mod row;
mod run;
mod setup;

pub use api_setup::ApiSetup;
pub use case::{Case, Given, GivenGroup, GivenUser, Lasting, Link, Links, Status};
pub use compare::{Difference, Rows, compare};
pub use dialect::Dialect;
pub use exchange::{Caller, Exchange, Request, Response};
pub use fill::{Handle, Handles, sample_body};
pub use live::{Live, Outcome, Unusable};
pub use load::{Loaded, check, load};
pub use run::{Answer, Credential, Failure, Server, run_case};
pub use setup::{Setup, SetupError, needs_fixture};
