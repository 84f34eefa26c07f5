//! The Roster server: HTTP dialects over use cases over a database.
//!
//! ```text
//! http/v1 ─► service (one use case, one transaction) ─► db
//!                └─► roster-domain decides
//! ```

pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod hasher;
pub mod http;
pub mod mail;
pub mod metrics;
pub mod service;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod turns;
