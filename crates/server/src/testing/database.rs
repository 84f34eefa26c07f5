//! Databases that are gone with their value.

use super::Failure;
use crate::db::url::{DatabaseUrl, Synchronous};
use crate::db::{Conn, Database, Purpose};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The variable that names a PostgreSQL server on which tests may make and drop databases.
pub const POSTGRES_VARIABLE: &str = "ROSTER_TEST_POSTGRES_URL";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A database that is gone with this value.
pub struct TestDatabase {
    url: String,
    _folder: Option<tempfile::TempDir>,
    name: Option<String>,
}

impl TestDatabase {
    /// Makes a database whose schema is up to date.
    pub fn migrated(backend: Backend) -> Result<Self, Failure> {
        match backend {
            Backend::Sqlite => {
                let database = Self::empty(backend)?;
                Database::migrate(&database.parsed()?)?;
                Ok(database)
            }
            Backend::Postgres => Self::of_template(Some(template()?)),
        }
    }

    /// Makes a database with nothing in it.
    pub fn empty(backend: Backend) -> Result<Self, Failure> {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir()?;
                Ok(Self {
                    url: format!("sqlite://{}", folder.path().join("roster.db").display()),
                    _folder: Some(folder),
                    name: None,
                })
            }
            Backend::Postgres => Self::of_template(None),
        }
    }

    /// A database that is somewhere already, and that stays.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            _folder: None,
            name: None,
        }
    }

    fn of_template(template: Option<&str>) -> Result<Self, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "roster_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let template = template.unwrap_or("template0");
        administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
        Ok(Self {
            url: url_of(&name)?,
            _folder: None,
            name: Some(name),
        })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its URL, understood.
    pub fn parsed(&self) -> Result<DatabaseUrl, Failure> {
        Ok(DatabaseUrl::parse(&self.url, Synchronous::Full)?)
    }

    /// A connection beside those of the servers.
    pub fn connect(&self) -> Result<Conn, Failure> {
        Ok(Conn::open(&self.parsed()?, Purpose::Write)?)
    }

    /// Runs statements, however long they take.
    pub fn execute(&self, sql: &str) -> Result<(), Failure> {
        match self.connect()? {
            Conn::Sqlite(mut conn) => conn.batch_execute(sql)?,
            Conn::Postgres(mut conn) => {
                conn.batch_execute("SET statement_timeout = 0")?;
                conn.batch_execute(sql)?;
            }
        }
        Ok(())
    }

    /// Runs a query with one text a row, called `value`.
    pub fn query(&self, sql: &str) -> Result<Vec<String>, Failure> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            value: String,
        }
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut self.connect()?)?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    /// Runs a query whose one row is a number called `value`.
    pub fn count(&self, sql: &str) -> Result<i64, Failure> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            value: i64,
        }
        let row: Row = diesel::sql_query(sql).get_result(&mut self.connect()?)?;
        Ok(row.value)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // The server of the tests goes away anyway; until then this keeps its disk free.
            let _ = administer(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings")]
fn postgres_url() -> Result<String, Failure> {
    std::env::var(POSTGRES_VARIABLE).map_err(|_| {
        format!("{POSTGRES_VARIABLE} is not set: run the tests with scripts/test, which starts a PostgreSQL of its own")
            .into()
    })
}

/// The URL of the server's administration database is `postgres://user@host:port/postgres[?…]`.
fn url_of(database: &str) -> Result<String, Failure> {
    Ok(postgres_url()?.replacen("/postgres?", &format!("/{database}?"), 1))
}

fn administer(sql: &str) -> Result<(), Failure> {
    PgConnection::establish(&postgres_url()?)?.batch_execute(sql)?;
    Ok(())
}

/// The database of which the others are copies: migrating each would take longer.
fn template() -> Result<&'static str, Failure> {
    static TEMPLATE: OnceLock<Result<String, String>> = OnceLock::new();
    let made = TEMPLATE.get_or_init(|| {
        let make = || {
            let name = format!("roster_template_{}", std::process::id());
            administer(&format!("CREATE DATABASE {name} TEMPLATE template0"))?;
            Database::migrate(&DatabaseUrl::parse(&url_of(&name)?, Synchronous::Full)?)?;
            Ok::<_, Failure>(name)
        };
        make().map_err(|failure| failure.to_string())
    });
    made.as_deref().map_err(|failure| failure.as_str().into())
}
