//! `roster audit`: the audit trail for other programs.

use super::tenant::Choice;
use super::{Failure, open};
use crate::config::Settings;
use crate::service::run_from_command_line;
use clap::Subcommand;
use roster_domain::audit::{EventFilter, ListAuditEvents};
use roster_domain::page::{Page, Position};
use std::io::{BufWriter, ErrorKind, Write};

const EVENTS_A_CHUNK: u32 = 1_000;

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
        let mut position = Position::Start;
        loop {
            let chunk = ListAuditEvents {
                filter: EventFilter::default(),
                page: Page {
                    position,
                    limit: EVENTS_A_CHUNK,
                },
            };
            let events = run_from_command_line(&state, tenant, chunk)
                .await
                .map_err(Failure::of)?;
            let Some(last) = events.rows.last() else {
                break;
            };
            position = Position::After(last.id);
            for event in &events.rows {
                match writeln!(out, "{}", serde_json::to_string(event)?) {
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                    written => written?,
                }
            }
        }
        Ok(out.flush()?)
    }
}
