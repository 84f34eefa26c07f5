//! Links that were mailed: accepting an invitation, and choosing a new password when the old one is forgotten.

use super::{get_own_for_update, named_tenant, own_id, sign_in, write_own};
use crate::db::audit::Origin;
use crate::db::{Conn, attempts, links, outbox, passwords, sessions, tenants, users};
use crate::error::Result;
use crate::service::run::carry_out_for_nobody;
use crate::service::users::{change, target};
use crate::service::{Access, Caller, SignedIn, State, Tx, UseCase, new_token, run};
use roster_domain::Error as Refusal;
use roster_domain::attempt::Attempt;
use roster_domain::audit::{Action, Event};
use roster_domain::email::Email;
use roster_domain::id::LinkId;
use roster_domain::link::{GetInvitation, GetPasswordReset, LinkFault, LinkKind};
use roster_domain::name::Name;
use roster_domain::password::{AcceptInvitation, Password, RequestPasswordReset, ResetPassword};
use roster_domain::permission::{Permit, Proof};
use roster_domain::session::SignIn;
use roster_domain::tenant::Tenant;
use roster_domain::time::Timestamp;
use roster_domain::user::{Status, User};
use serde_json::Map;

/// What an invitation says.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Into what.
    pub tenant: Tenant,
    /// Who invites: a person's name, or the tenant's.
    pub invited_by: String,
    /// Who is invited.
    pub user: User,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What somebody who accepts an invitation chooses.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name, if one is given.
    pub name: Option<Name>,
    /// The password.
    pub password: Password,
}

/// The id of the link by which the actor was recognised.
fn own_link<A>(permit: &Permit<A>) -> Result<LinkId> {
    match permit.actor().proof() {
        Some(Proof::Link(id)) => Ok(id),
        _ => Err(Refusal::Link(LinkFault::Unknown).into()),
    }
}

impl UseCase for GetInvitation {
    type Outcome = Invitation;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Invitation> {
        let tenant_id = permit.tenant_id();
        let unknown = Refusal::Link(LinkFault::Unknown);
        let link = links::find(tx.conn, own_link(permit)?)?.ok_or(unknown.clone())?;
        let tenant = tenants::find(tx.conn, tenant_id)?.ok_or(unknown.clone())?;
        let sender = match link.sender_id {
            Some(id) => users::find(tx.conn, tenant_id, id)?,
            None => None,
        };
        Ok(Invitation {
            invited_by: match sender {
                Some(sender) => sender.display_name().to_owned(),
                None => tenant.name.as_str().to_owned(),
            },
            user: users::find(tx.conn, tenant_id, own_id(permit)?)?.ok_or(unknown)?,
            tenant,
            expires_at: link.expires_at,
        })
    }
}

/// Accepts the invitation whose link the caller shows, and signs in.
///
/// # Errors
/// The link does not work, the request is faulty, the password is not good enough, or the database fails.
pub async fn accept_invitation(
    state: &State,
    caller: &Caller,
    account: Result<NewAccount>,
    user_agent: Option<String>,
) -> Result<SignedIn> {
    let (account, asked) = split(account, GetInvitation);
    let invitation = run(state, caller, None, asked).await?;
    let NewAccount { name, password } = account.ok_or(Refusal::NotFound)?;
    let name = name.or(invitation.user.name);
    password
        .check(&invitation.user.email, name.as_ref())
        .map_err(|fault| Refusal::field("password", fault))?;
    let command = AcceptInvitation {
        name,
        password: state.hasher.hash(password).await?,
        session: SignIn {
            token: new_token()?,
            user_agent,
            stronger: None,
        },
    };
    run(state, caller, None, Ok(command)).await
}

/// What was typed, and the question that comes first; a fault of what was typed goes with the question.
fn split<T, A>(typed: Result<T>, question: A) -> (Option<T>, Result<A>) {
    match typed {
        Ok(typed) => (Some(typed), Ok(question)),
        Err(fault) => (None, Err(fault)),
    }
}

