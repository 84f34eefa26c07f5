//! The settings of outgoing mail, understood.

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::{SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a connection to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS after STARTTLS, which the server has to offer; port 587.
    Starttls,
    /// TLS from the first byte; port 465.
    Tls,
    /// Not at all, for a relay on the same machine; port 25.
    None,
}

/// What the operator gives.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The mail server; without one, mails are written into a folder.
    pub smtp_host: Option<&'a str>,
    /// Its port, if it is not the usual one.
    pub smtp_port: Option<u16>,
    /// How the connection is secured.
    pub smtp_security: Security,
    /// The name to sign in with.
    pub smtp_user: Option<&'a str>,
    /// The password to sign in with.
    pub smtp_password: Option<&'a str>,
    /// A PEM file with certificates that are trusted besides those of the machine.
    pub smtp_ca_file: Option<&'a Path>,
    /// Who the mails are from: `Name <address>` or an address.
    pub mail_from: Option<&'a str>,
    /// A folder with templates that replace those built in.
    pub mail_templates: Option<&'a Path>,
    /// After how many hours a mail is given up.
    pub mail_give_up_hours: u32,
    /// What the links in mails begin with, without a slash at the end.
    pub public_url: &'a str,
    /// The host in it.
    pub public_host: &'a str,
    /// The folder for what the server keeps on this machine.
    pub data_dir: &'a Path,
}

/// What outgoing mail needs to know.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// By which way mails leave.
    pub channel: Channel,
    /// Who the mails are from.
    pub from: Mailbox,
    /// What the links in mails begin with, without a slash at the end.
    pub public_url: String,
    /// The host in it: mails are numbered under its name, and the mail server is greeted with it.
    pub host: String,
    /// A folder with templates that replace those built in.
    pub templates: Option<PathBuf>,
    /// How long a mail is tried before it is given up.
    pub give_up: Duration,
    /// How often the worker looks for mails.
    pub poll: Duration,
}

/// By which way mails leave.
#[derive(Debug, Clone)]
pub enum Channel {
    /// A mail server.
    Smtp(SmtpSettings),
    /// Files in this folder.
    Folder(PathBuf),
}

/// How to reach a mail server.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// What to sign in with.
    pub credentials: Option<Credentials>,
    /// A PEM file with certificates that are trusted besides those of the machine.
    pub ca_file: Option<PathBuf>,
    /// How long the whole conversation about a mail may take. A row of the outbox is lent for longer than that.
    pub timeout: Duration,
}

impl SmtpSettings {
    /// How long the whole conversation about a mail may take, if a test does not want it shorter.
    pub const TIMEOUT: Duration = Duration::from_secs(60);
}

/// Why mails cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// The sender is no address.
    #[error(
        "mail_from must be an address, such as roster@example.com, or Roster <roster@example.com>, in ASCII but for the name"
    )]
    From,
    /// A mail server takes no mail without a sender.
    #[error("mail_from is missing: smtp_host needs it")]
    FromMissing,
    /// A name without a password, or the other way round.
    #[error("smtp_user and smtp_password belong together: one of them is missing")]
    HalfCredentials,
    /// Certificates that cannot be used.
    #[error("smtp_ca_file {}: {reason}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The machine's TLS cannot be used.
    #[error("TLS cannot be used: {0}")]
    Tls(String),
    /// A folder or file cannot be read.
    #[error("mail_templates {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that replaces nothing.
    #[error("mail_templates {}: no mail has a template of this name; there are {known}", path.display())]
    UnknownTemplate {
        /// The file.
        path: PathBuf,
        /// The names there are.
        known: String,
    },
    /// A template that cannot be used.
    #[error("mail_templates {place}: {reason}")]
    Template {
        /// The file, and the line where that is known.
        place: String,
        /// What is wrong.
        reason: String,
    },
}

impl MailSettings {
    /// Works out what outgoing mail needs to know.
    ///
    /// # Errors
    /// Something is missing, contradictory or cannot be understood.
    pub fn of(given: &Given<'_>) -> Result<Self, MailFault> {
        const POLL: Duration = Duration::from_secs(1);
        let host = given.public_host;
        let from = match given.mail_from {
            Some(from) => mailbox(from)?,
            None if given.smtp_host.is_some() => return Err(MailFault::FromMissing),
            None => local_mailbox(host)?,
        };
        let channel = match given.smtp_host {
            Some(host) => Channel::Smtp(smtp(given, host)?),
            None => Channel::Folder(given.data_dir.join("mail")),
        };
        Ok(Self {
            channel,
            from,
            public_url: given.public_url.to_owned(),
            host: host.to_owned(),
            templates: given.mail_templates.map(Path::to_owned),
            give_up: Duration::from_secs(u64::from(given.mail_give_up_hours).saturating_mul(3_600)),
            poll: POLL,
        })
    }
}

