//! Jobs: what goes on after the answer. So far they are the mails of invitations.

use crate::{
    id::{JobId, UserId},
    time::Timestamp,
};

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// None of its mails was tried.
    Queued,
    /// Some were tried or sent, and some still have to be.
    Running,
    /// All that had to be sent were sent.
    Success,
    /// At least one was given up, and none has still to be sent.
    Failure,
    /// All were cancelled, because their links would have been dead.
    Cancelled,
}

impl JobStatus {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a job with these mails.
    pub fn of(mails: &[JobMail]) -> Self {
        let count = |state| mails.iter().filter(|mail| mail.state == state).count();
        let waiting = count(MailState::Queued);
        if waiting > 0 {
            let is_untouched = waiting + count(MailState::Cancelled) == mails.len()
                && mails.iter().all(|mail| mail.attempts == 0);
            return if is_untouched {
                Self::Queued
            } else {
                Self::Running
            };
        }
        if count(MailState::Failed) > 0 {
            Self::Failure
        } else if count(MailState::Sent) > 0 {
            Self::Success
        } else {
            Self::Cancelled
        }
    }
}

/// How a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// It has still to be sent.
    Queued,
    /// A mail server has taken it.
    Sent,
    /// It was given up.
    Failed,
    /// It is not sent: its link would be dead.
    Cancelled,
}

impl MailState {
    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "queued" => Some(Self::Queued),
            "sent" => Some(Self::Sent),
            "failed" => Some(Self::Failed),
            "cancelled" => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// A mail of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobMail {
    /// For whom.
    pub user_id: UserId,
    /// How it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was sent, given up or cancelled.
    pub finished_at: Option<Timestamp>,
    /// What was wrong the last time.
    pub last_error: Option<String>,
}

impl JobMail {
    /// A mail for that user, as it is when it has just been queued.
    pub fn queued(user_id: UserId, now: Timestamp) -> Self {
        Self {
            user_id,
            state: MailState::Queued,
            attempts: 0,
            created_at: now,
            finished_at: None,
            last_error: None,
        }
    }
}

/// A job with its mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Who asked for it, if it was a user.
    pub user_id: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// Its mails.
    pub mails: Vec<JobMail>,
}

impl Job {
    /// How it stands.
    pub fn status(&self) -> JobStatus {
        JobStatus::of(&self.mails)
    }

    /// When the last of its mails was done with, if all are.
    pub fn ended_at(&self) -> Option<Timestamp> {
        let ends: Option<Vec<Timestamp>> = self
            .mails
            .iter()
            .map(|mail| match mail.state {
                MailState::Queued => None,
                _ => Some(mail.finished_at.unwrap_or(mail.created_at)),
            })
            .collect();
        ends?.into_iter().max()
    }
}

/// Reads a job.
#[derive(Debug, Clone)]
pub struct GetJob {
    /// Which.
    pub job: JobId,
}

/// Reads jobs; those that there are not are left out.
#[derive(Debug, Clone)]
pub struct ListJobs {
    /// Which.
    pub jobs: Vec<JobId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(mails: &[(MailState, i64)]) -> JobStatus {
        let mail = |(state, attempts): &(MailState, i64)| JobMail {
            user_id: UserId(1),
            state: *state,
            attempts: *attempts,
            created_at: Timestamp::from_micros(1),
            finished_at: None,
            last_error: None,
        };
        JobStatus::of(&mails.iter().map(mail).collect::<Vec<_>>())
    }

    #[test]
    fn a_job_stands_as_its_mails_do() {
        use MailState::{Cancelled, Failed, Queued, Sent};
        for (mails, expected) in [
            (vec![(Queued, 0)], JobStatus::Queued),
            (vec![(Queued, 1)], JobStatus::Running),
            (vec![(Queued, 0), (Sent, 1)], JobStatus::Running),
            (vec![(Queued, 0), (Cancelled, 0)], JobStatus::Queued),
            (vec![(Sent, 1), (Cancelled, 0)], JobStatus::Success),
            (vec![(Sent, 1), (Failed, 9)], JobStatus::Failure),
            (vec![(Cancelled, 0)], JobStatus::Cancelled),
        ] {
            assert_eq!(status(&mails), expected, "{mails:?}");
        }
    }
}
