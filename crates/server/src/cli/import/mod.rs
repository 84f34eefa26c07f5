//! `roster import`: users and groups from a file, or from another server.

mod file;
mod remote;

use super::export::Format;
use super::tenant::Choice;
use super::{Failure, open, parse_name, print};
use crate::config::Settings;
use crate::service::{Destination, State, import};
use clap::{ArgGroup, Args};
use roster_domain::import::{
    Entry, ImportReport, ImportRows, MAX_ROWS, Row, RowFault, repetitions,
};
use roster_domain::name::Name;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a list may take; v1 answers with all users at once.
const PATIENCE: Duration = Duration::from_secs(600);
const ROWS_A_CHUNK: usize = 1_000;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).args(["file", "from_v1", "from_v2"]))]
pub(super) struct Import {
    /// The file, as `roster export` writes it; `-` for stdin
    file: Option<PathBuf>,

    /// How the file is written [default: csv for a file of that ending, else ndjson]
    #[arg(long, value_name = "FORMAT", value_enum, requires = "file")]
    format: Option<Format>,

    /// Take over a tenant of the original service, or of another Roster, through its v1 API, with its ids
    #[arg(long, value_name = "URL")]
    from_v1: Option<String>,

    /// The same through its v2 API, with titles, settings and user attributes
    #[arg(long, value_name = "URL")]
    from_v2: Option<String>,

    /// A file with the key of an admin there; else it is read from stdin
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    key_file: Option<PathBuf>,

    #[command(flatten)]
    tenant: Choice,

    /// Make a tenant of this name for them
    #[arg(long, value_name = "NAME", value_parser = parse_name, conflicts_with = "tenant")]
    new_tenant: Option<Name>,

    /// Tell what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Leave users and groups that are there already as they are
    #[arg(long)]
    skip_existing: bool,

    /// Import in transactions of 1,000 rows, each all or nothing
    #[arg(long)]
    chunked: bool,

    /// Import in one transaction however many rows there are: no server is running that would wait
    #[arg(long, conflicts_with = "chunked")]
    offline: bool,
}

/// What is to be imported, and what is wrong with it already.
struct Content {
    command: ImportRows,
    faults: Vec<RowFault>,
}

