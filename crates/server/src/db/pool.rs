//! Pooled connections, and the blocking threads that use them.
//!
//! There are as many threads as connections, so that none waits for one. While the database cannot be reached, or hangs, callers
//! are refused at once; a probe finds out when it is back.

use super::conn::{self, Begin, Conn, Purpose};
use super::fault::{self, Kind};
use super::url::DatabaseUrl;
use crate::error::{Error, Result, Unavailable};
use crate::turns::{Turn, Turns};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a caller waits for its turn.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// After what time without an answer it is asked whether the database hangs.
const SUSPICION: Duration = Duration::from_secs(3);
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);
const PROBE_INTERVAL: Duration = Duration::from_millis(250);
const DEADLOCK_TRIES: u32 = 5;

/// Connections of one purpose to one database.
#[derive(Clone)]
pub(super) struct Pool {
    connections: r2d2::Pool<Manager>,
    turns: Turns,
    health: Arc<Health>,
}

struct Health {
    is_down: AtomicBool,
    manager: Manager,
}

impl Health {
    /// Tries whether a connection can be opened.
    async fn probe(&self) -> Result<std::result::Result<Pooled, diesel::ConnectionError>> {
        let manager = self.manager.clone();
        tokio::task::spawn_blocking(move || r2d2::ManageConnection::connect(&manager))
            .await
            .map_err(Error::internal)
    }

    /// Whether the database takes connections and says nothing on them.
    async fn hangs(&self) -> Result<bool> {
        let probe = self.probe().await?;
        Ok(probe.is_err_and(|error| fault::is_silence(&error)))
    }
}

/// What is done on a thread. It is boxed, so that the way there is compiled for each outcome only, not for each use case.
type Work<T> = Box<dyn FnOnce(&Pool) -> Result<T> + Send>;

/// A connection, and whether it is still of use.
pub(super) struct Pooled {
    conn: Conn,
    is_broken: bool,
}

#[derive(Clone)]
struct Manager {
    url: DatabaseUrl,
    purpose: Purpose,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = diesel::ConnectionError;

    fn connect(&self) -> std::result::Result<Pooled, Self::Error> {
        Ok(Pooled {
            conn: Conn::open(&self.url, self.purpose)?,
            is_broken: false,
        })
    }

    fn is_valid(&self, _: &mut Pooled) -> std::result::Result<(), Self::Error> {
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.is_broken
    }
}

impl Pool {
    /// Opens no connection yet.
    pub(super) fn new(url: &DatabaseUrl, purpose: Purpose, size: u32) -> Self {
        let manager = Manager {
            url: url.clone(),
            purpose,
        };
        let connections = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(CONNECT_PATIENCE)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(manager.clone());
        Self {
            connections,
            turns: Turns::new(usize::try_from(size).unwrap_or(1)),
            health: Arc::new(Health {
                is_down: AtomicBool::new(false),
                manager,
            }),
        }
    }

    /// How many connections may be in use at once, how many are, and how many callers wait for one.
    pub(super) fn load(&self) -> (usize, usize, usize) {
        self.turns.load()
    }

