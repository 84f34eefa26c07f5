//! `roster audit`: the audit trail for other programs.

use super::tenant::Choice;
use super::{Failure, open};
use crate::config::Settings;
use crate::service::audit_chunk;
use clap::Subcommand;
use std::io::{BufWriter, ErrorKind, Write};

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Print a tenant's events, the oldest first, as one JSON object a line
    Export {
        #[command(flatten)]
        tenant: Choice,
    },
}

impl Audit {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let Self::Export { tenant } = self;
        let state = open(settings)?;
        let tenant = tenant.find(&state).await?;
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut after = 0;
        loop {
            let events = audit_chunk(&state, tenant, after)
                .await
                .map_err(Failure::of)?;
            let Some(last) = events.last() else {
                break;
            };
            after = last.id;
            for event in &events {
                match writeln!(out, "{}", serde_json::to_string(event)?) {
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                    written => written?,
                }
            }
        }
        Ok(out.flush()?)
    }
}
