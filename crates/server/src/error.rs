//! What can go wrong while a request is served, without a word about how a dialect says it.

use std::fmt;

/// The result of anything that may fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request is not served. What the client sees is chosen by its dialect; the cause of an internal
/// fault goes to the log only.
#[derive(Debug)]
pub enum Error {
    /// The domain refuses.
    Domain(roster_domain::Error),
    /// The request itself is at fault, before anything was asked of the domain.
    Request(RequestFault),
    /// The database cannot be used now.
    Unavailable(Unavailable),
    /// A fault of ours.
    Internal(Cause),
}

/// The cause of an internal fault. It has no `Display`, so that it cannot slip into an answer.
pub struct Cause(Box<dyn std::error::Error + Send + Sync>);

impl Cause {
    /// For the log.
    pub fn log_text(&self) -> String {
        let mut text = self.0.to_string();
        let mut source = self.0.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.log_text())
    }
}

/// What is wrong with a request as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestFault {
    /// No such route.
    UnknownRoute,
    /// The route exists, but not for this method.
    MethodNotAllowed,
    /// The head is larger than [`crate::http::limits::MAX_HEAD_BYTES`].
    HeadTooLarge,
    /// The caller asks too often, and may again in so many seconds.
    TooMany(u64),
    /// The body is larger than [`crate::http::limits::MAX_BODY_BYTES`].
    TooLarge,
    /// The body did not arrive in time, or was cut off.
    Incomplete,
    /// The body is no JSON object; the text says where.
    Syntax(String),
}

/// Why the database cannot be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// All connections were in use for too long. Nothing was done.
    Busy,
    /// The database cannot be reached. Nothing was done.
    Down,
    /// The disk of the database has no room left. Nothing was done.
    Full,
    /// Others changed the same rows, again and again. Nothing was done.
    Contended,
    /// The connection broke while a change was being committed: it may have happened or not.
    OutcomeUnknown,
}

impl Error {
    /// A fault of ours, with its cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(Cause(cause.into()))
    }

    /// After how many seconds it makes sense to try again, if it does.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Domain(roster_domain::Error::TooManyAttempts(seconds))
            | Self::Request(RequestFault::TooMany(seconds)) => Some(*seconds),
            Self::Unavailable(_) => Some(1),
            _ => None,
        }
    }
}

impl From<roster_domain::Error> for Error {
    fn from(error: roster_domain::Error) -> Self {
        Self::Domain(error)
    }
}

impl From<RequestFault> for Error {
    fn from(fault: RequestFault) -> Self {
        Self::Request(fault)
    }
}

impl From<Unavailable> for Error {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}
