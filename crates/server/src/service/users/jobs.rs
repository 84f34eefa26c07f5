//! Jobs: how the mails of invitations stand.

use crate::db::jobs;
use crate::error::Result;
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::job::{GetJob, Job, ListJobs};
use roster_domain::permission::Permit;

impl UseCase for GetJob {
    type Outcome = Job;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Job> {
        let job = jobs::list(tx.conn, permit.tenant_id(), &[self.job])?.pop();
        Ok(job.ok_or(Refusal::NotFound)?)
    }
}

impl UseCase for ListJobs {
    type Outcome = Vec<Job>;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Vec<Job>> {
        jobs::list(tx.conn, permit.tenant_id(), &self.jobs)
    }
}
