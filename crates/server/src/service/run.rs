//! The way into a use case: who asks, may they, then carry it out. All in one hop and one transaction, on fresh
//! rows, so that a credential that was revoked a moment ago is refused now.

use super::users::{ensure_version, seen_version};
use super::{Access, State, Tx, UseCase};
use crate::db::{Conn, api_keys, audit::Origin, groups, user_attributes, users};
use crate::error::{Error, Result};
use roster_domain::Error as Refusal;
use roster_domain::id::{ApiKeyId, GroupId, TenantId, UserAttributeId, UserId};
use roster_domain::permission::{Action, Actor, Permit, grant};
use roster_domain::version::Version;

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
    /// A user, and the version on which the caller insists.
    UserAt(UserId, Version),
    /// A group, and the version on which the caller insists.
    GroupAt(GroupId, Version),
}

impl Row {
    /// The row with the version on which the caller insists, if it does and the row has one.
    pub fn at(self, version: Option<Version>) -> Self {
        match (self, version) {
            (Self::User(id), Some(version)) => Self::UserAt(id, version),
            (Self::Group(id), Some(version)) => Self::GroupAt(id, version),
            (row, _) => row,
        }
    }

    fn subject(self) -> Option<UserId> {
        match self {
            Self::User(id) | Self::UserAt(id, _) => Some(id),
            Self::Group(_) | Self::GroupAt(..) | Self::UserAttribute(_) | Self::OwnKey(_) => None,
        }
    }

    /// Refuses a row that is not there, or not in the version on which the caller insists.
    fn ensure(self, conn: &mut Conn, tenant: TenantId, actor: Option<UserId>) -> Result<()> {
        let is_there = match self {
            Self::User(id) => users::find(conn, tenant, id)?.is_some(),
            Self::UserAt(id, wanted) => {
                let user = users::find(conn, tenant, id)?.ok_or(Refusal::NotFound)?;
                return ensure_version(Some(wanted), || seen_version(conn, &user));
            }
            Self::Group(id) => groups::find(conn, tenant, id)?.is_some(),
            Self::GroupAt(id, wanted) => {
                let group = groups::find(conn, tenant, id)?.ok_or(Refusal::NotFound)?;
                return ensure_version(Some(wanted), || Ok(group.seen_version()));
            }
            Self::UserAttribute(id) => user_attributes::find(conn, tenant, id)?.is_some(),
            Self::OwnKey(id) => {
                let owner = actor.unwrap_or(UserId(0));
                api_keys::find_of_user(conn, tenant, owner, id)?.is_some()
            }
        };
        match is_there {
            true => Ok(()),
            false => Err(Refusal::NotFound.into()),
        }
    }
}

/// Carries out a command for a caller.
///
/// The command may be a fault of the request already. It is given back only to those who may ask: a wrong key
/// and a wrong role come before a wrong body, and a row that does not exist, or has changed, before a field that breaks a rule.
///
/// # Errors
/// The caller is unknown or may not, the command is faulty, the domain refuses, or the database fails.
pub async fn run<A: UseCase>(
    state: &State,
    caller: &Caller,
    row: Option<Row>,
    command: Result<A>,
) -> Result<A::Outcome> {
    run_with(state, caller, row, command, A::carry_out).await
}

/// The same with other work that carries out the command.
pub(super) async fn run_with<A: UseCase, T: Send + 'static>(
    state: &State,
    caller: &Caller,
    row: Option<Row>,
    command: Result<A>,
    work: impl Fn(&A, &mut Tx<'_>, &Permit<A>) -> Result<T> + Send + 'static,
) -> Result<T> {
    caller.credential.refuse_what_is_none()?;
    let now = state.clock.now();
    let (caller, lifetimes) = (caller.clone(), state.lifetimes);
    let (authenticated, outcome) = match command {
        Err(fault) => return Err(refuse::<A>(state, caller, row, fault).await),
        Ok(command) => {
            let carry_out = move |conn: &mut Conn| {
                let by = caller.credential.authenticate(conn, &lifetimes, now)?;
                let permit = grant::<A>(by.tenant, by.actor.clone(), command.subject())?;
                let origin = &caller.origin;
                let mut tx = Tx {
                    conn,
                    now,
                    origin,
                    lifetimes: &lifetimes,
                };
                let outcome = work(&command, &mut tx, &permit)?;
                Ok((by, outcome))
            };
            match A::ACCESS {
                Access::Read => state.database.read_tx(carry_out).await?,
                Access::Write => state.database.write_tx(carry_out).await?,
            }
        }
    };
    authenticated.record_use(state, now);
    Ok(outcome)
}

/// What to answer to a faulty command: its fault, to those who may ask.
pub(super) async fn refuse<A: Action>(
    state: &State,
    caller: Caller,
    row: Option<Row>,
    fault: Error,
) -> Error {
    let (now, lifetimes) = (state.clock.now(), state.lifetimes);
    let admit = move |conn: &mut Conn| {
        let by = caller.credential.authenticate(conn, &lifetimes, now)?;
        let actor = by.actor.user_id();
        grant::<A>(by.tenant, by.actor, row.and_then(Row::subject))?;
        if let (Error::Domain(Refusal::Invalid(_)), Some(row)) = (&fault, row) {
            row.ensure(conn, by.tenant, actor)?;
        }
        Ok(fault)
    };
    state
        .database
        .read_tx(admit)
        .await
        .unwrap_or_else(|refusal| refusal)
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
