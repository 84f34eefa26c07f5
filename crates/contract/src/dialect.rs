//! The dialects whose cases there are.

use clap::ValueEnum;

/// A way in which a server speaks with its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// The User API and the Group API.
    V1,
    /// What people do for themselves, and the audit trail.
    Account,
    /// The API v2.
    V2,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 3] = [Self::V1, Self::Account, Self::V2];

    /// The folder of its cases, as it was when this program was built.
    pub fn folder(self) -> &'static str {
        match self {
            Self::V1 => concat!(env!("CARGO_MANIFEST_DIR"), "/cases/v1"),
            Self::Account => concat!(env!("CARGO_MANIFEST_DIR"), "/cases/account"),
            Self::V2 => concat!(env!("CARGO_MANIFEST_DIR"), "/cases/v2"),
        }
    }

    /// The dialect in which a path is answered.
    pub fn of(path: &str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        let mut segments = path.split('/').skip(1);
        match (segments.next(), segments.next()) {
            (Some("api"), Some("v2")) => Self::V2,
            (Some("api"), _) => Self::Account,
            _ => Self::V1,
        }
    }
}
