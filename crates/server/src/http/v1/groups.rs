//! The Group API of v1.

use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::{Ids, JsonBody, NoBody};
use crate::http::idempotency::{IdempotencyKey, ok};
use crate::http::stream;
use crate::service::{GROUPS_A_CHUNK, Row};
use actix_web::web::Json;
use actix_web::{HttpResponse, Responder};
use roster_domain::group::{AddMember, DeleteGroup, ListGroups, RemoveMember};
use roster_domain::id::{GroupId, UserId};
use roster_domain::wire::v1;
use std::sync::Arc;

pub(super) async fn list(service: Service) -> Result<HttpResponse> {
    let first = service.run(Ok(ListGroups { after: None })).await?;
    let places = Arc::clone(&service.site.limits.streams);
    let next = async move |last| {
        let chunk = ListGroups { after: Some(last) };
        service.run(Ok(chunk)).await
    };
    Ok(stream::array::<_, v1::GroupSize, _>(
        &places,
        first,
        GROUPS_A_CHUNK,
        |row| row.group.id,
        next,
    ))
}

pub(super) async fn create(
    service: Service,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<HttpResponse> {
    let command = body.read(v1::create_group);
    let render = |group| ok(&v1::Group::from(&group));
    service.post(key, None, command, render).await
}

pub(super) async fn rename(service: Service, ids: Ids, body: JsonBody) -> Result<impl Responder> {
    let group = ids.get("id", GroupId);
    let command = body.read_for(group, v1::rename_group);
    let group = service.run_on(Row::Group(group), command).await?;
    Ok(Json(v1::Group::from(&group)))
}

pub(super) async fn delete(service: Service, ids: Ids, body: NoBody) -> Result<impl Responder> {
    let command = body.read_for(ids.get("id", GroupId), |group| DeleteGroup {
        group,
        version: None,
    });
    service.run(command).await?;
    Ok(Json(v1::Status::group_api()))
}

pub(super) async fn add_user(service: Service, ids: Ids, body: NoBody) -> Result<impl Responder> {
    let command = body.read_for(membership(&ids), |(group, user)| AddMember { group, user });
    service.run(command).await?;
    Ok(Json(v1::Status::group_api()))
}

pub(super) async fn remove_user(
    service: Service,
    ids: Ids,
    body: NoBody,
) -> Result<impl Responder> {
    let command = body.read_for(membership(&ids), |(group, user)| RemoveMember {
        group,
        user,
    });
    service.run(command).await?;
    Ok(Json(v1::Status::group_api()))
}

fn membership(ids: &Ids) -> (GroupId, UserId) {
    (ids.get("group_id", GroupId), ids.get("user_id", UserId))
}
