//! The User API of v1.

use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::{Ids, JsonBody, NoBody, Query};
use crate::http::idempotency::{IdempotencyKey, ok};
use crate::http::stream;
use crate::service::{Answer, Row, USERS_A_CHUNK};
use actix_web::web::Json;
use actix_web::{HttpResponse, Responder};
use roster_domain::id::UserId;
use roster_domain::user::{
    CheckEmail, DeleteUser, FindUser, GetOwnUser, ListUsers, ResendInvitation, RevokeKeys,
};
use roster_domain::wire::v1;
use std::sync::Arc;

/// What the User API says to whatever was done.
fn done<T>(_: T) -> Result<Answer> {
    ok(&v1::Status::user_api())
}

pub(super) async fn list(service: Service) -> Result<HttpResponse> {
    let first = service.run(Ok(ListUsers { after: None })).await?;
    let places = Arc::clone(&service.site.limits.streams);
    // Each chunk asks for the caller's permission anew: a key that is revoked meanwhile ends the list.
    let next = async move |last| {
        let chunk = ListUsers { after: Some(last) };
        service.run(Ok(chunk)).await
    };
    Ok(stream::array::<_, v1::User, _>(
        &places,
        first,
        USERS_A_CHUNK,
        |row| row.user.id,
        next,
    ))
}

pub(super) async fn invite(
    service: Service,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<HttpResponse> {
    let command = body.read(v1::invite);
    service.post(key, None, command, done).await
}

pub(super) async fn resend_invite(
    service: Service,
    key: IdempotencyKey,
    ids: Ids,
    body: NoBody,
) -> Result<HttpResponse> {
    let command = body.read_for(ids.get("id", UserId), |user| ResendInvitation { user });
    service.post(key, None, command, done).await
}

pub(super) async fn delete(service: Service, ids: Ids, body: NoBody) -> Result<impl Responder> {
    let command = body.read_for(ids.get("id", UserId), |user| DeleteUser {
        user,
        version: None,
    });
    service.run(command).await?;
    Ok(Json(v1::Status::user_api()))
}

pub(super) async fn restore(
    service: Service,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<HttpResponse> {
    let command = body.read(v1::restore);
    service.post(key, None, command, done).await
}

pub(super) async fn update(service: Service, ids: Ids, body: JsonBody) -> Result<impl Responder> {
    let user = ids.get("id", UserId);
    let command = body.read_for(user, v1::update_user);
    service.run_on(Row::User(user), command).await?;
    Ok(Json(v1::Status::user_api()))
}

pub(super) async fn revoke_keys(
    service: Service,
    key: IdempotencyKey,
    ids: Ids,
    body: NoBody,
) -> Result<HttpResponse> {
    let user = ids.get("id", UserId);
    let command = body.read_for(user, |user| RevokeKeys { user });
    service
        .post(key, Some(Row::User(user)), command, done)
        .await
}

pub(super) async fn check(service: Service, query: Query) -> Result<impl Responder> {
    let command = v1::email_query(query.get("email").as_deref()).map(|email| CheckEmail { email });
    let is_already_user = service.look_up(command.map_err(Into::into)).await?;
    Ok(Json(v1::IsAlreadyUser { is_already_user }))
}

pub(super) async fn change_role(
    service: Service,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<HttpResponse> {
    let command = body.read(v1::change_role);
    service.post(key, None, command, done).await
}

pub(super) async fn find(service: Service, query: Query) -> Result<impl Responder> {
    let command = v1::email_query(query.get("email").as_deref()).map(|email| FindUser { email });
    let user = service.look_up(command.map_err(Into::into)).await?;
    Ok(Json(v1::UserSummary::from(user)))
}

pub(super) async fn me(service: Service) -> Result<impl Responder> {
    let user = service.run(Ok(GetOwnUser)).await?;
    Ok(Json(v1::User::from(user)))
}
