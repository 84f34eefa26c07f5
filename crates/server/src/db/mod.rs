//! The database: where data is kept, and the two ways into a transaction.
//!
//! Invariant: a transaction begins in [`Database::read_tx`] or [`Database::write_tx`] and nowhere else, but for the
//! migrations, which run before there is a [`Database`], and [`copy`], which has two databases. [`Database::look_up`] is
//! for a single statement, which needs none. The functions of the sub-modules take a connection, are plain SQL, and decide nothing.

pub(crate) mod api_keys;
pub(crate) mod attempts;
pub(crate) mod audit;
pub mod backup;
mod conn;
pub mod copy;
pub(crate) mod fault;
pub(crate) mod groups;
pub(crate) mod idempotency_keys;
mod inline;
pub(crate) mod jobs;
pub(crate) mod links;
mod load;
pub(crate) mod memberships;
mod migrate;
pub(crate) mod outbox;
pub(crate) mod passwords;
mod pool;
pub(crate) mod schema;
pub(crate) mod server_keys;
pub(crate) mod sessions;
mod statements;
pub(crate) mod statistics;
pub(crate) mod tenants;
pub mod url;
pub(crate) mod user_attribute_entries;
pub(crate) mod user_attributes;
pub(crate) mod user_pages;
pub(crate) mod users;
mod writer;

pub use conn::{Conn, Purpose};
pub use load::Load;
pub use migrate::MigrateError;

use crate::error::Result;
use inline::Inline;
use load::Refusals;
use pool::Pool;
use roster_domain::id::{TenantId, UserId};
use roster_domain::time::Timestamp;
use std::sync::Arc;
use url::DatabaseUrl;
use writer::Writer;

diesel::define_sql_function! {
    /// Where one text stands in another, 0 for nowhere: literally, unlike `LIKE`, and in both databases.
    fn instr(whole: diesel::sql_types::Text, part: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}

/// A tenant as lists in an order are asked for. Of an equation PostgreSQL concludes that any index of ids has their order, and reads
/// the rows of all older tenants to come to the first; behind a list only indexes that begin with the tenant will do.
fn alone(tenant: TenantId) -> [i64; 1] {
    [tenant.0]
}

/// Users that a statement is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Among<'a> {
    /// All from one id to another: they follow each other.
    Between(UserId, UserId),
    /// These, at most a thousand: databases limit how many values a statement takes.
    These(&'a [UserId]),
}

/// How the databases are asked for a time that may be absent.
fn time(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

/// The database of this process.
#[derive(Clone)]
pub struct Database {
    url: DatabaseUrl,
    reads: Pool,
    look_ups: LookUps,
    writes: Writes,
    refusals: Arc<Refusals>,
}

#[derive(Clone)]
enum LookUps {
    /// SQLite is a library: the thread that asks may as well read.
    Inline(Inline),
    /// PostgreSQL has to be waited for.
    Pool,
}

#[derive(Clone)]
enum Writes {
    /// SQLite has one writer at a time.
    Queue(Writer),
    /// PostgreSQL has as many as there are connections.
    Pool,
}

impl Database {
    /// Opens a database whose schema is up to date: see [`migrate`](Self::migrate).
    ///
    /// # Errors
    /// The SQLite file cannot be opened. PostgreSQL is not asked yet.
    pub fn open(url: &DatabaseUrl, pool_size: u32) -> Result<Self> {
        let (purpose, look_ups, writes) = match url {
            DatabaseUrl::Sqlite { .. } => (
                Purpose::Read,
                LookUps::Inline(Inline::new(url)),
                Writes::Queue(Writer::start(url)?),
            ),
            DatabaseUrl::Postgres { .. } => (Purpose::Write, LookUps::Pool, Writes::Pool),
        };
        Ok(Self {
            url: url.clone(),
            reads: Pool::new(url, purpose, pool_size),
            look_ups,
            writes,
            refusals: Arc::default(),
        })
    }

    /// Where the database is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Brings the schema up to date; of several processes that try at once, one does it.
    ///
    /// # Errors
    /// The database cannot be reached, a migration fails, or the schema is made for newer servers only.
    pub fn migrate(url: &DatabaseUrl) -> std::result::Result<(), MigrateError> {
        migrate::run(url)
    }

    /// Whether the schema is the one that this server needs.
    ///
    /// # Errors
    /// The database cannot be used now, or holds no schema at all.
    pub async fn has_usable_schema(&self) -> Result<bool> {
        self.reads.snapshot(migrate::is_usable).await
    }

    /// How busy it is with this process's work.
    pub fn load(&self) -> Load {
        let (connections, in_use, waiting) = self.reads.load();
        let writers = match &self.writes {
            Writes::Queue(writer) => writer.waiting(),
            Writes::Pool => 0,
        };
        Load {
            connections,
            in_use,
            waiting: waiting + writers,
            refused: self.refusals.by_reason(),
        }
    }

    /// Reads on one snapshot.
    ///
    /// # Errors
    /// Those of the work, or the database cannot be used now.
    pub async fn read_tx<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.refusals.count(self.reads.snapshot(work).await)
    }

    /// Reads by one statement that an index answers at once. It may run more than once.
    ///
    /// # Errors
    /// Those of the work, or the database cannot be used now.
    pub async fn look_up<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = match &self.look_ups {
            LookUps::Inline(connections) => connections.look_up(work),
            LookUps::Pool => self.reads.look_up(work).await,
        };
        self.refusals.count(outcome)
    }

    /// Changes something, or nothing when the work returns an error. The work may run more than once, so
    /// it has no effect but its SQL.
    ///
    /// # Errors
    /// Those of the work, or the database cannot be used now.
    pub async fn write_tx<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = match &self.writes {
            Writes::Queue(writer) => writer.write(work).await,
            Writes::Pool => self.reads.write(work).await,
        };
        self.refusals.count(outcome)
    }
}
