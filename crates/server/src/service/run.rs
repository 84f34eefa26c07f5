//! The way into a use case: who asks, may they, then carry it out. All in one hop and one transaction, on fresh
//! rows, so that a credential that was revoked a moment ago is refused now.

use super::{Access, State, Tx, UseCase, authenticate::Authenticated};
use crate::db::{Conn, api_keys, audit::Origin, groups, user_attributes, users};
use crate::error::{Error, Result};
use roster_domain::Error as Refusal;
use roster_domain::id::{ApiKeyId, GroupId, TenantId, UserAttributeId, UserId};
use roster_domain::permission::{Actor, Permit, grant};
use roster_domain::session::Lifetimes;
use roster_domain::time::Timestamp;

pub use super::authenticate::Credential;

/// A request's caller, not yet known.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What it shows.
    pub credential: Credential,
    /// By which way it comes.
    pub origin: Origin,
}

/// The row that a request names apart from its command, so that it is known where the command is faulty.
#[derive(Debug, Clone, Copy)]
pub enum Row {
    /// A user, who need not exist.
    User(UserId),
    /// A group, which need not exist.
    Group(GroupId),
    /// A user attribute, which need not exist.
    UserAttribute(UserAttributeId),
    /// A key of the acting user, which need not exist.
    OwnKey(ApiKeyId),
}

impl Row {
    fn subject(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::Group(_) | Self::UserAttribute(_) | Self::OwnKey(_) => None,
        }
    }

    fn exists(self, conn: &mut Conn, tenant: TenantId, actor: Option<UserId>) -> Result<bool> {
        match self {
            Self::User(id) => Ok(users::find(conn, tenant, id)?.is_some()),
            Self::Group(id) => Ok(groups::exists(conn, tenant, id)?),
            Self::UserAttribute(id) => Ok(user_attributes::find(conn, tenant, id)?.is_some()),
            Self::OwnKey(id) => {
                let owner = actor.unwrap_or(UserId(0));
                Ok(api_keys::find_of_user(conn, tenant, owner, id)?.is_some())
            }
        }
    }
}

/// Carries out a command for a caller.
///
/// The command may be a fault of the request already. It is given back only to those who may ask: a wrong key
/// and a wrong role come before a wrong body, and a row that does not exist before a field that breaks a rule.
///
/// # Errors
/// The caller is unknown or may not, the command is faulty, the domain refuses, or the database fails.
pub async fn run<A: UseCase>(
    state: &State,
    caller: &Caller,
    row: Option<Row>,
    command: Result<A>,
) -> Result<A::Outcome> {
    caller.credential.refuse_what_is_none()?;
    let now = state.clock.now();
    let (caller, lifetimes) = (caller.clone(), state.lifetimes);
    let (authenticated, outcome) = match command {
        Err(fault) => {
            let admit = move |conn: &mut Conn| {
                let by = caller.credential.authenticate(conn, &lifetimes, now)?;
                let actor = by.actor.user_id();
                grant::<A>(by.tenant, by.actor, row.and_then(Row::subject))?;
                if let (Error::Domain(Refusal::Invalid(_)), Some(row)) = (&fault, row)
                    && !row.exists(conn, by.tenant, actor)?
                {
                    return Err(Refusal::NotFound.into());
                }
                Err(fault)
            };
            return state.database.read_tx(admit).await;
        }
        Ok(command) => {
            let work = move |conn: &mut Conn| carry_out(conn, &lifetimes, &caller, &command, now);
            match A::ACCESS {
                Access::Read => state.database.read_tx(work).await?,
                Access::Write => state.database.write_tx(work).await?,
            }
        }
    };
    authenticated.record_use(state, now);
    Ok(outcome)
}

/// Carries out a command for whoever may run commands on the machine.
///
/// # Errors
/// The domain refuses, or the database fails.
pub async fn run_from_command_line<A: UseCase>(
    state: &State,
    tenant: TenantId,
    command: A,
) -> Result<A::Outcome> {
    let (now, lifetimes) = (state.clock.now(), state.lifetimes);
    let work = move |conn: &mut Conn| {
        let permit = grant(tenant, Actor::CommandLine, command.subject())?;
        command.carry_out(
            &mut Tx {
                conn,
                now,
                origin: &Origin::CLI,
                lifetimes: &lifetimes,
            },
            &permit,
        )
    };
    match A::ACCESS {
        Access::Read => state.database.read_tx(work).await,
        Access::Write => state.database.write_tx(work).await,
    }
}

/// Carries out a command for a caller who is nobody in particular, in a transaction that has begun.
///
/// # Errors
/// The domain refuses, or the database fails.
pub(super) fn carry_out_for_nobody<A: UseCase>(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    command: &A,
) -> Result<A::Outcome> {
    let permit = grant(tenant, Actor::System, command.subject())?;
    command.carry_out(tx, &permit)
}

fn carry_out<A: UseCase>(
    conn: &mut Conn,
    lifetimes: &Lifetimes,
    caller: &Caller,
    command: &A,
    now: Timestamp,
) -> Result<(Authenticated, A::Outcome)> {
    let by = caller.credential.authenticate(conn, lifetimes, now)?;
    let permit: Permit<A> = grant(by.tenant, by.actor.clone(), command.subject())?;
    let origin = &caller.origin;
    let outcome = command.carry_out(
        &mut Tx {
            conn,
            now,
            origin,
            lifetimes,
        },
        &permit,
    )?;
    Ok((by, outcome))
}
