//! The worker that sends mails: it takes rows of the outbox, sends them, and reports. Each server process has one; they
//! share the work through the database alone, and no request waits for any of them.

use super::delivery::{Delivery, Failure, Receipt};
use super::letter::{Letters, Unwritten};
use super::setup::{MailFault, MailSetup, SmtpSetup};
use crate::error::Result;
use crate::service::{self, LEASE, Outcome, OutgoingMail, Standing, State};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long the worker leaves the database alone after a fault of it. Reports are tried more often, so that what has
/// been sent is written down before anybody takes it again.
const AFTER_A_FAULT: Duration = Duration::from_secs(5);
const BETWEEN_REPORTS: Duration = Duration::from_millis(250);

/// How long a worker that is told to stop may take for the mails in its hands.
const LAST_TURN: Duration = SmtpSetup::TIMEOUT.saturating_add(Duration::from_secs(5));

// A mail that is being sent is nobody else's for the whole time.
const _: () = assert!(LEASE.as_secs() >= 2 * SmtpSetup::TIMEOUT.as_secs());

/// What sends mails.
pub struct Worker {
    state: State,
    sender: Arc<Sender>,
    give_up: Duration,
    poll: Duration,
    is_blocked: bool,
    is_without_database: bool,
}

/// What a turn of the worker did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn {
    /// How many mails have left.
    pub sent: usize,
    /// How many are tried again later.
    pub postponed: usize,
    /// How many were given up.
    pub failed: usize,
    /// How many it took but did not send, because their time was over.
    pub left: usize,
    /// Whether there were mails that others took, or that are no longer wanted.
    pub were_others: bool,
}

impl Turn {
    /// Whether it is worth while to look again at once.
    fn goes_on(&self) -> bool {
        self.sent > 0 || self.failed > 0 || self.were_others
    }
}

/// A worker that runs by itself. It ends with this value, without waiting for what it has begun.
#[derive(Debug)]
#[must_use]
pub struct WorkerHandle {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl WorkerHandle {
    /// Lets the worker end what it is doing, and waits for that.
    pub async fn stop(self) {
        // It fails when the worker has ended already.
        let _ = self.stop.send(true);
        let mut task = self.task;
        if tokio::time::timeout(LAST_TURN, &mut task).await.is_err() {
            task.abort();
        }
    }
}

impl Worker {
    /// Makes ready; nothing is taken yet.
    ///
    /// # Errors
    /// The settings, a template or a certificate is faulty.
    pub fn new(state: State, setup: &MailSetup) -> std::result::Result<Self, MailFault> {
        Ok(Self {
            state,
            sender: Arc::new(Sender {
                letters: Letters::new(setup)?,
                delivery: Delivery::new(setup)?,
            }),
            give_up: setup.give_up,
            poll: setup.poll,
            is_blocked: false,
            is_without_database: false,
        })
    }

