//! What can go wrong, told apart by what the caller can do about it.

use roster_domain::wire::v2::{ErrorType, InvalidEmail};
use std::{collections::BTreeMap, fmt, time::Duration};

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
        /// The request's id, under which the service's log has it, if it says so.
        request_id: Option<String>,
        /// What v2 says besides; v1 has nothing but texts.
        details: Option<Box<ErrorDetails>>,
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
    /// The service gave a cursor of a list twice, so that the list would never end.
    #[error("the service gave the same cursor twice: the list would never end")]
    RepeatedCursor,
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
            Self::Configuration { .. } | Self::Transport { .. } | Self::RepeatedCursor => None,
            Self::Api { status, .. } | Self::Decoding { status, .. } => Some(*status),
        }
    }

    /// What v2 says of the fault besides its text.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::v2::{InviteRequest, Role};
    ///
    /// let invitation = InviteRequest::new(["ana@example.com", "nobody"], Role::Analyst);
    /// if let Err(error) = client.v2().users().invite(&invitation).await {
    ///     for refused in error.details().iter().flat_map(|details| &details.refused_emails) {
    ///         println!("{}: {}", refused.email, refused.reason);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn details(&self) -> Option<&ErrorDetails> {
        match self {
            Self::Api { details, .. } => details.as_deref(),
            _ => None,
        }
    }

    /// The request's id, under which the service's log has it, if it says so.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// if let Err(error) = client.v2().users().me().await {
    ///     println!("{error} (request {})", error.request_id().unwrap_or("unknown"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// Whether a change was refused because what it changes has another version by now: read it again, and decide again.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let group = client.v2().groups().get(roster_client::GroupId(33)).await?;
    /// match client.v2().groups().delete(group.value.id, group.version.as_ref()).await {
    ///     Err(error) if error.is_version_conflict() => println!("somebody has changed it"),
    ///     other => other?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_version_conflict(&self) -> bool {
        matches!(self, Self::Api { status: 412, .. })
    }
}

/// What a v2 service says of a fault besides its text.
///
/// `Debug` leaves the addresses out, and what is wrong with fields.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorDetails {
    /// What kind of fault it is.
    pub kind: ErrorType,
    /// For each faulty field what is wrong with it; empty unless the kind is [`ErrorType::Record`].
    pub record: BTreeMap<String, Vec<String>>,
    /// The addresses that cannot be invited; empty unless the kind is [`ErrorType::InvalidEmailsInvitation`].
    pub refused_emails: Vec<InvalidEmail>,
}

impl fmt::Debug for ErrorDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorDetails")
            .field("kind", &self.kind)
            .field("record", &self.record.keys())
            .field("refused_emails", &self.refused_emails.len())
            .finish()
    }
}

/// What the body of an error says, whatever the dialect.
#[derive(Default)]
pub(crate) struct Fault {
    pub(crate) messages: Vec<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) details: Option<Box<ErrorDetails>>,
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
