//! The one writer of an SQLite file.
//!
//! Use cases queue, first come first served, and share a commit: each has its own savepoint, so that one
//! that fails leaves nothing, and none is answered before the commit that holds it. One commit for many
//! is what makes durable writes fast, and turns are what keeps the slowest of them near the others.

use super::conn::{self, Begin, Conn, Purpose};
use super::fault::{self, Kind};
use super::url::DatabaseUrl;
use crate::error::{Error, Result, Unavailable};
use diesel::connection::SimpleConnection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

const QUEUE: usize = 1_024;
const JOBS_A_COMMIT: usize = 64;

/// The queue before the writer. The thread ends when the last clone is gone.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Opens the file and starts the thread.
    pub(super) fn start(url: &DatabaseUrl) -> Result<Self> {
        let mut conn = Conn::open(url, Purpose::Write).map_err(Error::internal)?;
        // What a savepoint could undo is small, and kept in memory. A migration sorts whole tables, and keeps its files.
        conn.batch_execute("PRAGMA temp_store = MEMORY")
            .map_err(Error::internal)?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || serve(conn, jobs))
            .map_err(Error::internal)?;
        Ok(Self { queue })
    }

    /// How many wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Runs a transaction when its turn has come.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Work {
            work,
            outcome: None,
            span: tracing::Span::current(),
            reply,
            deadline: Instant::now() + super::pool::PATIENCE,
        });
        self.queue
            .send_timeout(job, super::pool::PATIENCE)
            .await
            .map_err(|_| Unavailable::Busy)?;
        answer.await.map_err(Error::internal)?
    }
}

/// A use case in the queue, whatever it returns.
trait Job: Send {
    /// Does the work; says whether its changes are to be kept.
    fn run(&mut self, conn: &mut Conn) -> bool;

    /// Answers with what the work returned.
    fn answer(self: Box<Self>);

    /// Answers with a fault that is not the work's own.
    fn fail(self: Box<Self>, error: Error);

    fn deadline(&self) -> Instant;
}

struct Work<F, T> {
    work: F,
    outcome: Option<Result<T>>,
    /// What is logged of a statement belongs to its request.
    span: tracing::Span,
    reply: oneshot::Sender<Result<T>>,
    deadline: Instant,
}

impl<F, T> Job for Work<F, T>
where
    F: FnMut(&mut Conn) -> Result<T> + Send,
    T: Send,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        let _entered = self.span.enter();
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(conn)))
            .unwrap_or_else(|_| Err(Error::internal("a use case panicked")));
        self.outcome.insert(outcome).is_ok()
    }

    fn answer(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            // Nobody listens any more when the client has gone.
            let _ = self.reply.send(outcome);
        }
    }

    fn fail(self: Box<Self>, error: Error) {
        let _ = self.reply.send(Err(error));
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }
}

fn serve(mut conn: Conn, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut waiting = Vec::with_capacity(JOBS_A_COMMIT);
    while jobs.blocking_recv_many(&mut waiting, JOBS_A_COMMIT) > 0 {
        let now = Instant::now();
        let (late, timely): (Vec<_>, Vec<_>) =
            waiting.drain(..).partition(|job| job.deadline() < now);
        for job in late {
            job.fail(Unavailable::Busy.into());
        }
        commit_together(&mut conn, timely);
    }
}

fn commit_together(conn: &mut Conn, jobs: Vec<Box<dyn Job>>) {
    if let Err(error) = conn::begin(conn, Begin::Write) {
        return fail_all(jobs, &error);
    }
    let mut done = Vec::with_capacity(jobs.len());
    let mut jobs = jobs.into_iter();
    while let Some(mut job) = jobs.next() {
        let ended = conn::savepoint(conn).and_then(|()| {
            if job.run(conn) {
                conn::commit(conn)
            } else {
                conn::rollback(conn)
            }
        });
        done.push(job);
        if let Err(error) = ended {
            done.extend(jobs);
            abandon(conn);
            return fail_all(done, &error);
        }
    }
    match conn::commit(conn) {
        Ok(()) => done.into_iter().for_each(Job::answer),
        Err(error) => {
            abandon(conn);
            fail_all(done, &error);
        }
    }
}

/// Gets out of whatever is open; SQLite may have rolled back by itself already, when the disk is full.
fn abandon(conn: &mut Conn) {
    while conn::rollback(conn).is_ok() {}
}

fn fail_all(jobs: Vec<Box<dyn Job>>, error: &diesel::result::Error) {
    tracing::error!(error = %error, jobs = jobs.len(), "a commit failed");
    for job in jobs {
        job.fail(match fault::kind(error) {
            Kind::Busy => Unavailable::Busy.into(),
            Kind::Full => Unavailable::Full.into(),
            Kind::Broken | Kind::Deadlock | Kind::Other => {
                Error::internal(format!("the commit failed: {error}"))
            }
        });
    }
}
