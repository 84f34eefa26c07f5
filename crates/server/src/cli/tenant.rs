//! Which tenant a command is about.

use super::{Failure, parse_name};
use crate::service::{State, tenants};
use clap::Args;
use roster_domain::id::TenantId;
use roster_domain::name::Name;

/// The tenant, by name.
#[derive(Debug, Clone, Args)]
pub(super) struct Choice {
    /// The tenant's name; may be left out where there is only one
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    tenant: Option<Name>,
}

impl Choice {
    /// Finds it.
    pub(super) async fn find(self, state: &State) -> Result<TenantId, Failure> {
        let name = self.tenant;
        let tenant = state
            .database
            .read_tx(move |conn| tenants::choose(conn, name.as_ref()))
            .await
            .map_err(Failure::of)?;
        match tenant {
            Some(tenant) => Ok(tenant.id),
            None => Err(Failure::new(
                "no such tenant, or there are several: name one with --tenant",
            )),
        }
    }
}
