//! A database that is gone, and comes back.

use crate::harness::{Backend, TestDatabase, TestServer};

/// The time during which no connection can be opened, and none is left.
pub(crate) enum Outage {
    Sqlite {
        folder: std::path::PathBuf,
        moved: std::path::PathBuf,
    },
    Postgres {
        name: String,
    },
}

impl Outage {
    pub(crate) fn begin(server: &TestServer, elsewhere: &TestDatabase, backend: Backend) -> Self {
        let url = server.database().url();
        match backend {
            Backend::Sqlite => {
                let file = std::path::Path::new(url.strip_prefix("sqlite://").unwrap());
                let folder = file.parent().unwrap().to_owned();
                let moved = folder.with_extension("moved");
                std::fs::rename(&folder, &moved).unwrap();
                Self::Sqlite { folder, moved }
            }
            Backend::Postgres => {
                let (before, _) = url.split_once('?').unwrap();
                let (_, name) = before.rsplit_once('/').unwrap();
                elsewhere
                    .execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
                    .unwrap();
                elsewhere
                    .execute(&format!(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                    ))
                    .unwrap();
                Self::Postgres {
                    name: name.to_owned(),
                }
            }
        }
    }

    pub(crate) fn end(self, elsewhere: &TestDatabase) {
        match self {
            Self::Sqlite { folder, moved } => std::fs::rename(moved, folder).unwrap(),
            Self::Postgres { name } => elsewhere
                .execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
                .unwrap(),
        }
    }
}
