//! `roster keys`: API keys made by the operator.

use super::{Failure, new_key, open, parse_email, parse_name, print};
use crate::config::Settings;
use crate::service::{run_from_command_line, tenants};
use clap::{Args, Subcommand};
use roster_domain::credential::CreateKey;
use roster_domain::email::Email;
use roster_domain::name::Name;
use roster_domain::user::Status;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make an API key for a user, and print it
    Create(Create),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The user's address
    #[arg(long, value_name = "ADDRESS", value_parser = parse_email)]
    email: Email,

    /// The tenant's name; may be left out where there is only one
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    tenant: Option<Name>,

    /// A label, by which people know the key
    #[arg(long, value_name = "TEXT", value_parser = parse_name)]
    label: Option<Name>,

    /// The key is refused after so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    expires: Option<u32>,
}

impl Keys {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(settings).await,
        }
    }
}

impl Create {
    /// Makes the key, and prints it and nothing else on stdout.
    async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let state = open(settings)?;
        let name = self.tenant;
        let tenant = state
            .database
            .read_tx(move |conn| tenants::choose(conn, name.as_ref()))
            .await
            .map_err(Failure::of)?
            .ok_or(Failure::new(
                "no such tenant, or there are several: name one with --tenant",
            ))?;
        let command = CreateKey {
            email: self.email,
            key: new_key()?,
            label: self.label,
            expires_in_days: self.expires,
        };
        let key = command.key.clone();
        let owner = run_from_command_line(&state, tenant.id, command)
            .await
            .map_err(Failure::of)?;
        print(&format!("{}\n", key.expose()));
        if owner.status() != Status::Active {
            eprintln!("note: the key is refused until the user has accepted the invitation");
        }
        if !owner.allow_authentication_token {
            eprintln!("note: the key is refused until an admin allows the user API access");
        }
        Ok(())
    }
}