fn smtp(given: &Given<'_>, host: &str) -> Result<SmtpSettings, MailFault> {
    let credentials = match (given.smtp_user, given.smtp_password) {
        (Some(user), Some(password)) => Some(Credentials::new(user.into(), password.into())),
        (None, None) => None,
        _ => return Err(MailFault::HalfCredentials),
    };
    Ok(SmtpSettings {
        host: host.to_owned(),
        port: given.smtp_port.unwrap_or(match given.smtp_security {
            Security::Starttls => SUBMISSION_PORT,
            Security::Tls => SUBMISSIONS_PORT,
            Security::None => SMTP_PORT,
        }),
        security: given.smtp_security,
        credentials,
        ca_file: given.smtp_ca_file.map(Path::to_owned),
        timeout: SmtpSettings::TIMEOUT,
    })
}

/// A sender whose address every mail server takes.
fn mailbox(text: &str) -> Result<Mailbox, MailFault> {
    let mailbox: Mailbox = text.parse().map_err(|_| MailFault::From)?;
    let address: &str = mailbox.email.as_ref();
    // What is written is read again when a mail is made.
    if address.is_ascii() && mailbox.to_string().parse().ok() == Some(mailbox.clone()) {
        Ok(mailbox)
    } else {
        Err(MailFault::From)
    }
}

/// A sender for mails that leave this machine as files only.
fn local_mailbox(host: &str) -> Result<Mailbox, MailFault> {
    // A host that is a number makes no address.
    mailbox(&format!("Roster <roster@{host}>")).or_else(|_| mailbox("Roster <roster@localhost>"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::mail) fn given() -> Given<'static> {
        Given {
            smtp_host: None,
            smtp_port: None,
            smtp_security: Security::Starttls,
            smtp_user: None,
            smtp_password: None,
            smtp_ca_file: None,
            mail_from: None,
            mail_templates: None,
            mail_give_up_hours: 72,
            public_url: "https://roster.example",
            public_host: "roster.example",
            data_dir: Path::new("data"),
        }
    }

    #[test]
    fn without_a_server_mails_become_files() {
        let settings = MailSettings::of(&given()).unwrap();
        assert!(
            matches!(settings.channel, Channel::Folder(path) if path == Path::new("data/mail"))
        );
        assert_eq!(settings.from.to_string(), "Roster <roster@roster.example>");
        assert_eq!(settings.give_up, Duration::from_secs(72 * 3_600));
    }

    #[test]
    fn each_kind_of_connection_has_its_port() {
        for (smtp_security, smtp_port, expected) in [
            (Security::Starttls, None, 587),
            (Security::Tls, None, 465),
            (Security::None, None, 25),
            (Security::None, Some(2_525), 2_525),
        ] {
            let given = Given {
                smtp_host: Some("mail.example"),
                mail_from: Some("roster@x.io"),
                smtp_security,
                smtp_port,
                ..given()
            };
            let channel = MailSettings::of(&given).unwrap().channel;
            assert!(matches!(channel, Channel::Smtp(smtp) if smtp.port == expected));
        }
    }

    #[test]
    fn what_does_not_fit_together_is_told() {
        let smtp = Given {
            smtp_host: Some("mail.example"),
            mail_from: Some("roster@x.io"),
            ..given()
        };
        let fault = |given: Given<'_>| MailSettings::of(&given).unwrap_err().to_string();
        let half = fault(Given {
            smtp_user: Some("roster"),
            ..smtp
        });
        assert!(half.contains("smtp_password"), "{half}");
        let from = fault(Given {
            mail_from: None,
            ..smtp
        });
        assert!(from.contains("mail_from is missing"), "{from}");
        for sender in ["", "roster", "ρ@x.io", "roster@bücher.example"] {
            let from = fault(Given {
                mail_from: Some(sender),
                ..smtp
            });
            assert!(from.contains("mail_from must be"), "{sender}: {from}");
        }
    }

    /// at-rest
    #[test]
    fn debug_shows_no_password() {
        let settings = MailSettings::of(&Given {
            smtp_host: Some("mail.example"),
            smtp_user: Some("roster"),
            smtp_password: Some("secret-word"),
            mail_from: Some("roster@x.io"),
            ..given()
        });
        assert!(!format!("{settings:?}").contains("secret-word"));
    }
}
