//! `roster tenants`: the tenants of this server.

use super::tenant::Choice;
use super::{Failure, open, parse_name, print, refused};
use crate::config::Settings;
use crate::service::{run_from_command_line, tenants};
use clap::Subcommand;
use roster_domain::name::Name;
use roster_domain::tenant::{RenameTenant, Slug};

#[derive(Debug, Subcommand)]
pub(super) enum Tenants {
    /// Print the tenants: id, slug and name, separated by tabs
    List,
    /// Give a tenant another name or another slug, by which sign-in pages know it
    Rename {
        #[command(flatten)]
        tenant: Choice,

        /// The new name
        #[arg(long, value_name = "NAME", value_parser = parse_name, required_unless_present = "slug")]
        name: Option<Name>,

        /// The new slug; bookmarks of the old sign-in page stop to work
        #[arg(long, value_name = "SLUG", value_parser = parse_slug)]
        slug: Option<Slug>,
    },
}

impl Tenants {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let state = open(settings)?;
        match self {
            Self::List => {
                let tenants = state.database.read_tx(tenants::list).await;
                for tenant in tenants.map_err(Failure::of)? {
                    let (slug, name) = (tenant.slug.as_str(), tenant.name.as_str());
                    print(&format!("{}\t{slug}\t{name}\n", tenant.id));
                }
            }
            Self::Rename { tenant, name, slug } => {
                let tenant = tenant.find(&state).await?;
                let renamed = run_from_command_line(&state, tenant, RenameTenant { name, slug });
                renamed.await.map_err(Failure::of)?;
            }
        }
        Ok(())
    }
}

fn parse_slug(text: &str) -> Result<Slug, String> {
    Slug::parse(text).map_err(refused)
}