    /// Begins to work, until told to stop.
    pub fn start(self) -> WorkerHandle {
        tracing::info!(way = %self.sender.delivery, "mails are sent");
        let (stop, stopped) = watch::channel(false);
        WorkerHandle {
            stop,
            task: tokio::spawn(self.run(stopped)),
        }
    }

    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let pause = match self.turn().await {
                Ok(turn) if turn.goes_on() => continue,
                Ok(_) => self.poll,
                Err(_) => AFTER_A_FAULT,
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // An error means that the handle is gone.
                changed = stopped.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Takes some mails that are due, sends them and reports.
    ///
    /// # Errors
    /// The database failed before anything was taken.
    pub async fn turn(&mut self) -> Result<Turn> {
        let taken = match service::take_mails(&self.state).await {
            Ok(taken) => taken,
            Err(error) => {
                if !std::mem::replace(&mut self.is_without_database, true) {
                    tracing::error!(error = ?error, "the outbox cannot be read; mails wait");
                }
                return Err(error);
            }
        };
        if std::mem::take(&mut self.is_without_database) {
            tracing::info!("the outbox can be read again");
        }
        let mut turn = Turn {
            were_others: taken.were_others,
            ..Turn::default()
        };
        // At the same time, so that one that takes long keeps none waiting beyond its lease.
        let sending: Vec<_> = taken
            .mails
            .into_iter()
            .map(|mail| {
                let (sender, state, copy) =
                    (Arc::clone(&self.sender), self.state.clone(), mail.clone());
                let task = tokio::spawn(async move { sender.send(&state, &copy).await });
                (mail, task)
            })
            .collect();
        for (mail, task) in sending {
            let ended = task.await.unwrap_or_else(|error| {
                Err(Failure::general(format!("sending it failed: {error}")).into())
            });
            match ended {
                Err(NotSent::TooLate) => turn.left += 1,
                Err(NotSent::Failed(failure)) => {
                    self.note(&mail, &failure);
                    match self.report(&mail, &failed(&failure)).await {
                        Standing::Failed => {
                            turn.failed += 1;
                            tracing::error!(
                                outbox = mail.id,
                                attempts = mail.attempt,
                                reason = failure.for_log,
                                "a mail is given up; `roster mail list` shows why"
                            );
                        }
                        Standing::Queued(_) | Standing::Settled | Standing::Sent => {
                            turn.postponed += 1;
                        }
                    }
                }
                Ok(receipt) => {
                    self.report(&mail, &Outcome::Sent).await;
                    turn.sent += 1;
                    self.announce(&mail, &receipt);
                }
            }
        }
        let metrics = &self.state.metrics;
        metrics.mails("sent", turn.sent);
        metrics.mails("postponed", turn.postponed);
        metrics.mails("failed", turn.failed);
        Ok(turn)
    }

    /// Reports until it is written down: what has left must not be sent again. A failure that cannot be written down
    /// matters until the mail is anybody's again.
    async fn report(&self, mail: &OutgoingMail, outcome: &Outcome) -> Standing {
        let mut is_first = true;
        loop {
            match service::report_mail(&self.state, mail, outcome, self.give_up).await {
                Ok(standing) => return standing,
                Err(_)
                    if *outcome != Outcome::Sent && self.state.clock.now() >= mail.lent_until =>
                {
                    return Standing::Settled;
                }
                Err(error) => {
                    if std::mem::take(&mut is_first) {
                        tracing::error!(outbox = mail.id, error = ?error, "what came of a mail cannot be written down yet");
                    }
                    tokio::time::sleep(BETWEEN_REPORTS).await;
                }
            }
        }
    }

    /// Logs a failure; one that concerns all mails once only.
    fn note(&mut self, mail: &OutgoingMail, failure: &Failure) {
        let reason = failure.for_log.as_str();
        if !failure.is_general {
            tracing::warn!(outbox = mail.id, reason, "a mail was not taken");
        } else if std::mem::replace(&mut self.is_blocked, true) {
            tracing::debug!(outbox = mail.id, reason, "a mail could not be sent");
        } else {
            tracing::error!(
                outbox = mail.id,
                reason,
                "mails cannot be sent; they are kept and tried again"
            );
        }
    }

    fn announce(&mut self, mail: &OutgoingMail, receipt: &Receipt) {
        if std::mem::take(&mut self.is_blocked) {
            tracing::info!("mails can be sent again");
        }
        match receipt {
            Receipt::Accepted { .. } => tracing::info!(outbox = mail.id, "a mail was sent"),
            Receipt::Written(path) => {
                tracing::info!(outbox = mail.id, path = %path.display(), "a mail was written to a file");
            }
        }
    }
}

/// What the mails of one turn share.
struct Sender {
    letters: Letters,
    delivery: Delivery,
}

/// Why a mail was not sent.
enum NotSent {
    /// So long passed since it was taken that somebody else may have it.
    TooLate,
    /// It could not be.
    Failed(Failure),
}

impl From<Failure> for NotSent {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Sender {
    async fn send(
        &self,
        state: &State,
        mail: &OutgoingMail,
    ) -> std::result::Result<Receipt, NotSent> {
        let now = state.clock.now();
        // A machine that slept meanwhile wakes up here.
        if now.until(mail.lent_until) < SmtpSetup::TIMEOUT {
            return Err(NotSent::TooLate);
        }
        let letter = self.letters.write(mail, now).map_err(|unwritten| Failure {
            is_final: matches!(unwritten, Unwritten::Address(_)),
            is_general: false,
            ..Failure::general(unwritten.to_string())
        })?;
        Ok(self.delivery.deliver(&letter).await?)
    }
}

fn failed(failure: &Failure) -> Outcome {
    Outcome::Failed {
        reason: failure.reason.clone(),
        is_final: failure.is_final,
        may_have_arrived: failure.may_have_arrived,
    }
}
