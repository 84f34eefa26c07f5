//! Inviting.

use super::{get_for_update, save, target};
use crate::db::{fault::Unique, groups, jobs, memberships, outbox, users};
use crate::error::Result;
use crate::service::{Access, Tx, UseCase};
use roster_domain::audit::{Action, Event};
use roster_domain::id::{GroupId, TenantId};
use roster_domain::job::{Job, JobMail};
use roster_domain::link::LinkKind;
use roster_domain::permission::Permit;
use roster_domain::user::{InviteUsers, Invited, RefusedEmail, ResendInvitation, User};
use roster_domain::{Error as Refusal, Fault};
use serde_json::{Map, Value};

impl UseCase for InviteUsers {
    type Outcome = Job;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Job> {
        let tenant = permit.tenant_id();
        self.refuse_emails(tx, tenant)?;
        let groups = get_groups(tx, tenant, &self.groups, &[], "group_ids")?;
        let mut job = jobs::insert(tx.conn, tenant, permit.actor().user_id(), tx.now)?;
        // In the order of their addresses, so that no two invitations wait for each other.
        let mut invited: Vec<&Invited> = self.invited.iter().collect();
        invited.sort_by(|a, b| a.email.key().cmp(b.email.key()));
        for invited in invited {
            self.invite(tx, permit, invited, &groups, &mut job)?;
        }
        for group in &groups {
            groups::touch(tx.conn, tenant, *group)?;
        }
        Ok(job)
    }
}

trait Inviting {
    fn refuse_emails(&self, tx: &mut Tx<'_>, tenant: TenantId) -> Result<()>;
    fn invite(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit<InviteUsers>,
        invited: &Invited,
        groups: &[GroupId],
        job: &mut Job,
    ) -> Result<()>;
}

impl Inviting for InviteUsers {
    /// Names all addresses that cannot be invited, and why.
    fn refuse_emails(&self, tx: &mut Tx<'_>, tenant: TenantId) -> Result<()> {
        let mut refused = self.malformed.clone();
        for invited in &self.invited {
            if users::find_by_email(tx.conn, tenant, &invited.email)?.is_some() {
                refused.push(taken(invited));
            }
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Refusal::EmailsRefused(refused).into()),
        }
    }

    fn invite(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit<InviteUsers>,
        invited: &Invited,
        groups: &[GroupId],
        job: &mut Job,
    ) -> Result<()> {
        let tenant = permit.tenant_id();
        let new = users::NewUser {
            tenant_id: tenant,
            email: &invited.email,
            name: invited.name.as_ref(),
            role: self.role,
            allow_authentication_token: self.allow_authentication_token,
            enable_export_data: self.enable_export_data,
            activated_at: None,
        };
        // Somebody else may have invited the same person since it was looked up.
        let in_the_meantime = Refusal::EmailsRefused(vec![taken(invited)]);
        let user = users::insert(tx.conn, &new, tx.now)
            .map_err(Unique::UserEmail.means(in_the_meantime))?;
        for group in groups {
            memberships::insert(tx.conn, tenant, *group, user.id)?;
        }
        let (sender, message) = (permit.actor().user_id(), self.message.as_ref());
        let kind = LinkKind::Invitation;
        outbox::queue(tx.conn, kind, &user, sender, message, Some(job.id), tx.now)?;
        job.mails.push(JobMail::queued(user.id, tx.now));
        let mut after = user.audited();
        if !groups.is_empty() {
            after.insert("groups".to_owned(), ids(groups));
        }
        tx.record(
            permit,
            &Event::addition(Action::UserInvite, target(&user), after),
        )
    }
}

fn taken(invited: &Invited) -> RefusedEmail {
    RefusedEmail {
        email: invited.email.as_str().to_owned(),
        reason: Fault::new("taken", "is already a user"),
    }
}

/// The ids as the audit trail has them.
pub(super) fn ids(groups: &[GroupId]) -> Value {
    groups.iter().map(|group| Value::from(group.0)).collect()
}

/// The wanted groups, ordered and without repetition. Nobody changes them and the others until the transaction ends; all are
/// locked in one order, so that no two transactions wait for each other. The field is the one that wants them.
pub(super) fn get_groups(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    wanted: &[GroupId],
    others: &[GroupId],
    field: &str,
) -> Result<Vec<GroupId>> {
    let in_order = |mut ids: Vec<GroupId>| {
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let found = groups::lock_all(tx.conn, tenant, &in_order([wanted, others].concat()))?;
    let wanted = in_order(wanted.to_vec());
    if wanted.iter().all(|id| found.binary_search(id).is_ok()) {
        return Ok(wanted);
    }
    let fault = Fault::new("unknown", "must be ids of groups that there are");
    Err(Refusal::field(field, fault).into())
}

impl UseCase for ResendInvitation {
    type Outcome = Job;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Job> {
        let tenant = permit.tenant_id();
        let before = get_for_update(tx, permit, self.user)?;
        let after = before.clone().resend_invitation()?;
        let generation = |user: &User| {
            Map::from_iter([("invitation".to_owned(), user.invitation_generation.into())])
        };
        let event = Event::change(
            Action::UserResendInvitation,
            target(&after),
            &generation(&before),
            &generation(&after),
        );
        let after = save(tx, permit, &event, (&before, &after))?;
        let message = outbox::last_message(tx.conn, &after)?;
        let sender = permit.actor().user_id();
        let mut job = jobs::insert(tx.conn, tenant, sender, tx.now)?;
        let (kind, message) = (LinkKind::Invitation, message.as_ref());
        outbox::queue(tx.conn, kind, &after, sender, message, Some(job.id), tx.now)?;
        job.mails.push(JobMail::queued(after.id, tx.now));
        Ok(job)
    }
}
