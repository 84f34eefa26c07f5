//! Requests that may be sent again: the answer is kept by the transaction of the change that it answers.

use super::run::{Caller, Row, run_with};
use super::{State, Tx, UseCase};
use crate::db::idempotency_keys;
use crate::error::{Error, Result};
use roster_domain::idempotency::Once;
use roster_domain::permission::Permit;
use serde::Serialize;
use std::time::Duration;

/// How long a request waits for its twin: one under the same key that is being carried out.
pub const TWIN_PATIENCE: Duration = Duration::from_secs(5);

/// An answer that can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status by which it says that all went well.
    pub status: u16,
    /// JSON.
    pub body: String,
    /// Whether it was given before.
    pub is_replayed: bool,
}

impl Answer {
    /// A first answer.
    ///
    /// # Errors
    /// The body cannot be written as JSON.
    pub fn new(status: u16, body: &impl Serialize) -> Result<Self> {
        Ok(Self {
            status,
            body: serde_json::to_string(body).map_err(Error::internal)?,
            is_replayed: false,
        })
    }
}

/// How a dialect answers to what comes of a command.
pub type Render<A> = fn(<A as UseCase>::Outcome) -> Result<Answer>;

/// The same as [`run`](super::run) down to the answer, which is given again to a request that was sent again.
///
/// Only an answer whose change is committed is kept, so what was refused or failed may be sent again under its key, mended
/// or not. Whoever sends a request again must still be permitted to send it.
///
/// # Errors
/// The caller is unknown or may not, the command is faulty, the key stands for another request or for one that is still being
/// carried out, the domain refuses, or the database fails.
pub async fn run_once<A: UseCase>(
    state: &State,
    caller: &Caller,
    row: Option<Row>,
    once: Option<Once>,
    command: Result<A>,
    render: Render<A>,
) -> Result<Answer> {
    let patience = state.twin_patience;
    let work = move |command: &A, tx: &mut Tx<'_>, permit: &Permit<A>| match &once {
        Some(once) => carry_out(command, tx, permit, (once, patience), render),
        None => render(command.carry_out(tx, permit)?),
    };
    run_with(state, caller, row, command, work).await
}

fn carry_out<A: UseCase>(
    command: &A,
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (once, patience): (&Once, Duration),
    render: Render<A>,
) -> Result<Answer> {
    let user = permit.actor().user_id();
    let user = user.ok_or_else(|| Error::internal("a key belongs to a user"))?;
    let owner = (permit.tenant_id(), user);
    if let Some(kept) = idempotency_keys::take(tx.conn, owner, once, tx.now, patience)? {
        once.check_answered(&kept.request_hash)?;
        return Ok(Answer {
            status: u16::try_from(kept.status).map_err(Error::internal)?,
            body: kept.body,
            is_replayed: true,
        });
    }
    let answer = render(command.carry_out(tx, permit)?)?;
    idempotency_keys::keep(tx.conn, owner, once, answer.status, &answer.body)?;
    Ok(answer)
}
