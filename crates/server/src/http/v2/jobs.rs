//! The jobs of v2: the mails behind invitations.

use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::{Ids, Query};
use actix_web::Responder;
use actix_web::web::Json;
use roster_domain::id::JobId;
use roster_domain::job::{GetJob, Job, ListJobs};
use roster_domain::wire::v2;

async fn find(service: &Service, ids: &Ids) -> Result<Job> {
    let job = ids.get("id", JobId);
    service.run(Ok(GetJob { job })).await
}

pub(super) async fn list(service: Service, query: Query) -> Result<impl Responder> {
    let command = v2::job_ids(query.parameters()).map(|jobs| ListJobs { jobs });
    let jobs = service.run(command.map_err(Into::into)).await?;
    Ok(Json(v2::Jobs {
        jobs: jobs.into_iter().map(v2::Job::from).collect(),
    }))
}

pub(super) async fn get(service: Service, ids: Ids) -> Result<impl Responder> {
    let job = find(&service, &ids).await?.into();
    Ok(Json(v2::JobAnswer { job }))
}

pub(super) async fn logs(service: Service, ids: Ids) -> Result<impl Responder> {
    Ok(Json(v2::JobLogs::from(find(&service, &ids).await?)))
}

pub(super) async fn result(service: Service, ids: Ids) -> Result<impl Responder> {
    Ok(Json(v2::JobResult::from(find(&service, &ids).await?)))
}
