//! The use cases: one function each, one transaction each.
//!
//! A use case is a command of the domain with an implementation of [`UseCase`]. It loads fresh rows, asks the
//! domain, writes, and records the audit event and the outgoing mail in the same transaction. It knows nothing of
//! HTTP. [`run`] is the way in for requests: it finds out who asks, asks the authorization table, and carries out.

mod account;
mod audit;
mod authenticate;
mod groups;
mod keys;
mod mail;
mod run;
pub mod tenants;
mod users;

pub use account::*;
pub use groups::GROUPS_A_CHUNK;
pub use mail::{
    LEASE, Outcome, OutgoingMail, Standing, Taken, mail_chunk, report_mail, take_mails,
};
pub use run::{Caller, Credential, Row, run, run_from_command_line};
pub use users::USERS_A_CHUNK;

use crate::clock::Clock;
pub use crate::db::audit::Origin;
pub use crate::db::outbox::{MailRow, MailStatus};
use crate::db::{Conn, Database};
use crate::error::Result;
use crate::hasher::Hasher;
use roster_domain::audit::Event;
use roster_domain::permission::{Action, Permit};
use roster_domain::session::Lifetimes;
use roster_domain::time::Timestamp;

/// What every use case needs.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub database: Database,
    /// The clock.
    pub clock: Clock,
    /// How long sessions and links last.
    pub lifetimes: Lifetimes,
    /// What hashes passwords.
    pub hasher: Hasher,
}

/// Whether a use case writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It only reads, on one snapshot.
    Read,
    /// It may write.
    Write,
}

/// A command that can be carried out.
pub trait UseCase: Action + Clone + Send + Sync + Sized + 'static {
    /// What comes of it.
    type Outcome: Send + 'static;

    /// Whether it writes.
    const ACCESS: Access;

    /// Carries it out within a transaction. It may be called again when the transaction has to be tried again, so
    /// it has no effect but its SQL.
    ///
    /// # Errors
    /// The domain refuses, or the database fails; then nothing of it is kept.
    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Self::Outcome>;
}

/// The transaction of a use case.
pub struct Tx<'a> {
    /// The connection, on which the transaction has begun.
    pub conn: &'a mut Conn,
    /// The time that counts for all of the use case.
    pub now: Timestamp,
    /// By which way the command came.
    pub origin: &'a Origin,
    /// How long sessions and links last.
    pub lifetimes: &'a Lifetimes,
}

impl Tx<'_> {
    /// Records what the use case did. What changed nothing leaves no record.
    fn record<A>(&mut self, permit: &Permit<A>, event: &Event) -> Result<()> {
        if event.is_change() {
            crate::db::audit::insert(
                self.conn,
                permit.tenant_id(),
                permit.actor(),
                self.origin,
                event,
                self.now,
            )?;
        }
        Ok(())
    }
}
