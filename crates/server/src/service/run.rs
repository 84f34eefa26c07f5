//! The way into a use case: who asks, may they, then carry it out. All in one hop and one transaction, on fresh
//! rows, so that a credential that was revoked a moment ago is refused now.

use super::{Access, State, Tx, UseCase};
use crate::db::{Conn, api_keys, audit::Origin, groups, users};
use crate::error::{Error, Result};
use roster_domain::Error as Refusal;
use roster_domain::credential::{KeyHash, StoredKey};
use roster_domain::id::{GroupId, TenantId, UserId};
use roster_domain::permission::{Actor, CredentialKind, Permit, grant};
use roster_domain::time::Timestamp;

/// What a request shows to be let in.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing.
    Missing,
    /// Something that cannot be a key.
    Malformed,
    /// A key, which may be good.
    Key(KeyHash),
}

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
}

impl Row {
    fn subject(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::Group(_) => None,
        }
    }

    fn exists(self, conn: &mut Conn, tenant: TenantId) -> Result<bool> {
        match self {
            Self::User(id) => Ok(users::find(conn, tenant, id)?.is_some()),
            Self::Group(id) => Ok(groups::exists(conn, tenant, id)?),
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
    let hash = match &caller.credential {
        Credential::Missing => return Err(Refusal::KeyMissing.into()),
        Credential::Malformed => return Err(Refusal::KeyInvalid.into()),
        Credential::Key(hash) => *hash,
    };
    let now = state.clock.now();
    let origin = caller.origin.clone();
    let (key, outcome) = match (command, A::ACCESS) {
        (Err(fault), _) => {
            let admit = move |conn: &mut Conn| {
                let (actor, tenant, _) = authenticate(conn, &hash, now)?;
                grant::<A>(tenant, actor, row.and_then(Row::subject))?;
                if let (Error::Domain(Refusal::Invalid(_)), Some(row)) = (&fault, row)
                    && !row.exists(conn, tenant)?
                {
                    return Err(Refusal::NotFound.into());
                }
                Err(fault)
            };
            return state.database.read_tx(admit).await;
        }
        (Ok(command), Access::Read) => {
            let work = move |conn: &mut Conn| carry_out(conn, &command, &hash, &origin, now);
            state.database.read_tx(work).await?
        }
        (Ok(command), Access::Write) => {
            let work = move |conn: &mut Conn| carry_out(conn, &command, &hash, &origin, now);
            state.database.write_tx(work).await?
        }
    };
    if key.is_use_to_be_recorded(now) {
        record_use(state, &key, now);
    }
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
    let now = state.clock.now();
    state
        .database
        .write_tx(move |conn| {
            let permit = grant(tenant, Actor::CommandLine, command.subject())?;
            let origin = &Origin::CLI;
            command.carry_out(&mut Tx { conn, now, origin }, &permit)
        })
        .await
}

fn carry_out<A: UseCase>(
    conn: &mut Conn,
    command: &A,
    hash: &KeyHash,
    origin: &Origin,
    now: Timestamp,
) -> Result<(StoredKey, A::Outcome)> {
    let (actor, tenant, key) = authenticate(conn, hash, now)?;
    let permit: Permit<A> = grant(tenant, actor, command.subject())?;
    let outcome = command.carry_out(&mut Tx { conn, now, origin }, &permit)?;
    Ok((key, outcome))
}

fn authenticate(
    conn: &mut Conn,
    hash: &KeyHash,
    now: Timestamp,
) -> Result<(Actor, TenantId, StoredKey)> {
    let (key, owner) = api_keys::find_with_owner(conn, hash)?
        .filter(|(key, owner)| key.admits(owner, now))
        .ok_or(Refusal::KeyInvalid)?;
    let actor = Actor::User {
        id: owner.id,
        email: owner.email.into_string(),
        role: owner.role,
        credential: CredentialKind::ApiKey,
    };
    Ok((actor, owner.tenant_id, key))
}

/// Writes down the last use of a key, after the answer and at best effort.
fn record_use(state: &State, key: &StoredKey, now: Timestamp) {
    let database = state.database.clone();
    let (id, before) = (key.id, key.last_used_at);
    tokio::spawn(async move {
        let recorded = database
            .write_tx(move |conn| Ok(api_keys::record_use(conn, id, before, now)?))
            .await;
        if let Err(error) = recorded {
            tracing::debug!(error = ?error, "the last use of a key was not recorded");
        }
    });
}
