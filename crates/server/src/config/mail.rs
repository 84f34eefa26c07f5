//! How mail goes out.

use super::given::Given;
use super::values::{from_to, is_host_name, is_loopback};
use clap::{Args, ValueEnum};
use lettre::message::Mailbox;
use secrecy::SecretString;
use serde::{Serialize, Serializer};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// How mail goes out.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Mail settings")]
pub struct MailSettings {
    /// The host that takes mail [default: none, and mails are written to files in the data folder]
    #[arg(long, value_name = "HOST", value_parser = read_host)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_host: Option<String>,

    /// Its port [default: 587 with starttls, 465 with tls, 25 with none]
    #[arg(long, value_name = "PORT", value_parser = from_to(1_u16, 65_535))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_port: Option<u16>,

    /// How the way to it is protected
    #[arg(long, value_name = "MODE", value_enum, default_value_t)]
    pub smtp_security: SmtpSecurity,

    /// A PEM file with certificates that are trusted besides those of the machine [default: none]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_ca_file: Option<PathBuf>,

    /// Who logs in to it
    #[arg(long, value_name = "NAME", value_parser = read_user)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_user: Option<String>,

    /// The password to log in with
    #[arg(long, value_name = "PASSWORD", hide_env_values = true, value_parser = read_password)]
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "serialize_hidden"
    )]
    pub smtp_password: Option<SecretString>,

    /// A file that holds the password
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub smtp_password_file: Option<PathBuf>,

    /// Who mail comes from
    #[arg(long, value_name = "MAILBOX", default_value = "Roster <roster@localhost>", value_parser = read_mailbox)]
    pub mail_from: String,

    /// A folder with texts that replace those of the mails [default: none]
    #[arg(long, value_name = "DIR", value_parser = read_folder)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_templates: Option<PathBuf>,

    /// A mail that cannot be handed over is tried again for so many hours
    #[arg(long, value_name = "HOURS", default_value_t = 72, value_parser = from_to(1_u32, 720))]
    pub mail_give_up_hours: u32,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS begins after the greeting; without it no mail is sent.
    #[default]
    Starttls,
    /// TLS from the start.
    Tls,
    /// Nothing: for a mail server on this machine or network.
    None,
}

impl MailSettings {
    /// The port in force.
    pub fn port(&self) -> u16 {
        self.smtp_port.unwrap_or(match self.smtp_security {
            SmtpSecurity::Starttls => 587,
            SmtpSecurity::Tls => 465,
            SmtpSecurity::None => 25,
        })
    }

    /// Makes what is printed complete, and free of what would be refused when read again.
    pub(super) fn amend_printed(&self, table: &mut toml::Table) {
        if self.smtp_host.is_some() {
            table.insert("smtp_port".to_owned(), i64::from(self.port()).into());
        } else {
            table.remove("smtp_security");
        }
    }

    pub(super) fn contradictions(&self, given: &Given) -> Vec<String> {
        let told = |name| given.told(name);
        let Some(host) = &self.smtp_host else {
            return [
                "smtp_port",
                "smtp_security",
                "smtp_ca_file",
                "smtp_user",
                "smtp_password",
            ]
            .into_iter()
            .filter(|name| given.has(name))
            .map(|name| format!("{} means nothing without smtp_host", told(name)))
            .collect();
        };
        let mut faults = Vec::new();
        match (&self.smtp_user, &self.smtp_password) {
            (Some(_), None) => faults.push(format!(
                "{} needs smtp_password or smtp_password_file",
                told("smtp_user")
            )),
            (None, Some(_)) => {
                faults.push(format!("{} needs smtp_user", told("smtp_password")));
            }
            (Some(_), Some(_))
                if self.smtp_security == SmtpSecurity::None && !is_loopback(host) =>
            {
                faults.push(format!(
                    "smtp_security must be starttls or tls, not \"none\", where a password would travel to another machine ({})",
                    given.origin("smtp_security")
                ));
            }
            _ => {}
        }
        faults
    }
}

fn read_host(text: &str) -> Result<String, String> {
    let is_address = text.parse::<IpAddr>().is_ok();
    if is_address || is_host_name(text) {
        Ok(text.to_owned())
    } else {
        Err("must be a host name or an address, without a port".to_owned())
    }
}

fn read_user(text: &str) -> Result<String, String> {
    if text.is_empty() {
        Err("must be a name".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn read_password(text: &str) -> Result<SecretString, String> {
    if text.is_empty() {
        Err("must not be empty".to_owned())
    } else {
        Ok(text.into())
    }
}

fn read_mailbox(text: &str) -> Result<String, String> {
    match text.parse::<Mailbox>() {
        // A line end would begin another header.
        Ok(_) if !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => Err("must be an address, as in Roster <roster@example.com>".to_owned()),
    }
}

fn read_folder(text: &str) -> Result<PathBuf, String> {
    if Path::new(text).is_dir() {
        Ok(text.into())
    } else {
        Err("must be a folder that exists".to_owned())
    }
}

fn serialize_hidden<S: Serializer>(
    _: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("***")
}
