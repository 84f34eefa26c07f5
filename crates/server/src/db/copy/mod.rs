//! All of a database into another, of the same kind or the other one.
//!
//! The source is read on one snapshot, so it may be served meanwhile. The target is written in one transaction, and read
//! again before that ends: what is kept has been compared, and what is interrupted leaves nothing.

mod counters;
mod tables;

pub(crate) use counters::{go_on_behind_ids, lock_ids};
pub use tables::TABLES;

use super::conn::{self, Begin, Conn, Purpose};
use super::migrate::{self, MigrateError};
use super::tenants;
use super::url::DatabaseUrl;
use diesel::connection::SimpleConnection;
use sha2::{Digest, Sha256};
use tables::{Copied, Visitor, visit_all};

const ROWS_AT_ONCE: usize = 1_000;

/// Why a database was not copied. Nothing of it is in the target then.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// One of the two cannot be opened, or its schema is made for newer servers.
    #[error(transparent)]
    Schema(#[from] MigrateError),
    /// The source holds something else.
    #[error("{0:?} holds no Roster database")]
    NotRoster(DatabaseUrl),
    /// The source's schema is of another version.
    #[error(
        "the schema of {0:?} is not the one of this version: run `roster migrate` of this version on it first"
    )]
    OtherSchema(DatabaseUrl),
    /// The target is in use already.
    #[error("{url:?} is not empty: its table {table} has rows")]
    NotEmpty {
        /// Which.
        url: DatabaseUrl,
        /// The first table with rows.
        table: &'static str,
    },
    /// What was written is not what was read.
    #[error("the table {0} came out different, and nothing was kept: please report this fault")]
    Unequal(&'static str),
    /// A row cannot be put in bytes.
    #[error(transparent)]
    Row(#[from] serde_json::Error),
    /// A statement failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

/// What is in a table: how many rows, and a sum over their SHA-256 that no order changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Content {
    /// The rows.
    pub rows: u64,
    /// The sum.
    pub checksum: u128,
}

impl Content {
    fn add(&mut self, row: &impl serde::Serialize) -> Result<(), serde_json::Error> {
        let hash = Sha256::digest(serde_json::to_vec(row)?);
        let half = hash.iter().take(16);
        let number = half.fold(0, |number: u128, byte| number << 8 | u128::from(*byte));
        self.rows += 1;
        self.checksum = self.checksum.wrapping_add(number);
        Ok(())
    }
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// A table is begun that has so many rows.
    Copying(&'static str, u64),
    /// A table is read again that has so many rows.
    Comparing(&'static str, u64),
    /// So many rows of it are done.
    Done(u64),
}

/// Copies all of a database into one that is empty and whose schema is up to date. Gives what is in each table.
///
/// # Errors
/// See [`CopyError`].
pub fn run(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    report: &mut dyn FnMut(Step),
) -> Result<Vec<(&'static str, Content)>, CopyError> {
    let mut source = open(from, Purpose::Read)?;
    let mut target = open(to, Purpose::Write)?;
    conn::begin(&mut source, Begin::Snapshot)?;
    if !migrate::has_schema(&mut source)? {
        return Err(CopyError::NotRoster(from.clone()));
    }
    conn::begin(&mut target, Begin::Write)?;
    if migrate::applied(&mut source)? != migrate::applied(&mut target)? {
        return Err(CopyError::OtherSchema(from.clone()));
    }
    // A server that starts on the target makes no first tenant meanwhile.
    tenants::lock_all(&mut target)?;
    visit_all(&mut RefuseRows {
        target: &mut target,
        url: to,
    })?;
    let mut copy = Copy {
        source: &mut source,
        target: &mut target,
        report,
        contents: Vec::new(),
    };
    visit_all(&mut copy)?;
    let contents = copy.contents;
    for counter in counters::read(&mut source)? {
        counters::write(&mut target, &counter)?;
    }
    visit_all(&mut Compare {
        target: &mut target,
        report,
        contents: contents.iter(),
    })?;
    // The connection's end would roll back all the same; nothing is committed before this line.
    conn::commit(&mut target)?;
    Ok(contents)
}

fn open(url: &DatabaseUrl, purpose: Purpose) -> Result<Conn, CopyError> {
    let mut conn = Conn::open(url, purpose).map_err(|source| MigrateError::Connect {
        url: url.clone(),
        source,
    })?;
    if let Conn::Postgres(conn) = &mut conn {
        // A table is one statement, however long it takes.
        conn.batch_execute("SET statement_timeout = 0")?;
    }
    Ok(conn)
}

struct RefuseRows<'a> {
    target: &'a mut Conn,
    url: &'a DatabaseUrl,
}

impl Visitor for RefuseRows<'_> {
    type Error = CopyError;

    fn visit<T: Copied>(&mut self) -> Result<(), CopyError> {
        match T::count(self.target)? {
            0 => Ok(()),
            _ => Err(CopyError::NotEmpty {
                url: self.url.clone(),
                table: T::NAME,
            }),
        }
    }
}

struct Copy<'a> {
    source: &'a mut Conn,
    target: &'a mut Conn,
    report: &'a mut dyn FnMut(Step),
    contents: Vec<(&'static str, Content)>,
}

impl Visitor for Copy<'_> {
    type Error = CopyError;

    fn visit<T: Copied>(&mut self) -> Result<(), CopyError> {
        let Self { target, report, .. } = self;
        let rows = T::count(self.source)?.unsigned_abs();
        report(Step::Copying(T::NAME, rows));
        let mut content = Content::default();
        let mut waiting = Vec::with_capacity(ROWS_AT_ONCE);
        T::for_each(self.source, |row| {
            content.add(&row)?;
            waiting.push(row);
            if waiting.len() == ROWS_AT_ONCE {
                T::insert(target, &waiting)?;
                waiting.clear();
                report(Step::Done(content.rows));
            }
            Ok::<_, CopyError>(())
        })?;
        if !waiting.is_empty() {
            T::insert(target, &waiting)?;
        }
        report(Step::Done(content.rows));
        self.contents.push((T::NAME, content));
        Ok(())
    }
}

struct Compare<'a> {
    target: &'a mut Conn,
    report: &'a mut dyn FnMut(Step),
    contents: std::slice::Iter<'a, (&'static str, Content)>,
}

impl Visitor for Compare<'_> {
    type Error = CopyError;

    fn visit<T: Copied>(&mut self) -> Result<(), CopyError> {
        let expected = self.contents.next().map(|(_, content)| *content);
        let report = &mut self.report;
        report(Step::Comparing(
            T::NAME,
            expected.map_or(0, |content| content.rows),
        ));
        let mut content = Content::default();
        T::for_each(self.target, |row| {
            content.add(&row)?;
            if content.rows.is_multiple_of(1_000) {
                report(Step::Done(content.rows));
            }
            Ok::<_, CopyError>(())
        })?;
        match expected == Some(content) {
            true => Ok(()),
            false => Err(CopyError::Unequal(T::NAME)),
        }
    }
}
