//! Where users are kept.

use super::values::{from_to, processors};
use crate::db::url::{DatabaseUrl, Synchronous, masked};
use clap::Args;
use serde::{Serialize, Serializer};
use std::path::{Path, PathBuf};

/// Where users are kept.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Database settings")]
pub struct DatabaseSettings {
    /// sqlite:relative/path, sqlite:///absolute/path or postgres://user:password@host/name
    /// [default: roster.db in the data folder]
    #[arg(long, value_name = "URL", hide_env_values = true, value_parser = read_url)]
    #[serde(serialize_with = "serialize_url")]
    pub database_url: DatabaseUrl,

    /// A file that holds the database URL
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub database_url_file: Option<PathBuf>,

    /// How many connections to the database are kept [default: two a processor, from 4 to 32]
    #[arg(long, value_name = "N", default_value_t = connections(), hide_default_value = true, value_parser = from_to(1_u32, 1_000))]
    pub database_pool_size: u32,

    /// What a commit on SQLite waits for
    #[arg(long, value_name = "MODE", value_enum, default_value_t)]
    #[serde(serialize_with = "serialize_synchronous")]
    pub sqlite_synchronous: Synchronous,
}

impl DatabaseSettings {
    /// The URL is read before it is known what a commit waits for.
    pub(super) fn complete(&mut self) {
        if let DatabaseUrl::Sqlite { synchronous, .. } = &mut self.database_url {
            *synchronous = self.sqlite_synchronous;
        }
    }
}

/// More than the processors can serve only wait for each other, and PostgreSQL has few for all its clients.
fn connections() -> u32 {
    u32::try_from(processors(16) * 2).map_or(4, |two_a_processor| two_a_processor.max(4))
}

/// Where the database is unless something else is said.
pub(super) fn default_url(data_dir: &Path) -> String {
    sqlite_url(&data_dir.join("roster.db").display().to_string())
}

fn sqlite_url(path: &str) -> String {
    let slashes = if path.starts_with('/') { "//" } else { "" };
    format!("sqlite:{slashes}{path}")
}

fn read_url(text: &str) -> Result<DatabaseUrl, String> {
    DatabaseUrl::parse(text.trim(), Synchronous::default())
        .map_err(|fault| format!("is not understood: {fault}"))
}

fn serialize_url<S: Serializer>(url: &DatabaseUrl, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&match url {
        DatabaseUrl::Sqlite { path, .. } => sqlite_url(path),
        DatabaseUrl::Postgres { given, .. } => masked(given),
    })
}

fn serialize_synchronous<S: Serializer>(
    mode: &Synchronous,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(mode.as_str())
}
