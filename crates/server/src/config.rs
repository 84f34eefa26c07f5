//! Settings: flags, then `ROSTER_*` variables, then a TOML file, then defaults. What is unknown is refused.

use crate::db::url::{DatabaseUrl, Synchronous, UnknownDatabaseUrl, masked};
use clap::{Args, Command, ValueEnum};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use validator::Validate;

/// What may be set, each by a flag, a variable or a line of the file.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// A TOML file with settings; their names are those of the flags, with underscores
    #[arg(long, env = "ROSTER_CONFIG", global = true, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// The address and port to listen on [default: 127.0.0.1:8080]
    #[arg(
        long,
        env = "ROSTER_LISTEN",
        global = true,
        value_name = "ADDRESS:PORT"
    )]
    pub listen: Option<String>,

    /// The folder for what the server keeps on this machine [default: roster-data]
    #[arg(long, env = "ROSTER_DATA_DIR", global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// sqlite:relative/path, sqlite:///absolute/path or postgres://user:password@host/name
    /// [default: roster.db in the data folder]
    #[arg(
        long,
        env = "ROSTER_DATABASE_URL",
        global = true,
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,

    /// A file that holds the database URL
    #[arg(
        long,
        env = "ROSTER_DATABASE_URL_FILE",
        global = true,
        value_name = "FILE"
    )]
    pub database_url_file: Option<PathBuf>,

    /// How many connections to the database are kept [default: 8]
    #[arg(
        long,
        env = "ROSTER_DATABASE_POOL_SIZE",
        global = true,
        value_name = "N"
    )]
    pub database_pool_size: Option<u32>,

    /// What a commit on SQLite waits for [default: full]
    #[arg(
        long,
        env = "ROSTER_SQLITE_SYNCHRONOUS",
        global = true,
        value_name = "MODE"
    )]
    pub sqlite_synchronous: Option<Synchronous>,

    /// How many threads answer requests [default: one a processor]
    #[arg(long, env = "ROSTER_WORKERS", global = true, value_name = "N")]
    pub workers: Option<usize>,

    /// What is logged: a level, or levels by module as in `info,roster_server::sql=trace`
    /// [default: info,actix_server=warn]
    #[arg(long, env = "ROSTER_LOG", global = true, value_name = "FILTER")]
    pub log: Option<String>,

    /// How it is logged, on stderr [default: text]
    #[arg(long, env = "ROSTER_LOG_FORMAT", global = true, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings in force.
#[derive(Debug, Clone, Serialize, Validate)]
pub struct Settings {
    /// The address and port to listen on.
    pub listen: String,
    /// The folder for what the server keeps on this machine.
    pub data_dir: PathBuf,
    /// Where the database is; printed without its password.
    #[serde(serialize_with = "serialize_masked")]
    pub database_url: String,
    /// How many connections to the database are kept.
    #[validate(range(min = 1, max = 1_000, message = "must be from 1 to 1000"))]
    pub database_pool_size: u32,
    /// What a commit on SQLite waits for.
    #[serde(serialize_with = "serialize_synchronous")]
    pub sqlite_synchronous: Synchronous,
    /// How many threads answer requests.
    #[validate(range(min = 1, max = 1_024, message = "must be from 1 to 1024"))]
    pub workers: usize,
    /// What is logged.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// The database URL, understood.
    #[serde(skip)]
    pub database: DatabaseUrl,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The settings file is faulty.
    #[error("{}: {source}", path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// Variables that mean nothing.
    #[error("unknown settings in the environment: {}; `roster help` lists those there are", .0.join(", "))]
    UnknownVariables(Vec<String>),
    /// Two places for one thing.
    #[error("database_url and database_url_file are both given; give one of them")]
    TwoDatabaseUrls,
    /// Values out of range, all of them.
    #[error("{0}")]
    Invalid(String),
    /// The database URL cannot be understood.
    #[error("database_url: {0}")]
    DatabaseUrl(#[from] UnknownDatabaseUrl),
}

impl Options {
    /// Works out the settings in force.
    ///
    /// # Errors
    /// Something is unknown, unreadable, contradictory or out of range.
    pub fn settings(self) -> Result<Settings, ConfigError> {
        refuse_unknown_variables()?;
        let file = match &self.config {
            Some(path) => read_toml(path)?,
            None => Self::default(),
        };
        let data_dir = self
            .data_dir
            .or(file.data_dir)
            .unwrap_or_else(|| "roster-data".into());
        let given_url = self.database_url.or(file.database_url);
        let database_url = match (given_url, self.database_url_file.or(file.database_url_file)) {
            (Some(_), Some(_)) => return Err(ConfigError::TwoDatabaseUrls),
            (Some(url), None) => url,
            (None, Some(path)) => read(&path)?.trim().to_owned(),
            (None, None) => default_database_url(&data_dir),
        };
        let sqlite_synchronous = self
            .sqlite_synchronous
            .or(file.sqlite_synchronous)
            .unwrap_or_default();
        let settings = Settings {
            listen: self
                .listen
                .or(file.listen)
                .unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            database: DatabaseUrl::parse(&database_url, sqlite_synchronous)?,
            data_dir,
            database_url,
            database_pool_size: self
                .database_pool_size
                .or(file.database_pool_size)
                .unwrap_or(8),
            sqlite_synchronous,
            workers: self.workers.or(file.workers).unwrap_or_else(processors),
            log: self
                .log
                .or(file.log)
                .unwrap_or_else(|| "info,actix_server=warn".to_owned()),
            log_format: self.log_format.or(file.log_format).unwrap_or_default(),
        };
        settings
            .validate()
            .map_err(|faults| ConfigError::Invalid(list(&faults)))?;
        Ok(settings)
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn default_database_url(data_dir: &Path) -> String {
    let path = data_dir.join("roster.db");
    let slashes = if path.is_absolute() { "//" } else { "" };
    format!("sqlite:{slashes}{}", path.display())
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })
}

fn read_toml(path: &Path) -> Result<Options, ConfigError> {
    toml::from_str(&read(path)?).map_err(|source| ConfigError::Parse {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

/// The messages name the settings, never their values.
fn list(faults: &validator::ValidationErrors) -> String {
    let mut lines: Vec<String> = faults
        .field_errors()
        .iter()
        .flat_map(|(name, faults)| {
            faults.iter().map(move |fault| {
                let message = fault.message.as_deref().unwrap_or("is not acceptable");
                format!("{name} {message}")
            })
        })
        .collect();
    lines.sort();
    lines.join("; ")
}

/// A variable with a typing error would otherwise be a setting that silently does nothing.
fn refuse_unknown_variables() -> Result<(), ConfigError> {
    let command = Options::augment_args(Command::new("roster"));
    let known: BTreeSet<_> = command
        .get_arguments()
        .filter_map(|argument| argument.get_env()?.to_str())
        .chain(VARIABLES_OF_TOOLS.iter().copied())
        .collect();
    let unknown: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("ROSTER_") && !known.contains(name.as_str()))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::UnknownVariables(unknown))
    }
}

/// Variables of the other programs of this project: the contract runner, the tests.
const VARIABLES_OF_TOOLS: &[&str] = &[
    "ROSTER_API_KEY",
    "ROSTER_TEST_POSTGRES_URL",
    "ROSTER_TEST_PYTHON",
];

fn serialize_masked<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&masked(url))
}

fn serialize_synchronous<S: Serializer>(
    mode: &Synchronous,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(mode.as_str())
}