impl Import {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let mut content = self.read().await?;
        content.faults.extend(repetitions(&content.command.rows));
        // Only the numbers of the rows tell their order; groups have to be there before their users.
        let rows = &mut content.command.rows;
        rows.sort_by_key(|row| matches!(row.entry, Entry::User(_)));
        let count = rows.len();
        if count > MAX_ROWS && !self.chunked && !self.offline && !self.dry_run {
            return Err(Failure::new(format!(
                "{count} rows at once would keep a server waiting: add --chunked, or --offline where none is running"
            )));
        }
        let state = open(settings)?;
        let destination = match &self.new_tenant {
            Some(name) => Destination::NewTenant(name.clone()),
            None => Destination::Tenant(self.tenant.clone().find(&state).await?),
        };
        let is_refused = !content.faults.is_empty();
        content.command.is_rehearsal = self.dry_run || is_refused;
        content.command.skip_existing = self.skip_existing;
        let done = self.import(&state, destination, content).await?;
        let (users, groups, skipped) = (done.users, done.groups, done.skipped.len());
        let would = if self.dry_run { "would be " } else { "" };
        print(&format!(
            "{users} users and {groups} groups {would}imported, {skipped} {would}skipped\n"
        ));
        Ok(())
    }

    async fn read(&self) -> Result<Content, Failure> {
        let (rows, faults, attributes, entries) = match (&self.file, &self.from_v1, &self.from_v2) {
            (Some(file), _, _) => {
                let content = file::read(file, self.format)?;
                (content.rows, content.faults, Vec::new(), Vec::new())
            }
            (None, Some(url), _) => {
                let content = remote::from_v1(&self.client(url)?).await?;
                (content.rows, content.faults, Vec::new(), Vec::new())
            }
            (None, None, Some(url)) => {
                let content = remote::from_v2(&self.client(url)?).await?;
                (
                    content.rows,
                    content.faults,
                    content.attributes,
                    content.entries,
                )
            }
            (None, None, None) => return Err(Failure::new("name a file, --from-v1 or --from-v2")),
        };
        let group_keys = rows.iter().filter_map(|row| match &row.entry {
            Entry::Group(group) => Some(group.name.key()),
            Entry::User(_) => None,
        });
        Ok(Content {
            faults,
            command: ImportRows {
                group_keys: Arc::new(group_keys.collect()),
                rows,
                attributes,
                entries,
                skip_existing: false,
                is_rehearsal: false,
            },
        })
    }

    fn client(&self, url: &str) -> Result<roster_client::Client, Failure> {
        let key = match &self.key_file {
            Some(file) => {
                std::fs::read_to_string(file).map_err(|error| Failure::from(error).about(file))?
            }
            None => {
                let mut line = String::new();
                std::io::stdin().read_line(&mut line)?;
                line
            }
        };
        if key.trim().is_empty() {
            return Err(Failure::new(
                "there is no key: it is read from stdin, or from the file of --key-file",
            ));
        }
        let client = roster_client::Client::builder(url, key.trim());
        Ok(client.timeout(PATIENCE).build()?)
    }

    /// Imports, or finds out what is wrong; tells both, row by row.
    async fn import(
        &self,
        state: &State,
        mut destination: Destination,
        content: Content,
    ) -> Result<ImportReport, Failure> {
        let Content {
            command,
            mut faults,
        } = content;
        let mut done = ImportReport::default();
        let in_chunks = self.chunked || command.is_rehearsal;
        let whole = command.rows.len().max(1);
        let size = if in_chunks { ROWS_A_CHUNK } else { whole };
        let total = command.rows.len();
        // As they come, so that the rows of a million users are not held twice.
        let mut rest = command.rows.into_iter();
        while rest.len() > 0 {
            let rows: Vec<Row> = rest.by_ref().take(size).collect();
            let is_last = rest.len() == 0;
            let chunk = ImportRows {
                rows,
                group_keys: Arc::clone(&command.group_keys),
                // They are about all of the rows.
                attributes: if is_last {
                    command.attributes.clone()
                } else {
                    Vec::new()
                },
                entries: if is_last {
                    command.entries.clone()
                } else {
                    Vec::new()
                },
                ..command
            };
            let (tenant, report) = import(state, destination.clone(), chunk)
                .await
                .map_err(Failure::of)?;
            if let Some(tenant) = tenant {
                destination = Destination::Tenant(tenant);
            }
            let is_done = report.faults.is_empty();
            done.users += if is_done { report.users } else { 0 };
            done.groups += if is_done { report.groups } else { 0 };
            done.skipped.extend(report.skipped);
            faults.extend(report.faults);
            if !faults.is_empty() && !command.is_rehearsal {
                break;
            }
            if self.chunked && !command.is_rehearsal {
                eprintln!("{} of {total} rows are done", total - rest.len());
            }
        }
        tell(&done, faults, self.chunked && !command.is_rehearsal)?;
        Ok(done)
    }
}

/// Tells what is skipped and what is wrong, in the order of the rows. This is the operator's own terminal; the log gets none of it.
fn tell(done: &ImportReport, mut faults: Vec<RowFault>, in_chunks: bool) -> Result<(), Failure> {
    for line in &done.skipped {
        eprintln!("line {line}: skipped, as it is in the tenant already");
    }
    faults.sort_by_key(|fault| fault.line);
    for RowFault { line, fault } in &faults {
        match line {
            0 => eprintln!("{fault}"),
            line => eprintln!("line {line}: {fault}"),
        }
    }
    match (faults.len(), done.users + done.groups) {
        (0, _) => Ok(()),
        (count, before) if in_chunks && before > 0 => Err(Failure::new(format!(
            "{count} faults; the {before} rows of the chunks before are imported"
        ))),
        (count, _) => Err(Failure::new(format!(
            "{count} faults; nothing was imported"
        ))),
    }
}

/// The rows of a list, numbered from 1.
fn numbered(entries: impl IntoIterator<Item = Entry>) -> Vec<Row> {
    (1..)
        .zip(entries)
        .map(|(line, entry)| Row { line, entry })
        .collect()
}
