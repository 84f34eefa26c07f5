//! The server's tests: over a real socket, each on SQLite and on PostgreSQL, with a database of its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is missing"
)]

mod credentials;
mod fuzz;
mod harness;
mod limits;
mod list_faults;
mod lists;
mod process;
mod raw;
mod requests;
mod routes;
mod rows;
mod secrets;
mod statements;
mod walls;
