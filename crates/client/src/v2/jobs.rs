//! The handle of the jobs of v2.

use super::{Job, JobLog, JobResult, routes};
use crate::{Client, Error, JobId};
use roster_domain::wire::v2::{JobAnswer, JobLogs, Jobs as JobList};

/// The jobs that send the mails of invitations; made by [`super::V2::jobs`]. They are for admins.
#[derive(Debug, Clone, Copy)]
pub struct Jobs<'a> {
    pub(super) client: &'a Client,
}

impl Jobs<'_> {
    /// Lists the jobs of these ids, at most 100; ids that there are not are left out.
    ///
    /// # Errors
    /// Status 400 when there are more ids, or none.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::JobId;
    ///
    /// for job in client.v2().jobs().list(&[JobId(7), JobId(8)]).await? {
    ///     println!("job {} is {}", job.id, job.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list(&self, jobs: &[JobId]) -> Result<Vec<Job>, Error> {
        let ids: Vec<_> = jobs.iter().map(|id| ("ids[]", id.to_string())).collect();
        let request = self.client.request(routes::list_jobs());
        let answer: JobList = request.queries(&ids).answer().await?;
        Ok(answer.jobs)
    }

    /// Gets a job.
    ///
    /// # Errors
    /// Status 404 when there is no such job.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let job = client.v2().jobs().get(roster_client::JobId(7)).await?;
    /// if let Some(error) = job.last_error_log {
    ///     println!("a mail could not be sent: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get(&self, job: JobId) -> Result<Job, Error> {
        let answer: JobAnswer = self.client.request(routes::get_job(job)).answer().await?;
        Ok(answer.job)
    }

    /// Lists what happened in a job, the oldest first.
    ///
    /// # Errors
    /// Status 404 when there is no such job.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// for log in client.v2().jobs().logs(roster_client::JobId(7)).await? {
    ///     println!("{} {} {}", log.timestamp, log.level, log.message);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn logs(&self, job: JobId) -> Result<Vec<JobLog>, Error> {
        let answer: JobLogs = self.client.request(routes::job_logs(job)).answer().await?;
        Ok(answer.job_logs)
    }

    /// Gets what came of a job. The number of mails in it is Roster's own.
    ///
    /// # Errors
    /// Status 404 when there is no such job.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let result = client.v2().jobs().result(roster_client::JobId(7)).await?;
    /// if let Some(mails) = result.result {
    ///     println!("{} mails were sent", mails.sent);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn result(&self, job: JobId) -> Result<JobResult, Error> {
        self.client.request(routes::job_result(job)).answer().await
    }
}
