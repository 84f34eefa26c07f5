//! Invitations, sessions and passwords.

use super::given::Given;
use super::values::{from_to, processors};
use clap::Args;
use serde::Serialize;

/// Invitations, sessions and passwords.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Account settings")]
pub struct AccountSettings {
    /// How long the link of an invitation works
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = from_to(1_u32, 90))]
    pub invitation_days: u32,

    /// How long the link for a new password works
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = from_to(5_u32, 1_440))]
    pub password_reset_minutes: u32,

    /// A session ends after so many days without a request
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = from_to(1_u32, 365))]
    pub session_idle_days: u32,

    /// A session ends after so many days in any case
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = from_to(1_u32, 365))]
    pub session_days: u32,

    /// How much memory the hash of a password takes, in KiB (Argon2id)
    #[arg(long, value_name = "KIB", default_value_t = 19_456, value_parser = from_to(19_456_u32, 1_048_576))]
    pub password_memory_kib: u32,

    /// How often the hash of a password goes over its memory
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = from_to(2_u32, 100))]
    pub password_iterations: u32,

    /// How many passwords are hashed at once, each with its memory [default: one a processor]
    #[arg(long, value_name = "N", default_value_t = processors(64), hide_default_value = true, value_parser = from_to(1_usize, 64))]
    pub password_hashes_at_once: usize,
}

impl AccountSettings {
    pub(super) fn contradictions(&self, given: &Given) -> Option<String> {
        (self.session_days < self.session_idle_days).then(|| {
            format!(
                "{} must not be below {}",
                given.told("session_days"),
                given.told("session_idle_days")
            )
        })
    }
}
