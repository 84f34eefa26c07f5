//! Roster's types and rules.
//!
//! This crate decides; it does no I/O, reads no clock and draws no random numbers: times and random
//! bytes come in as arguments. It knows neither HTTP nor SQL. What is built here is valid: text from
//! outside enters through a `parse` function, rows of the database through a `from_stored` one.

pub mod attempt;
pub mod audit;
pub mod credential;
pub mod email;
pub mod error;
pub mod group;
pub mod id;
pub mod idempotency;
pub mod import;
pub mod job;
pub mod link;
pub mod name;
pub mod page;
pub mod password;
pub mod permission;
pub mod role;
pub mod session;
pub mod tenant;
mod text;
pub mod time;
pub mod token;
pub mod user;
pub mod user_attribute;
pub mod version;
pub mod wire;

pub use error::{Error, Fault, FieldFault};
