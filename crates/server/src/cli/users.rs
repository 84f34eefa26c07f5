//! `roster users` and `roster admins`: what no request may do.

use super::tenant::Choice;
use super::{Failure, new_key, open, parse_email, print};
use crate::config::Settings;
use crate::service::run_from_command_line;
use clap::Subcommand;
use roster_domain::email::Email;
use roster_domain::user::{ChangeEmail, PurgeUser, RecoverAdmin};

#[derive(Debug, Subcommand)]
pub(super) enum Users {
    /// Move a user to another address; links sent to the old one die, and sessions end
    ChangeEmail {
        /// The present address
        #[arg(long, value_name = "ADDRESS", value_parser = parse_email)]
        from: Email,

        /// The new address
        #[arg(long, value_name = "ADDRESS", value_parser = parse_email)]
        to: Email,

        #[command(flatten)]
        tenant: Choice,
    },
    /// Erase a deleted user for good; the audit trail keeps its events without the person
    Purge {
        /// The user's address
        #[arg(long, value_name = "ADDRESS", value_parser = parse_email)]
        email: Email,

        #[command(flatten)]
        tenant: Choice,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Admins {
    /// Make an active admin of the user with this address, or of a new one, and print a key for it
    Recover {
        /// The admin's address
        #[arg(long, value_name = "ADDRESS", value_parser = parse_email)]
        email: Email,

        #[command(flatten)]
        tenant: Choice,
    },
}

impl Users {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let state = open(settings)?;
        match self {
            Self::ChangeEmail { from, to, tenant } => {
                let tenant = tenant.find(&state).await?;
                let moved = run_from_command_line(&state, tenant, ChangeEmail { from, to }).await;
                moved.map(|_| ())
            }
            Self::Purge { email, tenant } => {
                let tenant = tenant.find(&state).await?;
                run_from_command_line(&state, tenant, PurgeUser { email }).await
            }
        }
        .map_err(Failure::of)
    }
}

impl Admins {
    /// Prints the admin's key and nothing else on stdout.
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let Self::Recover { email, tenant } = self;
        let state = open(settings)?;
        let tenant = tenant.find(&state).await?;
        let command = RecoverAdmin {
            email,
            key: new_key()?,
        };
        let key = command.key.clone();
        run_from_command_line(&state, tenant, command)
            .await
            .map_err(Failure::of)?;
        print(&format!("{}\n", key.expose()));
        Ok(())
    }
}
