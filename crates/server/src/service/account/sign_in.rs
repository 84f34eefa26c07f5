//! Signing in. Whoever it is and whatever is wrong, the work is the same: two transactions and one hash.

use super::{named_tenant, own_id};
use crate::db::audit::{self, Origin};
use crate::db::{Conn, attempts, passwords, sessions, tenants, users};
use crate::error::{Error, Result};
use crate::hasher::Verdict;
use crate::service::users::target;
use crate::service::{
    Access, Caller, Credential, State, Tx, UseCase, authenticate::RightPassword, new_token, run,
};
use roster_domain::Error as Refusal;
use roster_domain::attempt::Attempt;
use roster_domain::audit::{Action, Event, Target, TargetKind};
use roster_domain::email::Email;
use roster_domain::id::{SessionId, TenantId, UserId};
use roster_domain::password::{Password, PasswordHash};
use roster_domain::permission::{Actor, Permit};
use roster_domain::session::{Session, SignIn};
use roster_domain::tenant::Tenant;
use roster_domain::time::Timestamp;
use roster_domain::token::Token;
use roster_domain::user::{Status, User, UserDetails};
use serde_json::Map;

/// Somebody's attempt to sign in, as it was typed.
#[derive(Debug, Clone)]
pub struct Attempted {
    /// The tenant's slug; may be left out where there is only one tenant.
    pub tenant: Option<String>,
    /// The address.
    pub email: String,
    /// The password.
    pub password: Password,
}

/// What comes of it: a session, and whose it is.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The user.
    pub user: UserDetails,
    /// The session.
    pub session: Session,
    /// Its token, for the cookie.
    pub token: Token,
}

/// What is known before the password is looked at.
struct Candidate {
    tenant: Option<Tenant>,
    user: Option<User>,
    password: Option<PasswordHash>,
    /// Under which counters the attempt counts: the address's within its tenant, then the machine's.
    counted: [Attempt; 2],
}

/// Signs somebody in.
///
/// # Errors
/// Address and password do not belong to an active user, there were too many attempts, or the database fails.
pub async fn sign_in(
    state: &State,
    origin: Origin,
    attempted: Attempted,
    user_agent: Option<String>,
) -> Result<SignedIn> {
    let outcome = try_to_sign_in(state, origin, attempted, user_agent).await;
    state.metrics.sign_in(match &outcome {
        Ok(_) => "succeeded",
        Err(Error::Domain(Refusal::TooManyAttempts(_))) => "limited",
        Err(Error::Domain(_)) => "refused",
        Err(_) => "error",
    });
    outcome
}

async fn try_to_sign_in(
    state: &State,
    origin: Origin,
    attempted: Attempted,
    user_agent: Option<String>,
) -> Result<SignedIn> {
    let now = state.clock.now();
    let candidate = find_candidate(state, &attempted, &origin, now).await?;
    let verdict = state
        .hasher
        .verify(attempted.password, candidate.password.clone())
        .await?;
    let stronger = match (verdict, &candidate) {
        (
            Verdict::Right,
            Candidate {
                user: Some(user), ..
            },
        ) if user.status() == Status::Active => None,
        (
            Verdict::RightButWeak(hash),
            Candidate {
                user: Some(user), ..
            },
        ) if user.status() == Status::Active => Some(hash),
        _ => {
            record_refusal(state, origin, &candidate, now).await?;
            return Err(Refusal::SignInRefused.into());
        }
    };
    let (Some(user), Some(hash)) = (candidate.user, candidate.password) else {
        return Err(Refusal::SignInRefused.into());
    };
    let right = RightPassword {
        tenant: user.tenant_id,
        user: user.id,
        hash,
    };
    let caller = Caller {
        credential: Credential::Password(right),
        origin,
    };
    let command = SignIn {
        token: new_token()?,
        user_agent,
        stronger,
    };
    let signed_in = run(state, &caller, None, Ok(command)).await?;
    forgive(state, candidate.counted).await?;
    Ok(signed_in)
}

