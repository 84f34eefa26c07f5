//! Database URLs: which database, where, and what is added to the connection.

use std::fmt;

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, used by one server process.
    Sqlite {
        /// The file's path.
        path: String,
        /// What a commit waits for.
        synchronous: Synchronous,
    },
    /// A PostgreSQL server, or several hosts of one.
    Postgres {
        /// The URL as it was given.
        given: String,
        /// The connection string for libpq: the URL with what a server wants of its connections.
        connection: String,
    },
}

/// What a commit on SQLite waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// The disk: an acknowledged write survives a power cut.
    #[default]
    Full,
    /// The operating system: it survives the end of the process.
    Normal,
}

impl Synchronous {
    /// The word for the setting and for the pragma.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Normal => "normal",
        }
    }
}

/// A URL of which this server can make nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database URL must be sqlite:relative/path, sqlite:///absolute/path or postgres://user:password@host/name; write @ / ? in a password as %40 %2F %3F"
)]
pub struct UnknownDatabaseUrl;

impl DatabaseUrl {
    /// Reads a URL and adds what a server wants of its connections: bounded waiting, a name to be known
    /// by, and for `sslmode=verify-*` the machine's certificates, which the built-in OpenSSL does not find.
    ///
    /// # Errors
    /// The scheme is another, or the file has no name.
    pub fn parse(url: &str, synchronous: Synchronous) -> Result<Self, UnknownDatabaseUrl> {
        if let Some(rest) = url.strip_prefix("sqlite:") {
            let path = match rest.strip_prefix("//") {
                None => rest,
                Some(absolute) if absolute.starts_with('/') => absolute,
                Some(_) => return Err(UnknownDatabaseUrl),
            };
            if path.is_empty() || path.ends_with('/') || path.starts_with(':') {
                return Err(UnknownDatabaseUrl);
            }
            return Ok(Self::Sqlite {
                path: path.to_owned(),
                synchronous,
            });
        }
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or(UnknownDatabaseUrl)?;
        // Part of a password that is not encoded would be taken for a port or a parameter, and libpq repeats those.
        let behind_hosts = rest.find(['/', '?']).and_then(|at| rest.get(at..));
        if behind_hosts.is_some_and(|path| path.contains('@')) {
            return Err(UnknownDatabaseUrl);
        }
        let given = url.to_owned();
        let mut connection = given.clone();
        for (parameter, value) in [
            ("connect_timeout", "2"),
            ("tcp_user_timeout", "10000"),
            // A machine that is gone without a word is noticed while its answer is waited for, too.
            ("keepalives_idle", "5"),
            ("keepalives_interval", "2"),
            ("keepalives_count", "3"),
            ("application_name", "roster"),
            // A statement that hangs would hold its connection, and its rows, from everybody.
            (
                "options",
                "-c%20statement_timeout%3D10s%20-c%20lock_timeout%3D5s",
            ),
        ] {
            add_parameter(&mut connection, parameter, value);
        }
        if given.contains("sslmode=verify-")
            && let Some(file) = openssl_probe::probe().cert_file
            && let Some(file) = file.to_str()
        {
            add_parameter(&mut connection, "sslrootcert", file);
        }
        Ok(Self::Postgres { given, connection })
    }
}

/// Adds a parameter, unless the URL has it.
fn add_parameter(url: &mut String, name: &str, value: &str) {
    let query = url.split_once('?').map(|(_, query)| query);
    if query.is_some_and(|query| {
        query
            .split('&')
            .any(|pair| pair.split('=').next() == Some(name))
    }) {
        return;
    }
    url.push(if query.is_some() { '&' } else { '?' });
    url.push_str(name);
    url.push('=');
    url.push_str(value);
}

/// The URL without its passwords. A password that holds what should have been written `%2F` or `%3F` is hidden too:
/// all from the first colon to the last `@`.
pub fn masked(url: &str) -> String {
    const HIDDEN: &str = "***";
    const PARAMETER: &str = "password=";
    let mut masked = url.to_owned();
    if let Some((scheme, rest)) = url.split_once("://")
        && let Some((userinfo, hosts)) = rest.rsplit_once('@')
        && let Some((user, _)) = userinfo.split_once(':')
    {
        masked = format!("{scheme}://{user}:{HIDDEN}@{hosts}");
    }
    let mut parts = masked.split(PARAMETER);
    let mut without = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        without.push_str(PARAMETER);
        without.push_str(HIDDEN);
        without.push_str(
            part.find('&')
                .and_then(|end| part.get(end..))
                .unwrap_or_default(),
        );
    }
    without
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path, .. } => write!(f, "sqlite:{path}"),
            Self::Postgres { given, .. } => f.write_str(&masked(given)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(url: &str) -> Option<String> {
        match DatabaseUrl::parse(url, Synchronous::Full) {
            Ok(DatabaseUrl::Sqlite { path, .. }) => Some(path),
            _ => None,
        }
    }

    #[test]
    fn sqlite_paths_are_relative_or_absolute() {
        assert_eq!(sqlite("sqlite:data/roster.db").unwrap(), "data/roster.db");
        assert_eq!(sqlite("sqlite:///var/roster.db").unwrap(), "/var/roster.db");
        for refused in [
            "sqlite:",
            "sqlite://host/x",
            "sqlite::memory:",
            "sqlite:x/",
            "mysql://x",
            "postgres://u:hunter2/x@h/db",
            "postgres://u:hunter2?x@h/db",
            "",
        ] {
            assert_eq!(sqlite(refused), None, "{refused}");
        }
    }

    #[test]
    fn parameters_are_added_but_not_replaced() {
        let DatabaseUrl::Postgres {
            connection: url, ..
        } = DatabaseUrl::parse(
            "postgres://a@h1:5432,h2:5433/db?connect_timeout=9&sslmode=disable",
            Synchronous::Full,
        )
        .unwrap()
        else {
            panic!("not PostgreSQL")
        };
        assert!(
            url.starts_with("postgres://a@h1:5432,h2:5433/db?connect_timeout=9&sslmode=disable&")
        );
        assert_eq!(url.matches("connect_timeout").count(), 1);
        assert!(url.contains("&application_name=roster"));
    }

    /// at-rest
    #[test]
    fn passwords_are_masked() {
        assert_eq!(masked("postgres://u:p@ss@h/db"), "postgres://u:***@h/db");
        assert_eq!(
            masked("postgres://u@h/db?sslpassword=x&a=b&password=y"),
            "postgres://u@h/db?sslpassword=***&a=b&password=***"
        );
        assert_eq!(masked("postgres://u:p/s?w@h/db"), "postgres://u:***@h/db");
        assert_eq!(masked("sqlite:x.db"), "sqlite:x.db");
        let url = DatabaseUrl::parse("postgres://u:secret@h/db", Synchronous::Full).unwrap();
        assert!(!format!("{url:?}").contains("secret"));
    }
}
