//! Bringing the schema up to date, once, however many processes start at the same moment.

use super::conn::{self, Begin, Conn, Purpose};
use super::fault::{self, Kind};
use super::schema::schema_info;
use super::url::DatabaseUrl;
use super::users;
use crate::error::Error;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database could not be opened.
    #[error(
        "the database {url:?} cannot be opened: {source}; see whether it is there, and whether --database-url is right"
    )]
    Connect {
        /// Which.
        url: DatabaseUrl,
        /// Why.
        source: diesel::ConnectionError,
    },
    /// A statement failed.
    #[error("the schema cannot be read or locked: {0}")]
    Query(#[from] diesel::result::Error),
    /// A migration failed; nothing of it is left.
    #[error("a migration failed: {0}")]
    Migration(Box<dyn std::error::Error + Send + Sync>),
    /// What the users are ordered and searched by could not be worked out; nothing of the migration is left.
    #[error("the users' keys could not be filled: {0}")]
    Keys(String),
    /// The schema is newer than this server.
    #[error(
        "the database's schema needs version {needed} of the server or a newer one, and this is {present}: install that version"
    )]
    Newer {
        /// The oldest version that may use the schema.
        needed: semver::Version,
        /// This server's version.
        present: semver::Version,
    },
    /// A version is written in a way that cannot be read.
    #[error("the schema names no readable version: {0}")]
    Version(#[from] semver::Error),
}

pub(super) fn run(url: &DatabaseUrl) -> Result<(), MigrateError> {
    let mut conn = Conn::open(url, Purpose::Write).map_err(|source| MigrateError::Connect {
        url: url.clone(),
        source,
    })?;
    if let Conn::Sqlite(conn) = &mut conn {
        use_write_ahead_log(conn)?;
    }
    conn::begin(&mut conn, Begin::Write)?;
    // diesel's migrations take no lock of their own; on SQLite the transaction is one.
    if let Conn::Postgres(conn) = &mut conn {
        conn.batch_execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(7237116310429)")?;
    }
    let outcome = migrate(&mut conn);
    match outcome {
        Ok(()) => Ok(conn::commit(&mut conn)?),
        Err(error) => {
            conn::rollback(&mut conn)?;
            Err(error)
        }
    }
}

/// The mode is the file's, and cannot change within a transaction. While others use the file SQLite refuses to change
/// it at once, whatever the busy timeout; it does wait for a transaction that wants the file for itself.
fn use_write_ahead_log(conn: &mut SqliteConnection) -> QueryResult<()> {
    const TRIES: u32 = 20;
    const CHANGE: &str = "PRAGMA journal_mode = WAL";
    for _ in 1..TRIES {
        match conn.batch_execute(CHANGE) {
            Err(error) if fault::kind(&error) == Kind::Busy => {
                conn.batch_execute("BEGIN EXCLUSIVE; COMMIT")?;
            }
            outcome => return outcome,
        }
    }
    conn.batch_execute(CHANGE)
}

fn migrate(conn: &mut Conn) -> Result<(), MigrateError> {
    if has_schema(conn)? {
        check_version(conn)?;
    }
    let applied = match conn {
        Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE).map(|steps| steps.len()),
        Conn::Postgres(conn) => conn
            .run_pending_migrations(POSTGRES)
            .map(|steps| steps.len()),
    }
    .map_err(MigrateError::Migration)?;
    if applied > 0 {
        users::fill_keys(conn).map_err(|error| MigrateError::Keys(format!("{error:?}")))?;
    }
    check_version(conn)
}

/// Whether a server that runs can go on with the schema: all of its own steps are done, and none that shuts it out.
pub(super) fn is_usable(conn: &mut Conn) -> crate::error::Result<bool> {
    use diesel::migration::{Migration, MigrationSource};
    fn versions<DB: diesel::backend::Backend>(
        steps: EmbeddedMigrations,
    ) -> diesel::migration::Result<Vec<String>> {
        let steps: Vec<Box<dyn Migration<DB>>> = steps.migrations()?;
        let versions = steps.iter().map(|step| step.name().version().to_string());
        Ok(versions.collect())
    }
    let needed = match conn {
        Conn::Sqlite(_) => versions::<diesel::sqlite::Sqlite>(SQLITE),
        Conn::Postgres(_) => versions::<diesel::pg::Pg>(POSTGRES),
    };
    let needed = needed.map_err(Error::internal)?;
    let done = applied(conn)?;
    if !needed.iter().all(|step| done.contains(step)) {
        return Ok(false);
    }
    match check_version(conn) {
        Ok(()) => Ok(true),
        Err(MigrateError::Newer { .. }) => Ok(false),
        Err(MigrateError::Query(error)) => Err(error.into()),
        Err(error) => Err(Error::internal(error)),
    }
}

/// Whether this is a database of Roster's.
pub(super) fn has_schema(conn: &mut Conn) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        tables: i64,
    }
    let catalogue = match conn {
        Conn::Sqlite(_) => {
            "SELECT count(*) AS tables FROM sqlite_master WHERE name = 'schema_info'"
        }
        Conn::Postgres(_) => {
            "SELECT count(*) AS tables FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_info'"
        }
    };
    let count: Count = diesel::sql_query(catalogue).get_result(conn)?;
    Ok(count.tables > 0)
}

/// The steps that the schema has behind it, in their order.
pub(super) fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let steps: Vec<Step> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version")
            .load(conn)?;
    Ok(steps.into_iter().map(|step| step.version).collect())
}

/// Refuses a schema that is made for newer servers.
pub(super) fn check_version(conn: &mut Conn) -> Result<(), MigrateError> {
    let needed: String = schema_info::table
        .select(schema_info::oldest_server)
        .get_result(conn)?;
    let needed = semver::Version::parse(&needed)?;
    let present = semver::Version::parse(env!("CARGO_PKG_VERSION"))?;
    if needed > present {
        return Err(MigrateError::Newer { needed, present });
    }
    Ok(())
}
