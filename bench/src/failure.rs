//! What went wrong, as a text for whoever runs the benchmark.

use std::fmt::{self, Display};

/// A reason, with what was being done.
#[derive(Debug)]
pub(crate) struct Failure(String);

/// What may fail.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A reason.
    pub(crate) fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

macro_rules! from {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error)
            }
        })+
    };
}

from!(
    std::io::Error,
    std::num::ParseFloatError,
    std::num::ParseIntError,
    std::num::TryFromIntError,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
    serde_json::Error,
    rusqlite::Error,
    argon2::Error,
    argon2::password_hash::Error,
    argon2::password_hash::phc::Error,
);

/// Says what was being done when something failed.
pub(crate) trait Context<T> {
    /// The value, or the failure behind these words.
    fn while_doing(self, what: impl Display) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn while_doing(self, what: impl Display) -> Result<T> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}

/// Insists on a value.
pub(crate) trait Required<T> {
    /// The value, or a failure of these words.
    fn or_missing(self, what: impl Display) -> Result<T>;
}

impl<T> Required<T> for Option<T> {
    fn or_missing(self, what: impl Display) -> Result<T> {
        self.ok_or_else(|| Failure(format!("{what} is missing")))
    }
}

/// Fails with these words unless something holds.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err($crate::failure::Failure::new(format_args!($($words)+)));
        }
    };
}

pub(crate) use ensure;
