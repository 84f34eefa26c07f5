//! The User API of v1.

use crate::error::Result;
use crate::http::body::{Ids, JsonBody, NoBody, Query};
use crate::http::stream;
use crate::service::{Caller, State, USERS_A_CHUNK, run};
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, Responder};
use roster_domain::user::{
    CheckEmail, DeleteUser, FindUser, GetOwnUser, ListUsers, ResendInvitation, RevokeKeys,
};
use roster_domain::wire::v1;

pub(super) async fn list(state: Data<State>, caller: Caller) -> Result<HttpResponse> {
    let first = run(&state, &caller, Ok(ListUsers { after: None })).await?;
    // Each chunk asks for the caller's permission anew: a key that is revoked meanwhile ends the list.
    let next = async move |last| {
        let chunk = ListUsers { after: Some(last) };
        run(&state, &caller, Ok(chunk)).await
    };
    Ok(stream::array::<_, v1::User, _>(
        first,
        USERS_A_CHUNK,
        |row| row.user.id,
        next,
    ))
}

pub(super) async fn invite(
    state: Data<State>,
    caller: Caller,
    body: JsonBody,
) -> Result<impl Responder> {
    run(&state, &caller, body.read(v1::invite)).await?;
    Ok(Json(v1::Status::user_api()))
}

pub(super) async fn resend_invite(
    state: Data<State>,
    caller: Caller,
    ids: Ids,
    body: NoBody,
) -> Result<impl Responder> {
    let command = body.and(|| {
        Ok(ResendInvitation {
            user: ids.get("id")?,
        })
    });
    run(&state, &caller, command).await?;
    Ok(Json(v1::Status::user_api()))
}

pub(super) async fn delete(
    state: Data<State>,
    caller: Caller,
    ids: Ids,
    body: NoBody,
) -> Result<impl Responder> {
    let command = body.and(|| {
        Ok(DeleteUser {
            user: ids.get("id")?,
        })
    });
    run(&state, &caller, command).await?;
    Ok(Json(v1::Status::user_api()))
}

pub(super) async fn restore(
    state: Data<State>,
    caller: Caller,
    body: JsonBody,
) -> Result<impl Responder> {
    run(&state, &caller, body.read(v1::restore)).await?;
    Ok(Json(v1::Status::user_api()))
}

pub(super) async fn update(
    state: Data<State>,
    caller: Caller,
    ids: Ids,
    body: JsonBody,
) -> Result<impl Responder> {
    let command = body.read_for(ids.get("id"), v1::update_user);
    run(&state, &caller, command).await?;
    Ok(Json(v1::Status::user_api()))
}

pub(super) async fn revoke_keys(
    state: Data<State>,
    caller: Caller,
    ids: Ids,
    body: NoBody,
) -> Result<impl Responder> {
    let command = body.and(|| {
        Ok(RevokeKeys {
            user: ids.get("id")?,
        })
    });
    run(&state, &caller, command).await?;
    Ok(Json(v1::Status::user_api()))
}

pub(super) async fn check(
    state: Data<State>,
    caller: Caller,
    query: Query,
) -> Result<impl Responder> {
    let command = v1::email_query(query.get("email").as_deref()).map(|email| CheckEmail { email });
    let is_already_user = run(&state, &caller, command.map_err(Into::into)).await?;
    Ok(Json(v1::IsAlreadyUser { is_already_user }))
}

pub(super) async fn change_role(
    state: Data<State>,
    caller: Caller,
    body: JsonBody,
) -> Result<impl Responder> {
    run(&state, &caller, body.read(v1::change_role)).await?;
    Ok(Json(v1::Status::user_api()))
}

pub(super) async fn find(
    state: Data<State>,
    caller: Caller,
    query: Query,
) -> Result<impl Responder> {
    let command = v1::email_query(query.get("email").as_deref()).map(|email| FindUser { email });
    let user = run(&state, &caller, command.map_err(Into::into)).await?;
    Ok(Json(v1::UserSummary::from(user)))
}

pub(super) async fn me(state: Data<State>, caller: Caller) -> Result<impl Responder> {
    let user = run(&state, &caller, Ok(GetOwnUser)).await?;
    Ok(Json(v1::User::from(user)))
}
