//! `roster keys`: API keys made by the operator.

use super::tenant::Choice;
use super::{Failure, new_key, open, parse_email, parse_name, print};
use crate::config::Settings;
use crate::service::run_from_command_line;
use clap::{Args, Subcommand};
use roster_domain::credential::{ApiKey, CreateKey};
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

    #[command(flatten)]
    tenant: Choice,

    /// A label, by which people know the key
    #[arg(long, value_name = "TEXT", value_parser = parse_name)]
    label: Option<Name>,

    /// The key is refused after so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    expires: Option<u32>,

    /// Read the key from stdin instead of making one: a key of the original service, which its scripts keep
    #[arg(long)]
    from_stdin: bool,
}

impl Keys {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(settings).await,
        }
    }
}

impl Create {
    /// Makes the key, and prints it and nothing else on stdout; one that was given is not repeated.
    async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let state = open(settings)?;
        let tenant = self.tenant.find(&state).await?;
        let key = if self.from_stdin {
            read_key()?
        } else {
            new_key()?
        };
        let command = CreateKey {
            email: self.email,
            key: key.clone(),
            label: self.label,
            expires_in_days: self.expires,
        };
        let owner = run_from_command_line(&state, tenant, command)
            .await
            .map_err(Failure::of)?;
        if !self.from_stdin {
            print(&format!("{}\n", key.expose()));
        }
        if owner.status() != Status::Active {
            eprintln!("note: the key is refused until the user has accepted the invitation");
        }
        if !owner.allow_authentication_token {
            eprintln!("note: the key is refused until an admin allows the user API access");
        }
        Ok(())
    }
}

fn read_key() -> Result<ApiKey, Failure> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    ApiKey::adopt(line.trim())
        .map_err(|fault| Failure::new(format!("the key on stdin {}", fault.message)))
}
