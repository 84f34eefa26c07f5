//! What outgoing mail needs to know, worked out of the settings.

use crate::config::{self, PublicUrl, Settings, SmtpSecurity};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use secrecy::ExposeSecret;
use std::path::PathBuf;
use std::time::Duration;

/// What outgoing mail needs to know.
#[derive(Debug, Clone)]
pub struct MailSetup {
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
    Smtp(SmtpSetup),
    /// Files in this folder.
    Folder(PathBuf),
}

/// How to reach a mail server.
#[derive(Debug, Clone)]
pub struct SmtpSetup {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: SmtpSecurity,
    /// What to sign in with.
    pub credentials: Option<Credentials>,
    /// A PEM file with certificates that are trusted besides those of the machine.
    pub ca_file: Option<PathBuf>,
    /// How long the whole conversation about a mail may take. A row of the outbox is lent for longer than that.
    pub timeout: Duration,
}

impl SmtpSetup {
    /// How long the whole conversation about a mail may take, if a test does not want it shorter.
    pub const TIMEOUT: Duration = Duration::from_secs(60);
}

/// Why mails cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// The sender is no address that every mail server takes.
    #[error(
        "mail_from must be an address, such as roster@example.com, or Roster <roster@example.com>, in ASCII but for the name"
    )]
    From,
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

impl MailSetup {
    /// Works out what outgoing mail needs to know.
    ///
    /// # Errors
    /// The sender is no address that every mail server takes.
    pub fn of(settings: &Settings, public_url: &PublicUrl) -> Result<Self, MailFault> {
        const POLL: Duration = Duration::from_secs(1);
        let mail = &settings.mail;
        Ok(Self {
            channel: match &mail.smtp_host {
                Some(host) => Channel::Smtp(smtp(mail, host)),
                None => Channel::Folder(settings.data_dir.join("mail")),
            },
            from: mailbox(&mail.mail_from)?,
            public_url: public_url.as_str().to_owned(),
            host: public_url.host().to_owned(),
            templates: mail.mail_templates.clone(),
            give_up: Duration::from_secs(u64::from(mail.mail_give_up_hours) * 3_600),
            poll: POLL,
        })
    }
}

fn smtp(mail: &config::MailSettings, host: &str) -> SmtpSetup {
    let credentials = mail.smtp_user.clone().zip(mail.smtp_password.as_ref());
    SmtpSetup {
        host: host.to_owned(),
        port: mail.port(),
        security: mail.smtp_security,
        credentials: credentials
            .map(|(user, password)| Credentials::new(user, password.expose_secret().to_owned())),
        ca_file: mail.smtp_ca_file.clone(),
        timeout: SmtpSetup::TIMEOUT,
    }
}

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

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::mail) fn setup(settings: &str, public_url: &str) -> Result<MailSetup, MailFault> {
        let settings = Settings::of_toml(settings).unwrap();
        MailSetup::of(&settings, &PublicUrl::parse(public_url).unwrap())
    }

    #[test]
    fn without_a_server_mails_become_files() {
        let setup = setup("data_dir = \"data\"", "https://x.io/").unwrap();
        assert!(matches!(setup.channel, Channel::Folder(path) if path.ends_with("data/mail")));
        assert_eq!(
            (setup.public_url.as_str(), setup.host.as_str()),
            ("https://x.io", "x.io")
        );
        assert_eq!(setup.give_up, Duration::from_secs(72 * 3_600));
    }

    #[test]
    fn a_sender_is_one_that_every_mail_server_takes() {
        let sender = |text: &str| setup(&format!("mail_from = '{text}'"), "https://x.io");
        for taken in [
            "roster@x.io",
            "\"Ольга, R\" <roster@x.io>",
            "Roster <roster@localhost>",
        ] {
            assert!(sender(taken).is_ok(), "{taken}");
        }
        for refused in ["ρ@x.io", "Roster <roster@bücher.example>"] {
            assert!(matches!(sender(refused), Err(MailFault::From)), "{refused}");
        }
    }

    /// at-rest
    #[test]
    fn debug_shows_no_password() {
        let settings =
            "smtp_host = 'mail.example'\nsmtp_user = 'roster'\nsmtp_password = 'hunter2'";
        let setup = setup(settings, "https://x.io").unwrap();
        assert!(!format!("{setup:?}").contains("hunter2"));
    }
}
