//! A connection to either database, and how it is opened.

use super::statements::Log;
use super::url::DatabaseUrl;
use diesel::connection::{
    AnsiTransactionManager, Connection, SimpleConnection, TransactionManager,
};
use diesel::{PgConnection, QueryResult, SqliteConnection};

/// A connection to SQLite or to PostgreSQL.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// A file.
    Sqlite(SqliteConnection),
    /// A server.
    Postgres(PgConnection),
}

/// Sends a query to the one database that is behind a [`Conn`], which then knows it by its type. Through [`Conn`] itself its text is written
/// anew each time, and twice, only to find the statement that was prepared of it before: half of what a look-up costs.
macro_rules! directly {
    ($conn:ident => $send:expr) => {
        match $conn {
            crate::db::conn::Conn::Sqlite($conn) => $send,
            crate::db::conn::Conn::Postgres($conn) => $send,
        }
    };
}
pub(super) use directly;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reading; SQLite refuses writes on it.
    Read,
    /// The same for single rows all over the file: SQLite keeps more of it in memory.
    LookUp,
    /// Reading and writing.
    Write,
}

impl Conn {
    /// Opens a connection, with the real reason when that fails.
    pub fn open(url: &DatabaseUrl, purpose: Purpose) -> diesel::ConnectionResult<Self> {
        let mut conn = match url {
            DatabaseUrl::Sqlite { path, synchronous } => {
                let mut conn = SqliteConnection::establish(path)?;
                conn.batch_execute(&format!(
                    "PRAGMA busy_timeout = 5000;
                     PRAGMA synchronous = {};
                     PRAGMA foreign_keys = ON;",
                    synchronous.as_str()
                ))
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                let of_purpose = match purpose {
                    Purpose::Read => "PRAGMA query_only = ON",
                    Purpose::LookUp => "PRAGMA query_only = ON; PRAGMA cache_size = -8192",
                    Purpose::Write => "",
                };
                conn.batch_execute(of_purpose)
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Self::Sqlite(conn)
            }
            DatabaseUrl::Postgres { connection, .. } => {
                Self::Postgres(PgConnection::establish(connection)?)
            }
        };
        match &mut conn {
            Self::Sqlite(conn) => conn.set_instrumentation(Log::default()),
            Self::Postgres(conn) => conn.set_instrumentation(Log::default()),
        }
        Ok(conn)
    }
}

/// The kinds of transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// One snapshot for several reads.
    Snapshot,
    /// Reads and writes. On SQLite it holds the write lock from its first moment: a deferred transaction
    /// that reads before it writes works on rows that others have changed meanwhile.
    Write,
}

/// Begins a transaction.
pub(super) fn begin(conn: &mut Conn, kind: Begin) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(conn) => {
            let sql = match kind {
                Begin::Snapshot => "BEGIN",
                Begin::Write => "BEGIN IMMEDIATE",
            };
            AnsiTransactionManager::begin_transaction_sql(conn, sql)
        }
        Conn::Postgres(conn) => {
            let sql = match kind {
                Begin::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                Begin::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
            };
            AnsiTransactionManager::begin_transaction_sql(conn, sql)
        }
    }
}

/// Begins a savepoint within a transaction.
pub(super) fn savepoint(conn: &mut Conn) -> QueryResult<()> {
    <Conn as Connection>::TransactionManager::begin_transaction(conn)
}

/// Ends the innermost transaction or savepoint and keeps its changes.
pub(super) fn commit(conn: &mut Conn) -> QueryResult<()> {
    <Conn as Connection>::TransactionManager::commit_transaction(conn)
}

/// Ends the innermost transaction or savepoint and drops its changes.
pub(super) fn rollback(conn: &mut Conn) -> QueryResult<()> {
    <Conn as Connection>::TransactionManager::rollback_transaction(conn)
}
