//! What the errors of the two databases mean. The only place that knows both spellings.

use crate::error::{Error, Unavailable};
use diesel::result::{DatabaseErrorKind, Error as QueryError};

const LOCK_TIMEOUT: &str = "due to lock timeout";

/// What to do about a failed statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The connection is of no more use.
    Broken,
    /// A lock or the time ran out; nothing was done.
    Busy,
    /// The disk has no room left; nothing was done.
    Full,
    /// The other transaction won; this one may be tried again from its beginning.
    Deadlock,
    /// Anything else.
    Other,
}

/// Tells what a failed statement means for its connection and transaction.
pub fn kind(error: &QueryError) -> Kind {
    let QueryError::DatabaseError(kind, info) = error else {
        return Kind::Other;
    };
    if matches!(kind, DatabaseErrorKind::ClosedConnection) {
        return Kind::Broken;
    }
    let message = info.message();
    let says = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    // libpq gives no code for a lost connection, and diesel none for most of PostgreSQL's.
    if says(&[
        "server closed the connection",
        "no connection to the server",
        "connection to server",
        "could not receive data from server",
        "could not send data to server",
        "terminating connection",
        "SSL connection has been closed",
        "the database system is",
        "cannot execute",
    ]) {
        Kind::Broken
    } else if says(&[
        "database or disk is full",
        "No space left on device",
        "could not extend file",
    ]) {
        Kind::Full
    } else if says(&["deadlock detected"]) {
        Kind::Deadlock
    } else if says(&[
        "database is locked",
        "database table is locked",
        "due to statement timeout",
        LOCK_TIMEOUT,
    ]) {
        Kind::Busy
    } else {
        Kind::Other
    }
}

/// Whether a statement of PostgreSQL waited for others longer than it may.
pub fn is_lock_timeout(error: &QueryError) -> bool {
    match error {
        QueryError::DatabaseError(_, info) => info.message().contains(LOCK_TIMEOUT),
        _ => false,
    }
}

/// Whether a connection could not be opened because the other side took it and then said nothing.
pub fn is_silence(error: &diesel::ConnectionError) -> bool {
    error.to_string().contains("timeout expired")
}

impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        match kind(&error) {
            Kind::Broken => Self::Unavailable(Unavailable::Down),
            Kind::Busy => Self::Unavailable(Unavailable::Busy),
            Kind::Full => Self::Unavailable(Unavailable::Full),
            Kind::Deadlock => Self::Unavailable(Unavailable::Contended),
            Kind::Other => Self::internal(error),
        }
    }
}

/// The uniqueness that a use case may run into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// A user's address within its tenant.
    UserEmail,
    /// A group's name within its tenant.
    GroupName,
    /// A user attribute's name within its tenant.
    UserAttributeName,
    /// A tenant's name.
    TenantName,
    /// A tenant's slug.
    TenantSlug,
    /// An API key, on all of the server.
    ApiKey,
}

impl Unique {
    /// The index's name, which PostgreSQL says, and its columns, which SQLite says.
    fn spellings(self) -> (&'static str, &'static str) {
        match self {
            Self::UserEmail => ("users_email", "users.tenant_id, users.email_key"),
            Self::GroupName => ("groups_name", "groups.tenant_id, groups.name_key"),
            Self::UserAttributeName => (
                "user_attributes_name",
                "user_attributes.tenant_id, user_attributes.name_key",
            ),
            Self::TenantName => ("tenants_name", "tenants.name_key"),
            Self::TenantSlug => ("tenants_slug", "tenants.slug"),
            Self::ApiKey => ("api_keys_hash", "api_keys.hash"),
        }
    }

    /// Whether the statement failed because of this uniqueness.
    pub fn is_violated_by(self, error: &QueryError) -> bool {
        let QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else {
            return false;
        };
        let (index, columns) = self.spellings();
        match info.constraint_name() {
            Some(name) => name == index,
            None => info.message().ends_with(columns),
        }
    }

    /// Turns the violation into what the caller says it means; other errors stay what they are.
    pub fn means(self, meaning: roster_domain::Error) -> impl FnOnce(QueryError) -> Error {
        move |error| {
            if self.is_violated_by(&error) {
                meaning.into()
            } else {
                error.into()
            }
        }
    }
}