async fn find_candidate(
    state: &State,
    attempted: &Attempted,
    origin: &Origin,
    now: Timestamp,
) -> Result<Candidate> {
    let typed_tenant = attempted.tenant.clone();
    let email = Email::parse(&attempted.email).ok();
    let email_key = email.as_ref().map_or(attempted.email.as_str(), Email::key);
    let (email_key, ip) = (email_key.to_owned(), origin.ip);
    let email = email.unwrap_or_else(|| Email::from_stored(String::new(), String::new()));
    // What cannot be there is looked up too: the statements are the same, whatever is wrong.
    let find = move |conn: &mut Conn| {
        let (tenant, name) = named_tenant(conn, typed_tenant.as_deref())?;
        let counted = [
            Attempt::sign_in_as(&name, &email_key),
            Attempt::sign_in_from(ip),
        ];
        let mut pause = None;
        for attempt in &counted {
            pause = pause.max(attempts::count(conn, attempt, now)?);
        }
        // Kept, although the attempt is refused: an error would undo the counting.
        if let Some(seconds) = pause {
            return Ok(Err(Refusal::TooManyAttempts(seconds)));
        }
        let tenant_id = tenant.as_ref().map_or(TenantId(0), |tenant| tenant.id);
        let user = users::find_by_email(conn, tenant_id, &email)?;
        let owner = user.as_ref().map_or(UserId(0), |user| user.id);
        let password = passwords::find(conn, tenant_id, owner)?;
        Ok(Ok(Candidate {
            tenant,
            user,
            password,
            counted,
        }))
    };
    Ok(state.database.write_tx(find).await??)
}

/// Leaves a record of a refused attempt, so many an hour for each machine. What was typed is not kept: people type their
/// password into the wrong field.
async fn record_refusal(
    state: &State,
    origin: Origin,
    candidate: &Candidate,
    now: Timestamp,
) -> Result<()> {
    let event = refusal(candidate);
    let record = move |conn: &mut Conn| {
        let attempt = Attempt::refusal_from(origin.ip);
        if attempts::count(conn, &attempt, now)?.is_some() {
            return Ok(());
        }
        match &event {
            Some((id, event)) => audit::insert(conn, *id, &Actor::System, &origin, event, now)?,
            // Nobody's trail is the place for it. The work is the same: a statement that writes, and a commit.
            None => tenants::lock(conn, TenantId(0))?,
        }
        Ok(())
    };
    state.database.write_tx(record).await
}

/// The event of a refused attempt, and in which tenant it happened.
fn refusal(candidate: &Candidate) -> Option<(TenantId, Event)> {
    let tenant = candidate.tenant.as_ref()?;
    let target = match &candidate.user {
        Some(user) => target(user),
        None => Target {
            kind: TargetKind::Tenant,
            id: tenant.id.0,
            label: tenant.name.as_str().to_owned(),
        },
    };
    let reason = match &candidate.user {
        Some(user) if user.status() == Status::Active => "wrong password",
        Some(user) => user.status().as_str(),
        None => "unknown address",
    };
    let after = Map::from_iter([("reason".to_owned(), reason.into())]);
    let event = Event::addition(Action::SessionRefuse, target, after);
    Some((tenant.id, event))
}

/// Takes back what was counted of an attempt that went well.
async fn forgive(state: &State, [address, machine]: [Attempt; 2]) -> Result<()> {
    let forgive = move |conn: &mut Conn| {
        attempts::forget(conn, &address)?;
        Ok(attempts::forgive(conn, &machine)?)
    };
    state.database.write_tx(forgive).await
}

impl UseCase for SignIn {
    type Outcome = SignedIn;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<SignedIn> {
        if let Some(stronger) = &self.stronger {
            let owner = (permit.tenant_id(), own_id(permit)?);
            passwords::set(tx.conn, owner, stronger, tx.now)?;
        }
        begin(tx, permit, self)
    }
}

/// Begins a session of the acting user.
pub(super) fn begin<A>(tx: &mut Tx<'_>, permit: &Permit<A>, sign_in: &SignIn) -> Result<SignedIn> {
    let tenant = permit.tenant_id();
    let user = super::get_own_for_update(tx, permit)?.sign_in(tx.now);
    super::write_own(tx, &user)?;
    let mut session = Session {
        id: SessionId(0),
        user_id: user.id,
        created_at: tx.now,
        last_seen_at: tx.now,
        expires_at: tx.now.plus(tx.lifetimes.session),
        ip: tx.origin.ip.map(|ip| ip.to_string()),
        user_agent: sign_in.user_agent.clone(),
    };
    session.id = sessions::insert(tx.conn, tenant, &session, &sign_in.token.hash())?;
    let after = Map::from_iter([
        ("user_id".to_owned(), user.id.0.into()),
        (
            "expires_at".to_owned(),
            session.expires_at.to_string().into(),
        ),
    ]);
    let target = super::sessions::target(session.id);
    tx.record(
        permit,
        &Event::addition(Action::SessionCreate, target, after),
    )?;
    Ok(SignedIn {
        user: crate::service::users::details(tx, user)?,
        session,
        token: sign_in.token.clone(),
    })
}
