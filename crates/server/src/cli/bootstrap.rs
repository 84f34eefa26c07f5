//! `roster bootstrap`: a tenant and its first admin.

use super::{Failure, new_key, open, parse_email, parse_name, print};
use crate::config::Settings;
use crate::service::tenants;
use clap::Args;
use roster_domain::email::Email;
use roster_domain::name::Name;
use roster_domain::tenant::CreateTenant;

/// Whom and what to make.
#[derive(Debug, Args)]
pub(super) struct Bootstrap {
    /// The tenant's name; refused if there is such a tenant
    #[arg(long = "tenant", value_name = "NAME", value_parser = parse_name)]
    name: Name,

    /// The first admin's address
    #[arg(long, value_name = "ADDRESS", value_parser = parse_email)]
    admin_email: Email,

    /// The first admin's name
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    admin_name: Name,
}

impl Bootstrap {
    /// Makes them, and prints the admin's key and nothing else on stdout.
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let state = open(settings)?;
        let command = CreateTenant {
            name: self.name,
            admin_email: self.admin_email,
            admin_name: Some(self.admin_name),
            key: new_key()?,
        };
        let key = command.key.clone();
        let now = state.clock.now();
        state
            .database
            .write_tx(move |conn| tenants::create(conn, &command, now))
            .await
            .map_err(Failure::of)?;
        print(&format!("{}\n", key.expose()));
        Ok(())
    }
}
