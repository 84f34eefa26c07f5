//! `roster export`: a tenant's groups and users as a file that `roster import` reads.

use super::tenant::Choice;
use super::{Failure, open};
use crate::config::Settings;
use crate::service::run_from_command_line;
use clap::{Args, ValueEnum};
use roster_domain::group::ListGroups;
use roster_domain::user::ListUsers;
use roster_domain::wire::transfer;
use serde_json::{Map, Value};
use std::io::{BufWriter, ErrorKind, Write};

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    tenant: Choice,

    /// How it is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line.
    #[default]
    Ndjson,
    /// A table whose first line has the names of the fields.
    Csv,
}

impl Export {
    /// Prints the groups, then the users, each ordered by id.
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let state = open(settings)?;
        let tenant = self.tenant.find(&state).await?;
        let mut rows = Rows::new(self.format)?;
        let mut after = None;
        loop {
            let chunk = run_from_command_line(&state, tenant, ListGroups { after }).await;
            let chunk = chunk.map_err(Failure::of)?;
            let Some(last) = chunk.last() else { break };
            after = Some(last.group.id);
            for size in &chunk {
                if !rows.write(&transfer::of_group(&size.group))? {
                    return Ok(());
                }
            }
        }
        let mut after = None;
        loop {
            let chunk = run_from_command_line(&state, tenant, ListUsers { after }).await;
            let chunk = chunk.map_err(Failure::of)?;
            let Some(last) = chunk.last() else { break };
            after = Some(last.user.id);
            for details in &chunk {
                if !rows.write(&transfer::of_user(details))? {
                    return Ok(());
                }
            }
        }
        rows.end()
    }
}

type Out = BufWriter<std::io::StdoutLock<'static>>;

enum Rows {
    Ndjson(Out),
    Csv(Box<csv::Writer<Out>>),
}

impl Rows {
    fn new(format: Format) -> Result<Self, Failure> {
        let out = BufWriter::new(std::io::stdout().lock());
        Ok(match format {
            Format::Ndjson => Self::Ndjson(out),
            Format::Csv => {
                let mut table = csv::Writer::from_writer(out);
                table.write_record(transfer::COLUMNS.iter().take(transfer::WRITTEN))?;
                Self::Csv(Box::new(table))
            }
        })
    }

    /// Writes a row; `false` when nobody reads any more.
    fn write(&mut self, row: &Map<String, Value>) -> Result<bool, Failure> {
        let written = match self {
            Self::Ndjson(out) => writeln!(out, "{}", serde_json::to_string(row)?),
            Self::Csv(table) => {
                let columns = transfer::COLUMNS.iter().take(transfer::WRITTEN);
                let cells = columns.map(|column| transfer::to_cell(row.get(*column)));
                table.write_record(cells).map_err(std::io::Error::from)
            }
        };
        match written {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn end(self) -> Result<(), Failure> {
        match self {
            Self::Ndjson(mut out) => Ok(out.flush()?),
            Self::Csv(mut table) => Ok(table.flush()?),
        }
    }
}
