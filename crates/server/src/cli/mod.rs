//! The command line.

mod audit;
mod backup;
mod bootstrap;
mod copy;
mod export;
mod first_admin;
mod healthcheck;
mod import;
mod keys;
mod mail;
mod serve;
mod tenant;
mod tenants;
mod users;

use crate::clock::Clock;
use crate::config::{Given, Settings};
use crate::db::Database;
use crate::db::url::DatabaseUrl;
use crate::error::Error;
use crate::hasher::Hasher;
use crate::metrics::Metrics;
use crate::service::{State, TWIN_PATIENCE};
use crate::telemetry;
use clap::{Parser, Subcommand};
use roster_domain::credential::ApiKey;
use roster_domain::email::Email;
use roster_domain::name::Name;
use roster_domain::session::Lifetimes;
use roster_domain::{Error as Refusal, Fault};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// A self-hosted user directory and its administration.
#[derive(Parser)]
#[command(name = "roster", version)]
pub struct Cli {
    #[command(flatten)]
    settings: Given,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer requests (what `roster` does without a command)
    Serve,
    /// Ask the running server whether it is ready: for container health checks
    Healthcheck,
    /// Bring the database's schema up to date
    Migrate,
    /// Make a tenant with its first admin, and print the admin's API key
    Bootstrap(bootstrap::Bootstrap),
    /// Tenants
    Tenants {
        #[command(subcommand)]
        command: tenants::Tenants,
    },
    /// API keys
    Keys {
        #[command(subcommand)]
        command: keys::Keys,
    },
    /// Users, for what no request may do
    Users {
        #[command(subcommand)]
        command: users::Users,
    },
    /// Admins, when all are gone or locked out
    Admins {
        #[command(subcommand)]
        command: users::Admins,
    },
    /// Outgoing mail
    Mail {
        #[command(subcommand)]
        command: mail::Mail,
    },
    /// The audit trail
    Audit {
        #[command(subcommand)]
        command: audit::Audit,
    },
    /// Print a tenant's groups and users, without passwords and keys
    Export(export::Export),
    /// Add users and groups from a file or from another server; nobody is mailed
    Import(import::Import),
    /// Write all of an SQLite database into a new file, while it is served or not
    Backup(backup::Backup),
    /// Make the database of a backup, where there is none
    Restore(backup::Restore),
    /// Copy all of a database into an empty one, of the same kind or the other
    Copy(copy::Copy),
    /// Print the settings in force, without secrets
    CheckConfig,
    /// Print the OpenAPI document of the APIs, which the server answers at /openapi.json
    Openapi,
}

