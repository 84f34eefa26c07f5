//! Settings: flags, then `ROSTER_*` variables, then a TOML file, then defaults. What is unknown is refused.
//!
//! A setting is declared once, as a field. Its name is the file's; the flag has dashes for underscores, the variable
//! capitals behind `ROSTER_`. Its documentation is the help, its parser says what is accepted, and `hide_env_values`
//! marks a secret, which no message repeats.

mod accounts;
mod database;
mod error;
mod file;
mod given;
mod http;
mod mail;
mod public_url;
mod values;

pub use accounts::AccountSettings;
pub use database::DatabaseSettings;
pub use error::ConfigError;
pub use given::Given;
pub use http::HttpSettings;
pub use mail::{MailSettings, SmtpSecurity};
pub use public_url::PublicUrl;

use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

const DATA_DIR: &str = "roster-data";

/// The settings in force.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "General settings")]
pub struct Settings {
    /// A TOML file with settings; their names are those of the flags, with underscores
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// The folder for what the server keeps on this machine
    #[arg(long, value_name = "DIR", default_value = DATA_DIR)]
    pub data_dir: PathBuf,

    /// What is logged: a level, or levels by module as in `info,roster_server::sql=trace`
    #[arg(long, value_name = "FILTER", default_value = "info,actix_server=warn", value_parser = read_filter)]
    pub log: String,

    /// How it is logged, on stderr [default: text on a terminal, else json]
    #[arg(long, value_name = "FORMAT", value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<LogFormat>,

    /// Audit events are erased after so many days [default: they are kept]
    #[arg(long, value_name = "DAYS", value_parser = values::from_to(1_u32, 36_500))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_retention_days: Option<u32>,

    /// Where requests come in.
    #[command(flatten)]
    #[serde(flatten)]
    pub http: HttpSettings,

    /// Where users are kept.
    #[command(flatten)]
    #[serde(flatten)]
    pub database: DatabaseSettings,

    /// How mail goes out.
    #[command(flatten)]
    #[serde(flatten)]
    pub mail: MailSettings,

    /// Invitations, sessions and passwords.
    #[command(flatten)]
    #[serde(flatten)]
    pub accounts: AccountSettings,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Settings {
    /// The settings in force as a settings file, without secrets.
    ///
    /// # Errors
    /// A path is not UTF-8.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let mut table = toml::Table::try_from(self)?;
        self.mail.amend_printed(&mut table);
        toml::to_string(&table)
    }

    /// The settings of a file with these lines; no flag and no variable counts. For tests.
    ///
    /// # Errors
    /// As [`Given::settings`].
    #[cfg(any(test, feature = "testing"))]
    pub fn of_toml(text: &str) -> Result<Self, ConfigError> {
        Given::of_toml(text)?.resolve()
    }

    /// Fills in what one setting takes from another.
    fn completed(mut self) -> Self {
        self.database.complete();
        self
    }

    /// What is acceptable alone, but not together.
    fn contradictions(&self, given: &Given) -> Vec<String> {
        let mut faults = self.mail.contradictions(given);
        faults.extend(self.accounts.contradictions(given));
        faults
    }
}

fn read_filter(text: &str) -> Result<String, String> {
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => {
            Err("must be a level, or levels by module as in info,roster_server=debug".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_has_a_default() {
        let settings = Settings::of_toml("").unwrap();
        assert_eq!(settings.http.listen, "127.0.0.1:8080");
        assert_eq!(settings.audit_retention_days, None);
        assert_eq!(settings.accounts.password_memory_kib, 19_456);
        assert!((1..=64).contains(&settings.accounts.password_hashes_at_once));
        assert_eq!(settings.mail.port(), 587);
    }

    /// at-rest: neither the settings as they are logged nor those printed hold a secret.
    #[test]
    fn secrets_are_not_shown() {
        let settings = Settings::of_toml(
            r#"
            database_url = "postgres://u:hunter2@h/db"
            smtp_host = "mail.example.com"
            smtp_user = "u"
            smtp_password = "hunter2"
            "#,
        )
        .unwrap();
        for shown in [format!("{settings:?}"), settings.to_toml().unwrap()] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
