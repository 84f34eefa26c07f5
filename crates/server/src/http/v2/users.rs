//! The users of v2.

use super::version::{IfMatch, versioned};
use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::{Ids, JsonBody, NoBody, Query};
use crate::http::idempotency::{IdempotencyKey, ok};
use crate::service::{self, Answer, Row};
use actix_web::web::Json;
use actix_web::{HttpResponse, Responder};
use roster_domain::id::UserId;
use roster_domain::job::Job;
use roster_domain::user::{
    CheckEmail, DeleteUser, GetOwnUser, GetUser, ResendInvitation, RestoreUser, RevokeKeys,
    UpdateUser,
};
use roster_domain::wire::v2;

fn message(text: &str) -> v2::Message {
    v2::Message {
        message: text.to_owned(),
    }
}

fn queued(job: Job) -> Result<Answer> {
    ok(&v2::JobAnswer { job: job.into() })
}

pub(super) async fn list(service: Service, query: Query) -> Result<impl Responder> {
    let query = v2::UserQuery::parse(query.parameters());
    let command = query.as_ref().map(|query| query.command.clone());
    let page = service
        .run(command.map_err(|fault| fault.clone().into()))
        .await?;
    let cursors = query?.cursors(&page.rows);
    Ok(Json(v2::UserPage {
        counters: page.counters.map(v2::Counters::from),
        users: page.rows.rows.into_iter().map(v2::User::from).collect(),
        groups: page
            .groups
            .iter()
            .map(|(id, group)| (*id, group.as_ref().into()))
            .collect(),
        cursors,
    }))
}

pub(super) async fn get(service: Service, ids: Ids) -> Result<HttpResponse> {
    let user = ids.get("id", UserId);
    let details = service.run(Ok(GetUser { user })).await?;
    let version = details.seen_version();
    let user = details.into();
    Ok(versioned(version, v2::UserAnswer { user }))
}

pub(super) async fn me(service: Service) -> Result<impl Responder> {
    let user = service.run(Ok(GetOwnUser)).await?.into();
    Ok(Json(v2::UserAnswer { user }))
}

pub(super) async fn check(service: Service, query: Query) -> Result<impl Responder> {
    let command = v2::email_query(query.get("email").as_deref()).map(|email| CheckEmail { email });
    let is_already_user = service.look_up(command.map_err(Into::into)).await?;
    Ok(Json(v2::IsAlreadyUser { is_already_user }))
}

pub(super) async fn invite(
    service: Service,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<HttpResponse> {
    let command = body.read(v2::invite_users);
    service.post(key, None, command, queued).await
}

/// The user itself, without an envelope: a client of the original reads it so.
pub(super) async fn update(
    service: Service,
    ids: Ids,
    version: IfMatch,
    body: JsonBody,
) -> Result<HttpResponse> {
    let user = ids.get("id", UserId);
    let row = version.of(Row::User(user));
    let edit = version
        .version()
        .and_then(|version| Ok((body.read_for(user, v2::edit_user)?, version)));
    let caller = service.caller::<UpdateUser>();
    let details = service::edit_user(&service.state, &caller, row, edit).await?;
    Ok(versioned(details.seen_version(), v2::User::from(details)))
}

pub(super) async fn delete(
    service: Service,
    ids: Ids,
    version: IfMatch,
    body: NoBody,
) -> Result<impl Responder> {
    let user = ids.get("id", UserId);
    let command = version
        .version()
        .and_then(|version| body.read_for(user, |user| DeleteUser { user, version }));
    service.run_on(Row::User(user), command).await?;
    Ok(Json(message("User deleted")))
}

pub(super) async fn restore(
    service: Service,
    key: IdempotencyKey,
    ids: Ids,
    body: NoBody,
) -> Result<HttpResponse> {
    let user = ids.get("id", UserId);
    let command = body.read_for(user, |user| RestoreUser { user });
    let render = |_| ok(&message("User restored"));
    service
        .post(key, Some(Row::User(user)), command, render)
        .await
}

pub(super) async fn resend_invite(
    service: Service,
    key: IdempotencyKey,
    ids: Ids,
    body: NoBody,
) -> Result<HttpResponse> {
    let user = ids.get("id", UserId);
    let command = body.read_for(user, |user| ResendInvitation { user });
    service
        .post(key, Some(Row::User(user)), command, queued)
        .await
}

pub(super) async fn revoke_keys(
    service: Service,
    key: IdempotencyKey,
    ids: Ids,
    body: NoBody,
) -> Result<HttpResponse> {
    let user = ids.get("id", UserId);
    let command = body.read_for(user, |user| RevokeKeys { user });
    let render = |_| ok(&message("API keys revoked"));
    service
        .post(key, Some(Row::User(user)), command, render)
        .await
}
