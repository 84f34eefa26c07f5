//! Backups of an SQLite file: written while it is served, and looked over before they are used.

use super::conn::{Conn, Purpose};
use super::migrate::{self, MigrateError};
use super::url::{DatabaseUrl, Synchronous};
use diesel::prelude::*;
use diesel::sql_types::Text;

/// Why a backup is not written, or not taken.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be opened, or its schema is made for newer servers.
    #[error(transparent)]
    Schema(#[from] MigrateError),
    /// The file holds something else.
    #[error("it holds no Roster database")]
    NotRoster,
    /// The file is not as SQLite left it.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A statement failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

/// Writes all of an SQLite database, as it is at one moment, into a file that exists and is empty. Servers go on meanwhile.
///
/// # Errors
/// The database is not Roster's or cannot be read, or the file cannot be written.
pub fn write(path: &str, file: &str) -> Result<(), BackupError> {
    let mut conn = open(path)?;
    if !migrate::has_schema(&mut conn)? {
        return Err(BackupError::NotRoster);
    }
    diesel::sql_query("VACUUM INTO ?")
        .bind::<Text, _>(file)
        .execute(&mut conn)?;
    Ok(())
}

/// Looks over an SQLite file: that it is whole, Roster's, and of a schema that this server can use.
///
/// # Errors
/// It is not.
pub fn check(path: &str) -> Result<(), BackupError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        finding: String,
    }
    const SOUND: &str = "ok";
    let mut conn = open(path)?;
    if !migrate::has_schema(&mut conn)? {
        return Err(BackupError::NotRoster);
    }
    migrate::check_version(&mut conn)?;
    let findings: Vec<Row> =
        diesel::sql_query("SELECT integrity_check AS finding FROM pragma_integrity_check LIMIT 10")
            .load(&mut conn)?;
    let orphans: Vec<Row> = diesel::sql_query(
        "SELECT 'a row of ' || \"table\" || ' refers to one of ' || parent || ' that is missing' AS finding
         FROM pragma_foreign_key_check LIMIT 10",
    )
    .load(&mut conn)?;
    let damages: Vec<String> = findings
        .into_iter()
        .filter(|row| row.finding != SOUND)
        .chain(orphans)
        .map(|row| row.finding)
        .collect();
    match damages.is_empty() {
        true => Ok(()),
        false => Err(BackupError::Damaged(damages.join("; "))),
    }
}

fn open(path: &str) -> Result<Conn, MigrateError> {
    let url = DatabaseUrl::Sqlite {
        path: path.to_owned(),
        synchronous: Synchronous::Full,
    };
    Conn::open(&url, Purpose::Write).map_err(|source| MigrateError::Connect { url, source })
}
