//! The rows of the jobs, and of their mails.

use super::conn::{Conn, directly};
use super::schema::{jobs, outbox};
use super::time;
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::id::{JobId, TenantId, UserId};
use roster_domain::job::{Job, JobMail, MailState};
use roster_domain::time::Timestamp;
use std::collections::HashMap;

/// Adds a job, which has no mails yet.
pub fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    user_id: Option<UserId>,
    now: Timestamp,
) -> QueryResult<Job> {
    let insert = diesel::insert_into(jobs::table)
        .values((
            jobs::tenant_id.eq(tenant.0),
            jobs::user_id.eq(user_id.map(|id| id.0)),
            jobs::created_at.eq(now.as_micros()),
        ))
        .returning(jobs::id);
    let id = directly!(conn => insert.get_result(conn))?;
    Ok(Job {
        id: JobId(id),
        user_id,
        created_at: now,
        mails: Vec::new(),
    })
}

/// The jobs of these ids that the tenant has, ordered by id, with their mails.
pub fn list(conn: &mut Conn, tenant: TenantId, ids: &[JobId]) -> Result<Vec<Job>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, Option<i64>, i64)> = jobs::table
        .filter(jobs::tenant_id.eq(tenant.0).and(jobs::id.eq_any(&ids)))
        .order(jobs::id)
        .select((jobs::id, jobs::user_id, jobs::created_at))
        .load(conn)?;
    let mut mails = mails(conn, tenant, &ids)?;
    Ok(rows
        .into_iter()
        .map(|(id, user, created_at)| Job {
            id: JobId(id),
            user_id: user.map(UserId),
            created_at: Timestamp::from_micros(created_at),
            mails: mails.remove(&id).unwrap_or_default(),
        })
        .collect())
}

type MailRow = (
    Option<i64>,
    i64,
    String,
    i64,
    i64,
    Option<i64>,
    Option<String>,
);

fn mails(conn: &mut Conn, tenant: TenantId, ids: &[i64]) -> Result<HashMap<i64, Vec<JobMail>>> {
    let rows: Vec<MailRow> = outbox::table
        .filter(
            outbox::tenant_id
                .eq(tenant.0)
                .and(outbox::job_id.eq_any(ids)),
        )
        .order(outbox::id)
        .select((
            outbox::job_id,
            outbox::user_id,
            outbox::status,
            outbox::attempts,
            outbox::created_at,
            outbox::finished_at,
            outbox::last_error,
        ))
        .load(conn)?;
    let mut mails: HashMap<i64, Vec<JobMail>> = HashMap::new();
    for (job, user, status, attempts, created_at, finished_at, last_error) in rows {
        let state = MailState::parse(&status)
            .ok_or_else(|| Error::internal("a mail is in an unknown state"))?;
        mails.entry(job.unwrap_or(0)).or_default().push(JobMail {
            user_id: UserId(user),
            state,
            attempts,
            created_at: Timestamp::from_micros(created_at),
            finished_at: time(finished_at),
            last_error,
        });
    }
    Ok(mails)
}
