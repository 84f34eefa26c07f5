//! The ways by which a mail leaves, and what comes of it.

use super::folder::Folder;
use super::letter::Letter;
use super::setup::{Channel, MailFault, MailSetup};
use super::smtp::Smtp;
use std::fmt;
use std::path::PathBuf;

/// A way by which mails leave.
#[derive(Debug)]
pub enum Delivery {
    /// A mail server.
    Smtp(Smtp),
    /// Files in a folder.
    Folder(Folder),
}

/// What shows that a mail has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// The mail server has taken it over.
    Accepted {
        /// The server.
        server: String,
        /// Its words.
        reply: String,
    },
    /// It is complete in this file.
    Written(PathBuf),
}

/// Why a mail has not left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened. It may hold addresses, and whatever a mail server says.
    pub reason: String,
    /// What the log may say of it.
    pub for_log: String,
    /// Whether trying again is of no use: this mail was refused.
    pub is_final: bool,
    /// Whether the mail may have arrived nevertheless.
    pub may_have_arrived: bool,
    /// Whether no mail could have left: nothing is known about this one.
    pub is_general: bool,
}

impl Failure {
    /// A failure that says nothing about the mail.
    pub(super) fn general(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self {
            for_log: reason.clone(),
            reason,
            is_final: false,
            may_have_arrived: false,
            is_general: true,
        }
    }
}

impl Delivery {
    /// Makes ready what the settings ask for; nothing is sent yet.
    ///
    /// # Errors
    /// The certificates cannot be used.
    pub fn new(setup: &MailSetup) -> Result<Self, MailFault> {
        Ok(match &setup.channel {
            Channel::Smtp(smtp) => Self::Smtp(Smtp::new(smtp, &setup.host)?),
            Channel::Folder(path) => Self::Folder(Folder::new(path.clone())),
        })
    }

    /// Hands a mail over.
    ///
    /// # Errors
    /// It has not left, or nobody knows.
    pub async fn deliver(&self, letter: &Letter) -> Result<Receipt, Failure> {
        match self {
            Self::Smtp(smtp) => smtp.send(&letter.message).await,
            Self::Folder(folder) => folder.write(letter).await,
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(smtp) => write!(f, "through {smtp}"),
            Self::Folder(folder) => write!(f, "as files in {}", folder.path().display()),
        }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { server, reply } => write!(f, "accepted by {server}: {reply}"),
            Self::Written(path) => write!(f, "written to {}", path.display()),
        }
    }
}