impl UseCase for AcceptInvitation {
    type Outcome = SignedIn;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<SignedIn> {
        let before = get_locked_by_link(tx, permit)?;
        let after = before
            .clone()
            .accept_invitation(self.name.clone(), tx.now)?;
        write_own(tx, &after)?;
        passwords::set(tx.conn, (after.tenant_id, after.id), &self.password, tx.now)?;
        tx.record(
            permit,
            &change(Action::UserAcceptInvitation, &before, &after),
        )?;
        sign_in::begin(tx, permit, &self.session)
    }
}

/// The user of the link, locked; the link is marked as used. Of several who use it at once one gets here, and the others are told.
fn get_locked_by_link<A>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<User> {
    let user = get_own_for_update(tx, permit)?;
    let id = own_link(permit)?;
    let link = links::find(tx.conn, id)?.ok_or(Refusal::Link(LinkFault::Unknown))?;
    link.check(&user, tx.now).map_err(Refusal::Link)?;
    links::mark_used(tx.conn, id, tx.now)?;
    Ok(user)
}

/// Queues the mail with a link to a new password. Whether somebody has that address is not told.
///
/// # Errors
/// The database fails.
pub async fn request_password_reset(
    state: &State,
    origin: Origin,
    tenant: Option<String>,
    email: Email,
) -> Result<()> {
    let (now, lifetimes) = (state.clock.now(), state.lifetimes);
    let command = RequestPasswordReset { email };
    // One transaction and one commit, be there somebody or not.
    let work = move |conn: &mut Conn| {
        let (tenant, name) = named_tenant(conn, tenant.as_deref())?;
        let counted = [
            Attempt::reset_for(&name, &command.email),
            Attempt::reset_from(origin.ip),
        ];
        let mut pause = None;
        for attempt in &counted {
            pause = pause.max(attempts::count(conn, attempt, now)?);
        }
        let (Some(tenant), None) = (tenant, pause) else {
            return Ok(());
        };
        let mut tx = Tx {
            conn,
            now,
            origin: &origin,
            lifetimes: &lifetimes,
        };
        carry_out_for_nobody(&mut tx, tenant.id, &command)
    };
    state.database.write_tx(work).await
}

impl UseCase for RequestPasswordReset {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let user = users::find_by_email(tx.conn, permit.tenant_id(), &self.email)?
            .filter(|user| user.status() == Status::Active);
        let Some(user) = user else {
            return Ok(());
        };
        // One that still waits brings a link as good as another would.
        outbox::cancel(tx.conn, LinkKind::PasswordReset, &user)?;
        outbox::queue(
            tx.conn,
            LinkKind::PasswordReset,
            &user,
            None,
            None,
            None,
            tx.now,
        )?;
        let after = Map::from_iter([("mail".to_owned(), "queued".into())]);
        let event = Event::addition(Action::PasswordRequestReset, target(&user), after);
        tx.record(permit, &event)
    }
}

impl UseCase for GetPasswordReset {
    type Outcome = User;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let user = users::find(tx.conn, permit.tenant_id(), own_id(permit)?)?;
        Ok(user.ok_or(Refusal::Link(LinkFault::Unknown))?)
    }
}

/// Sets a new password through the link that the caller shows. All sessions end.
///
/// # Errors
/// The link does not work, the request is faulty, the password is not good enough, or the database fails.
pub async fn reset_password(
    state: &State,
    caller: &Caller,
    password: Result<Password>,
) -> Result<()> {
    let (password, asked) = split(password, GetPasswordReset);
    let user = run(state, caller, None, asked).await?;
    let password = password.ok_or(Refusal::NotFound)?;
    password
        .check(&user.email, user.name.as_ref())
        .map_err(|fault| Refusal::field("password", fault))?;
    let command = ResetPassword {
        password: state.hasher.hash(password).await?,
    };
    run(state, caller, None, Ok(command)).await
}

impl UseCase for ResetPassword {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let user = get_locked_by_link(tx, permit)?;
        let owner = (user.tenant_id, user.id);
        passwords::set(tx.conn, owner, &self.password, tx.now)?;
        super::password::end_links(tx, &user)?;
        let ended = sessions::delete_others(tx.conn, owner.0, owner.1, None)?;
        super::password::record(tx, permit, Action::PasswordReset, &user, ended)
    }
}
