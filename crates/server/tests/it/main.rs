//! The server's tests: over a real socket, each on SQLite and on PostgreSQL, with a database of its own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where something is missing"
)]

mod harness;
mod lists;
