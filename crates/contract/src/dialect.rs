//! The dialects whose cases there are.

use clap::ValueEnum;

/// A way in which a server speaks with its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// The User API and the Group API.
    V1,
    /// What people do for themselves, and the audit trail.
    Account,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 2] = [Self::V1, Self::Account];

    /// The folder of its cases, as it was when this program was built.
    pub fn folder(self) -> &'static str {
        match self {
            Self::V1 => concat!(env!("CARGO_MANIFEST_DIR"), "/cases/v1"),
            Self::Account => concat!(env!("CARGO_MANIFEST_DIR"), "/cases/account"),
        }
    }

    /// The dialect in which a path is answered.
    pub fn of(path: &str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        if path == "/api" || path.starts_with("/api/") {
            Self::Account
        } else {
            Self::V1
        }
    }
}