/// Why a command failed, as it is told to the operator.
#[derive(Debug)]
pub struct Failure(String);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        // libpq writes several lines.
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Self(lines.join(" ").trim_end().to_owned())
    }
}

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The same, with the file in front that it is about.
    fn about(self, path: &Path) -> Self {
        Self(format!("{}: {}", path.display(), self.0))
    }

    /// A failed use case.
    fn of(error: Error) -> Self {
        match error {
            Error::Domain(Refusal::TenantNameTaken) => {
                Self::new("a tenant with this name exists already")
            }
            Error::Domain(Refusal::TenantSlugTaken) => {
                Self::new("another tenant has this slug already")
            }
            Error::Domain(Refusal::NotFound) => {
                Self::new("the tenant has no user with this address")
            }
            Error::Domain(Refusal::EmailTaken) => {
                Self::new("the tenant has a user with the new address already")
            }
            Error::Domain(Refusal::KeyTaken) => Self::new("this key is in use already"),
            Error::Domain(Refusal::UserNotDeleted) => {
                Self::new("the user is not deleted: only deleted users are erased")
            }
            Error::Domain(Refusal::UserDeleted) => {
                Self::new("the user is deleted: restore it first")
            }
            Error::Domain(Refusal::Invalid(faults)) => {
                let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
                Self(texts.join("; "))
            }
            Error::Internal(cause) => Self(cause.log_text()),
            other => Self(format!("{other:?}")),
        }
    }
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// The settings or the arguments are faulty, or the command fails.
    pub fn run(self) -> Result<(), Failure> {
        let settings = self.settings.settings()?;
        telemetry::start(&settings).map_err(|error| Failure::new(format!("log: {error}")))?;
        let runtime = actix_web::rt::System::new();
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => runtime.block_on(serve::run(&settings)),
            Command::Healthcheck => healthcheck::run(&settings),
            Command::Migrate => migrate(&settings.database.database_url),
            Command::Bootstrap(bootstrap) => runtime.block_on(bootstrap.run(&settings)),
            Command::Tenants { command } => runtime.block_on(command.run(&settings)),
            Command::Keys { command } => runtime.block_on(command.run(&settings)),
            Command::Users { command } => runtime.block_on(command.run(&settings)),
            Command::Admins { command } => runtime.block_on(command.run(&settings)),
            Command::Mail { command } => runtime.block_on(command.run(&settings)),
            Command::Audit { command } => runtime.block_on(command.run(&settings)),
            Command::Export(export) => runtime.block_on(export.run(&settings)),
            Command::Import(import) => runtime.block_on(import.run(&settings)),
            Command::Backup(backup) => backup.run(&settings),
            Command::Restore(restore) => restore.run(&settings),
            Command::Copy(copy) => copy.run(&settings),
            Command::CheckConfig => {
                print(&settings.to_toml()?);
                Ok(())
            }
            Command::Openapi => {
                print(crate::http::openapi::text());
                Ok(())
            }
        }
    }
}

fn migrate(url: &DatabaseUrl) -> Result<(), Failure> {
    if let DatabaseUrl::Sqlite { path, .. } = url
        && let Some(folder) = Path::new(path).parent()
    {
        make_private_folder(folder)?;
        make_private_file(Path::new(path))?;
    }
    Ok(Database::migrate(url)?)
}

/// A database with its schema up to date.
fn open(settings: &Settings) -> Result<State, Failure> {
    migrate(&settings.database.database_url)?;
    let database = Database::open(
        &settings.database.database_url,
        settings.database.database_pool_size,
    )
    .map_err(Failure::of)?;
    let accounts = &settings.accounts;
    Ok(State {
        database,
        clock: Clock::System,
        lifetimes: Lifetimes {
            session_idle: days(accounts.session_idle_days),
            session: days(accounts.session_days),
            invitation: days(accounts.invitation_days),
            password_reset: Duration::from_secs(u64::from(accounts.password_reset_minutes) * 60),
        },
        hasher: Hasher::new(
            accounts.password_memory_kib,
            accounts.password_iterations,
            accounts.password_hashes_at_once,
        )
        .map_err(Failure::of)?,
        twin_patience: TWIN_PATIENCE,
        metrics: Metrics::new().map_err(Failure::of)?,
    })
}

fn days(days: u32) -> Duration {
    const DAY: u64 = 86_400;
    Duration::from_secs(u64::from(days) * DAY)
}

/// Makes a folder that only the server's user can read, unless it exists.
fn make_private_folder(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| unwritable(folder, &error))
}

/// Makes a file that only the server's user can read, unless it exists. SQLite gives its other files the same mode.
fn make_private_file(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(|_| ())
        .map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure(format!(
        "{} cannot be made or written: {error}; let this user write there, or name another place with --data-dir or --database-url",
        path.display()
    ))
}

fn new_key() -> Result<ApiKey, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(ApiKey::from_random(bytes))
}

/// Prints to stdout. Whoever closes it does not want to read.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn parse_email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(refused)
}

fn parse_name(text: &str) -> Result<Name, String> {
    Name::parse(text).map_err(refused)
}

fn refused(fault: Fault) -> String {
    fault.message.into_owned()
}
