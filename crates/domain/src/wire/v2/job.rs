//! How v2 prints jobs.

use crate::{
    id::{JobId, UserId},
    job::{self, JobStatus, MailState},
    time::Timestamp,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

/// A job.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::Job))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The id.
    pub id: JobId,
    /// Who asked for it, if it was a user.
    pub user_id: Option<UserId>,
    /// `queued`, `running`, `success`, `failure` or `cancelled`.
    pub status: String,
    /// When it was asked for.
    pub start_time: Option<Timestamp>,
    /// When the last of its mails was done with, if all are.
    pub end_time: Option<Timestamp>,
    /// Always false.
    #[serde(default)]
    pub cancellable: bool,
    /// What was wrong with a mail the last time, if something is.
    pub last_error_log: Option<String>,
    /// Always null.
    #[cfg_attr(feature = "openapi", schema(schema_with = super::super::openapi::null))]
    #[serde(default, deserialize_with = "ignored")]
    pub data_source_stats: Option<()>,
    /// What it does.
    pub source: Option<String>,
    /// Always null: a job is never one that there was already.
    pub existing_job_id: Option<JobId>,
}

/// Reads whatever other services have there.
fn ignored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<()>, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| None)
}

impl From<job::Job> for Job {
    fn from(job: job::Job) -> Self {
        let mut mails = job.mails.iter().rev();
        Self {
            id: job.id,
            user_id: job.user_id,
            status: job.status().as_str().to_owned(),
            start_time: Some(job.created_at),
            end_time: job.ended_at(),
            cancellable: false,
            last_error_log: mails.find_map(|mail| mail.last_error.clone()),
            data_source_stats: None,
            source: Some("invitation".to_owned()),
            existing_job_id: None,
        }
    }
}

/// One job.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::JobAnswer))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobAnswer {
    /// The job.
    pub job: Job,
}

/// Several jobs.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::Jobs))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jobs {
    /// Those of the wanted that there are.
    pub jobs: Vec<Job>,
}

/// What happened in a job.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::JobLogs))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobLogs {
    /// The oldest first.
    pub job_logs: Vec<JobLog>,
}

/// One thing that happened.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::JobLog))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobLog {
    /// `INFO` or `ERROR`.
    pub level: String,
    /// What.
    pub message: String,
    /// When.
    pub timestamp: Timestamp,
}

impl From<job::Job> for JobLogs {
    fn from(job: job::Job) -> Self {
        let log = |level: &str, message: String, timestamp| JobLog {
            level: level.to_owned(),
            message,
            timestamp,
        };
        let mut logs = Vec::new();
        for mail in &job.mails {
            let user = mail.user_id;
            logs.push(log(
                "INFO",
                format!("The mail to user {user} was queued"),
                mail.created_at,
            ));
            let at = mail.finished_at.unwrap_or(mail.created_at);
            let attempts = mail.attempts;
            if let Some(error) = &mail.last_error {
                let message =
                    format!("The mail to user {user} failed at attempt {attempts}: {error}");
                logs.push(log("ERROR", message, at));
            }
            let end = match mail.state {
                MailState::Queued => continue,
                MailState::Sent => "was sent",
                MailState::Failed => "was given up",
                MailState::Cancelled => "is not sent: its link would be dead",
            };
            logs.push(log("INFO", format!("The mail to user {user} {end}"), at));
        }
        logs.sort_by_key(|log| log.timestamp);
        Self { job_logs: logs }
    }
}

/// What came of a job.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::JobResult))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobResult {
    /// As in [`Job`].
    pub status: String,
    /// What was wrong, if the job failed.
    pub error: Option<String>,
    /// How many mails were sent, once none has still to be. What another service gives in its place is not read.
    #[serde(default, deserialize_with = "if_sent_mails")]
    pub result: Option<SentMails>,
}

fn if_sent_mails<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SentMails>, D::Error> {
    let result = serde_json::Value::deserialize(deserializer)?;
    Ok(SentMails::deserialize(result).ok())
}

/// How many mails a job has sent.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::SentMails))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMails {
    /// The number.
    pub sent: usize,
}

impl From<job::Job> for JobResult {
    fn from(job: job::Job) -> Self {
        let status = job.status();
        let sent = job
            .mails
            .iter()
            .filter(|mail| mail.state == MailState::Sent);
        let sent = SentMails { sent: sent.count() };
        let is_over = job.ended_at().is_some();
        let job = Job::from(job);
        Self {
            error: job.last_error_log.filter(|_| status == JobStatus::Failure),
            result: is_over.then_some(sent),
            status: job.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn jobs_of_the_original_can_be_read() {
        let job = json!({"id": 7, "status": "created", "existing_job_id": null});
        let job: Job = from_value(job).unwrap();
        assert_eq!((job.id, job.status.as_str()), (JobId(7), "created"));
        let stats = json!({"id": 7, "status": "running", "data_source_stats": {"rows": 1}});
        assert_eq!(from_value::<Job>(stats).unwrap().data_source_stats, None);
        let result = json!({"status": "success", "error": null, "result": {"path": "/x"}});
        assert_eq!(from_value::<JobResult>(result).unwrap().result, None);
        let result = json!({"status": "success", "error": null, "result": {"sent": 2}});
        let sent = from_value::<JobResult>(result).unwrap().result;
        assert_eq!(sent, Some(SentMails { sent: 2 }));
    }
}
