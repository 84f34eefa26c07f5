//! The Group API of v1.

use crate::error::Result;
use crate::http::body::{Ids, JsonBody, NoBody};
use crate::http::stream;
use crate::service::{Caller, GROUPS_A_CHUNK, State, run};
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, Responder};
use roster_domain::group::{AddMember, DeleteGroup, ListGroups, RemoveMember};
use roster_domain::wire::v1;

pub(super) async fn list(state: Data<State>, caller: Caller) -> Result<HttpResponse> {
    let first = run(&state, &caller, Ok(ListGroups { after: None })).await?;
    let next = async move |last| {
        let chunk = ListGroups { after: Some(last) };
        run(&state, &caller, Ok(chunk)).await
    };
    Ok(stream::array::<_, v1::GroupSize, _>(
        first,
        GROUPS_A_CHUNK,
        |row| row.group.id,
        next,
    ))
}

pub(super) async fn create(
    state: Data<State>,
    caller: Caller,
    body: JsonBody,
) -> Result<impl Responder> {
    let group = run(&state, &caller, body.read(v1::create_group)).await?;
    Ok(Json(v1::Group::from(&group)))
}

pub(super) async fn rename(
    state: Data<State>,
    caller: Caller,
    ids: Ids,
    body: JsonBody,
) -> Result<impl Responder> {
    let command = body.read_for(ids.get("id"), v1::rename_group);
    let group = run(&state, &caller, command).await?;
    Ok(Json(v1::Group::from(&group)))
}

pub(super) async fn delete(
    state: Data<State>,
    caller: Caller,
    ids: Ids,
    body: NoBody,
) -> Result<impl Responder> {
    let command = body.and(|| {
        Ok(DeleteGroup {
            group: ids.get("id")?,
        })
    });
    run(&state, &caller, command).await?;
    Ok(Json(v1::Status::group_api()))
}

pub(super) async fn add_user(
    state: Data<State>,
    caller: Caller,
    ids: Ids,
    body: NoBody,
) -> Result<impl Responder> {
    let (group, user) = (ids.get("group_id"), ids.get("user_id"));
    let command = body.and(|| {
        Ok(AddMember {
            group: group?,
            user: user?,
        })
    });
    run(&state, &caller, command).await?;
    Ok(Json(v1::Status::group_api()))
}

pub(super) async fn remove_user(
    state: Data<State>,
    caller: Caller,
    ids: Ids,
    body: NoBody,
) -> Result<impl Responder> {
    let (group, user) = (ids.get("group_id"), ids.get("user_id"));
    let command = body.and(|| {
        Ok(RemoveMember {
            group: group?,
            user: user?,
        })
    });
    run(&state, &caller, command).await?;
    Ok(Json(v1::Status::group_api()))
}
