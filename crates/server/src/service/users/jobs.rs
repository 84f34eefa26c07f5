//! Jobs: how the mails of invitations stand.

use crate::db::jobs;
use crate::error::Result;
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::id::{JobId, TenantId};
use roster_domain::job::{GetJob, Job, ListJobs};
use roster_domain::permission::Permit;

/// One job.
pub(super) fn get(tx: &mut Tx<'_>, tenant: TenantId, id: JobId) -> Result<Job> {
    let job = jobs::list(tx.conn, tenant, &[id])?.pop();
    Ok(job.ok_or(Refusal::NotFound)?)
}

impl UseCase for GetJob {
    type Outcome = Job;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Job> {
        get(tx, permit.tenant_id(), self.job)
    }
}

impl UseCase for ListJobs {
    type Outcome = Vec<Job>;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Vec<Job>> {
        jobs::list(tx.conn, permit.tenant_id(), &self.jobs)
    }
}
