//! The use cases: one function each, one transaction each.
//!
//! A use case is a command of the domain with an implementation of [`UseCase`]. It loads fresh rows, asks the
//! domain, writes, and records the audit event and the outgoing mail in the same transaction. It knows nothing of
//! HTTP. [`run`] is the way in for requests: it finds out who asks, asks the authorization table, and carries out.

mod account;
mod audit;
mod authenticate;
mod groups;
mod health;
mod import;
mod keys;
mod look_up;
mod mail;
mod maintenance;
mod observe;
mod once;
mod run;
pub mod tenants;
mod user_attributes;
mod users;

pub use account::*;
pub use groups::GROUPS_A_CHUNK;
pub use health::{DatabaseFault, check_database};
pub use import::{Destination, import};
pub use look_up::{LookUp, look_up};
pub use mail::{
    LEASE, Outcome, OutgoingMail, Standing, Taken, mail_chunk, report_mail, take_mails,
};
pub use maintenance::{Forgotten, keep_tidy, tidy};
pub use observe::metrics;
pub use once::{Answer, Render, TWIN_PATIENCE, run_once};
pub use run::{Caller, Credential, Row, run, run_from_command_line};
pub use users::{USERS_A_CHUNK, edit_user};

use crate::clock::Clock;
pub use crate::db::audit::Origin;
pub use crate::db::outbox::{MailRow, MailStatus};
use crate::db::{Conn, Database};
use crate::error::{Error, Result};
use crate::hasher::Hasher;
use crate::metrics::Metrics;
use roster_domain::audit::Event;
use roster_domain::credential::ApiKey;
use roster_domain::permission::{Action, Permit};
use roster_domain::session::Lifetimes;
use roster_domain::time::Timestamp;
use roster_domain::token::Token;
use std::time::Duration;

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
    /// How long a request waits for its twin; see [`TWIN_PATIENCE`].
    pub twin_patience: Duration,
    /// What is counted.
    pub metrics: Metrics,
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

/// A fresh random API key.
///
/// # Errors
/// The machine has no random numbers.
pub fn new_key() -> Result<ApiKey> {
    Ok(ApiKey::from_random(random()?))
}

/// What all servers of the database sign with, by name: made when it is first asked for.
///
/// # Errors
/// The database fails.
pub async fn server_key(state: &State, name: &'static str) -> Result<[u8; 32]> {
    let fresh = random()?;
    let find_or_insert = move |conn: &mut Conn| {
        tenants::lock_server(conn)?;
        if let Some(key) = crate::db::server_keys::find(conn, name)? {
            let fault = || Error::internal(format!("the server key {name} has another length"));
            return key.try_into().map_err(|_| fault());
        }
        crate::db::server_keys::insert(conn, name, &fresh)?;
        Ok(fresh)
    };
    state.database.write_tx(find_or_insert).await
}

/// A fresh random token.
pub(crate) fn new_token() -> Result<Token> {
    Ok(Token::from_random(random()?))
}

fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
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
