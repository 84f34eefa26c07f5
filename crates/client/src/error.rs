//! What can go wrong, told apart by what the caller can do about it.

use std::{fmt, time::Duration};

/// Why a call failed.
///
/// No text of it, `Debug` included, holds the API key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be built from what it was given.
    #[error("the client cannot be built: {reason}")]
    #[non_exhaustive]
    Configuration {
        /// What is wrong, and with which setting.
        reason: String,
    },
    /// No complete answer came: the connection failed, broke off, or took longer than the timeout.
    ///
    /// A call that changes something may have taken effect.
    #[error("no complete answer came from the service")]
    #[non_exhaustive]
    Transport {
        /// What happened. Its URL is taken off, because addresses stand in it.
        source: reqwest::Error,
    },
    /// The service answered with another status than success.
    #[error("{}", api_text(*status, messages))]
    #[non_exhaustive]
    Api {
        /// The HTTP status.
        status: u16,
        /// The service's own texts, one a fault; empty when the body is not of the documented form.
        messages: Vec<String>,
        /// How long the service asks to wait, if it says so in seconds.
        retry_after: Option<Duration>,
        /// The body, for when there are no messages.
        body: AnswerBody,
    },
    /// The service reported success, with a body that this client cannot read.
    ///
    /// A call that changes something has taken effect.
    #[error("the answer of status {status} cannot be read")]
    #[non_exhaustive]
    Decoding {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: AnswerBody,
        /// What is wrong with it, and where.
        source: serde_json::Error,
    },
}

impl Error {
    pub(crate) fn configuration(reason: impl Into<String>) -> Self {
        Self::Configuration {
            reason: reason.into(),
        }
    }

    pub(crate) fn transport(source: reqwest::Error) -> Self {
        Self::Transport {
            source: source.without_url(),
        }
    }

    /// The status of the answer, if there was one.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// match client.users().delete(roster_client::UserId(560)).await {
    ///     Err(error) if error.status() == Some(404) => println!("there is no such user"),
    ///     other => other?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Configuration { .. } | Self::Transport { .. } => None,
            Self::Api { status, .. } | Self::Decoding { status, .. } => Some(*status),
        }
    }
}

fn api_text(status: u16, messages: &[String]) -> String {
    if !messages.is_empty() {
        return format!("the service answered {status}: {}", messages.join("; "));
    }
    match status {
        300..=399 => {
            format!(
                "the service answered {status}, a redirect, which is not followed: check the base URL"
            )
        }
        _ => format!("the service answered {status}"),
    }
}

/// The beginning of an answer's body, kept to find out what came instead of the expected.
///
/// `Debug` prints its length only: names and addresses may stand in it.
#[derive(Clone, PartialEq, Eq)]
pub struct AnswerBody(String);

impl AnswerBody {
    /// How many bytes of a body are kept.
    pub const LIMIT: usize = 64 * 1024;

    /// The text; bytes that are not UTF-8 are replaced, and the API key too.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnswerBody({} bytes)", self.0.len())
    }
}
