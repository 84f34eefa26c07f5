//! The use cases about users.

mod change;
mod edit;
mod invite;
mod jobs;
mod operate;
mod page;
mod read;

pub use edit::edit_user;
pub use read::USERS_A_CHUNK;
pub(super) use read::{details, details_of};

use super::Tx;
use crate::db::{fault::Unique, links, outbox, sessions, tenants, users};
use crate::error::Result;
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event, Target, TargetKind};
use roster_domain::id::UserId;
use roster_domain::link::LinkKind;
use roster_domain::permission::Permit;
use roster_domain::user::{User, ensure_admin_remains};

/// The user to change, which nobody else changes until the transaction ends.
fn get_for_update<A>(tx: &mut Tx<'_>, permit: &Permit<A>, id: UserId) -> Result<User> {
    let user = users::find_for_update(tx.conn, permit.tenant_id(), id)?;
    Ok(user.ok_or(Refusal::NotFound)?)
}

/// The same for a change that may take an admin from the tenant. The tenant is locked first, so that two admins
/// who remove each other at the same moment see each other.
fn get_for_removal<A>(tx: &mut Tx<'_>, permit: &Permit<A>, id: UserId) -> Result<User> {
    tenants::lock(tx.conn, permit.tenant_id())?;
    get_for_update(tx, permit, id)
}

/// Refuses a change that would leave the tenant without an active admin.
fn keep_an_admin(tx: &mut Tx<'_>, before: &User, after: &User) -> Result<()> {
    if before.is_active_admin() && !after.is_active_admin() {
        let others = users::count_other_active_admins(tx.conn, before.tenant_id, before.id)?;
        ensure_admin_remains(before, after, others)?;
    }
    Ok(())
}

/// Writes a changed user and its audit event; gives the user as it was written, with its version.
fn save<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    event: &Event,
    (before, after): (&User, &User),
) -> Result<User> {
    let written = write(tx, before, after)?;
    tx.record(permit, event)?;
    Ok(written)
}

/// Writes a changed user, and gives it with its version. Where links die, mails that would bring them are not sent, and where the
/// user may have become another person or gone, its sessions end.
fn write(tx: &mut Tx<'_>, before: &User, after: &User) -> Result<User> {
    if before.invitation_generation != after.invitation_generation {
        for kind in LinkKind::ALL {
            outbox::cancel(tx.conn, *kind, after)?;
        }
        links::delete_unused(tx.conn, after, LinkKind::PasswordReset)?;
        sessions::delete_others(tx.conn, after.tenant_id, after.id, None)?;
    }
    let is_same = before.audited() == after.audited();
    let after = User {
        version: after.version.max(before.version + i64::from(!is_same)),
        ..after.clone()
    };
    users::update(tx.conn, &after).map_err(Unique::UserEmail.means(Refusal::EmailTaken))?;
    Ok(after)
}

/// Refuses to change what somebody has changed since the caller saw it, if the caller insists.
pub(in crate::service) fn ensure_version(wanted: Option<i64>, present: i64) -> Result<()> {
    match wanted {
        Some(wanted) if wanted != present => Err(Refusal::VersionConflict.into()),
        _ => Ok(()),
    }
}

pub(in crate::service) fn target(user: &User) -> Target {
    Target {
        kind: TargetKind::User,
        id: user.id.0,
        label: user.email.as_str().to_owned(),
    }
}

pub(in crate::service) fn change(action: Action, before: &User, after: &User) -> Event {
    Event::change(action, target(after), &before.audited(), &after.audited())
}