    /// Runs a read of one or several statements on one snapshot.
    pub(super) async fn snapshot<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.run_in_transaction(Begin::Snapshot, move |pooled| {
            let outcome = work(&mut pooled.conn);
            // Nothing was changed, so how the snapshot ends cannot matter to the caller.
            pooled.is_broken = conn::rollback(&mut pooled.conn).is_err();
            outcome
        })
        .await
    }

    /// Runs a read of one statement, which is a transaction by itself. What breaks an idle connection shows only now, and then it is
    /// read on another.
    pub(super) async fn look_up<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let look_up = move |pool: &Self| {
            for _ in 0..=pool.connections.max_size() {
                let mut pooled = pool.connection()?;
                pooled.is_broken = true;
                let outcome = work(&mut pooled.conn);
                if !matches!(outcome, Err(Error::Unavailable(Unavailable::Down))) {
                    pooled.is_broken = false;
                    return outcome;
                }
            }
            Err(Unavailable::Down.into())
        };
        self.run(Begin::Snapshot, Box::new(look_up)).await
    }

    /// Runs a transaction that may write; a deadlock's victim is run again.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.run_in_transaction(Begin::Write, move |pooled| {
            let mut tries = 1;
            loop {
                match attempt(pooled, &mut work) {
                    Err(Error::Unavailable(Unavailable::Contended)) if tries < DEADLOCK_TRIES => {
                        tries += 1;
                        conn::begin(&mut pooled.conn, Begin::Write)?;
                    }
                    outcome => return outcome,
                }
            }
        })
        .await
    }

    /// Takes a connection on which a transaction has begun.
    async fn run_in_transaction<T: Send + 'static>(
        &self,
        kind: Begin,
        work: impl FnOnce(&mut Pooled) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let run = move |pool: &Self| {
            let mut pooled = pool.begin(kind)?;
            // Until the work has ended its transaction, even by a panic, nobody else may have it.
            pooled.is_broken = true;
            work(&mut pooled)
        };
        self.run(kind, Box::new(run)).await
    }

    /// Has it done when its turn has come.
    async fn run<T: Send + 'static>(&self, kind: Begin, work: Work<T>) -> Result<T> {
        if self.health.is_down.load(Ordering::Relaxed) {
            return Err(Unavailable::Down.into());
        }
        let pool = self.clone();
        // What is logged of a statement belongs to its request.
        let span = tracing::Span::current();
        let turn = self.turns.take(move || {
            let _entered = span.enter();
            work(&pool)
        });
        let outcome = self.outcome(kind, turn).await;
        if matches!(outcome, Err(Error::Unavailable(Unavailable::Down)))
            && self.connections.state().connections == 0
        {
            self.watch();
        }
        outcome
    }

    /// Waits for work, but not for long until it begins, nor for that on a database that hangs: it keeps its turn until the database
    /// goes on.
    async fn outcome<T>(&self, kind: Begin, mut turn: Turn<Result<T>>) -> Result<T> {
        let begun = Instant::now();
        let mut pause = SUSPICION;
        loop {
            if let Ok(ended) = tokio::time::timeout(pause, &mut turn).await {
                return ended.ok_or(Unavailable::Down)??;
            }
            pause = PATIENCE - SUSPICION;
            if turn.is_waiting() {
                if begun.elapsed() >= PATIENCE && turn.give_up() {
                    return Err(Unavailable::Busy.into());
                }
            } else if self.health.hangs().await? {
                self.watch();
                return Err(match kind {
                    Begin::Snapshot => Unavailable::Down.into(),
                    Begin::Write => Unavailable::OutcomeUnknown.into(),
                });
            }
        }
    }

    /// A connection with a fresh transaction. Connections that broke while they were idle are dropped here,
    /// where nothing has been done yet.
    fn begin(&self, kind: Begin) -> Result<r2d2::PooledConnection<Manager>> {
        for _ in 0..=self.connections.max_size() {
            let mut pooled = self.connection()?;
            match conn::begin(&mut pooled.conn, kind) {
                Ok(()) => return Ok(pooled),
                Err(error) => {
                    pooled.is_broken = true;
                    if fault::kind(&error) != Kind::Broken {
                        return Err(error.into());
                    }
                }
            }
        }
        Err(Unavailable::Down.into())
    }

    fn connection(&self) -> Result<r2d2::PooledConnection<Manager>> {
        self.connections.get().map_err(|error| {
            tracing::warn!(error = %error, "no connection to the database");
            Unavailable::Down.into()
        })
    }

    /// Refuses callers until a connection can be opened.
    fn watch(&self) {
        if self.health.is_down.swap(true, Ordering::Relaxed) {
            return;
        }
        self.turns.refuse_those_who_wait();
        tracing::error!("the database cannot be reached; requests are refused until it can");
        let health = Arc::clone(&self.health);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PROBE_INTERVAL).await;
                if matches!(health.probe().await, Ok(Ok(_))) {
                    health.is_down.store(false, Ordering::Relaxed);
                    tracing::info!("the database can be reached again");
                    return;
                }
            }
        });
    }
}

fn attempt<T>(pooled: &mut Pooled, work: &mut impl FnMut(&mut Conn) -> Result<T>) -> Result<T> {
    match work(&mut pooled.conn) {
        Ok(value) => match conn::commit(&mut pooled.conn) {
            Ok(()) => {
                pooled.is_broken = false;
                Ok(value)
            }
            Err(error) if fault::kind(&error) == Kind::Broken => {
                Err(Unavailable::OutcomeUnknown.into())
            }
            Err(error) => Err(error.into()),
        },
        Err(error) => {
            pooled.is_broken = conn::rollback(&mut pooled.conn).is_err();
            Err(error)
        }
    }
}
