//! The groups of v2.

use super::version::{IfMatch, versioned};
use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::{Ids, JsonBody, NoBody, Query};
use crate::http::idempotency::{IdempotencyKey, created, ok};
use crate::service::Row;
use actix_web::web::Json;
use actix_web::{HttpResponse, Responder};
use roster_domain::group::{AddMember, DeleteGroup, GetGroup, Group, RemoveMember};
use roster_domain::id::{GroupId, UserId};
use roster_domain::wire::v2;

fn message(text: &str) -> v2::Message {
    v2::Message {
        message: text.to_owned(),
    }
}

fn answer(group: &Group) -> v2::GroupAnswer {
    v2::GroupAnswer {
        group: group.into(),
    }
}

pub(super) async fn list(service: Service, query: Query) -> Result<impl Responder> {
    let query = v2::GroupQuery::parse(query.parameters());
    let command = query.as_ref().map(|query| query.command.clone());
    let page = service
        .run(command.map_err(|fault| fault.clone().into()))
        .await?;
    let cursors = query?.cursors(&page.rows);
    let users = page
        .users
        .into_iter()
        .map(|user| (user.user.id, user.into()));
    Ok(Json(v2::GroupPage {
        groups: page.rows.rows.into_iter().map(v2::Group::from).collect(),
        users: users.collect(),
        cursors,
    }))
}

pub(super) async fn get(service: Service, ids: Ids, query: Query) -> Result<HttpResponse> {
    let (group, parameters) = (ids.get("id", GroupId), query.parameters());
    let include_users = v2::GroupQuery::include_users(&parameters);
    let command = parameters.finish(GetGroup {
        group,
        include_users,
    });
    let command = command.map_err(Into::into);
    let details = service.run_on(Row::Group(group), command).await?;
    let version = details.group.version;
    let group = details.into();
    Ok(versioned(version, v2::GroupAnswer { group }))
}

pub(super) async fn create(
    service: Service,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<HttpResponse> {
    let command = body.read(v2::create_group);
    let render = |group| created(&answer(&group));
    service.post(key, None, command, render).await
}

pub(super) async fn rename(
    service: Service,
    ids: Ids,
    version: IfMatch,
    body: JsonBody,
) -> Result<HttpResponse> {
    let id = ids.get("id", GroupId);
    let row = version.of(Row::Group(id));
    let command = version
        .version()
        .and_then(|version| body.read_for(id, |id, object| v2::rename_group(id, version, object)));
    let group = service.run_on(row, command).await?;
    Ok(versioned(group.version, answer(&group)))
}

pub(super) async fn delete(
    service: Service,
    ids: Ids,
    version: IfMatch,
    body: NoBody,
) -> Result<impl Responder> {
    let group = ids.get("id", GroupId);
    let command = version
        .version()
        .and_then(|version| body.read_for(group, |group| DeleteGroup { group, version }));
    service.run_on(Row::Group(group), command).await?;
    Ok(Json(message("Group deleted")))
}

pub(super) async fn add_user(
    service: Service,
    key: IdempotencyKey,
    ids: Ids,
    body: NoBody,
) -> Result<HttpResponse> {
    let (group, user) = (ids.get("group_id", GroupId), ids.get("user_id", UserId));
    let command = body.read_for(group, |group| AddMember { group, user });
    let render = |_| ok(&message("User added to the group"));
    service.post(key, None, command, render).await
}

pub(super) async fn remove_user(
    service: Service,
    key: IdempotencyKey,
    ids: Ids,
    body: NoBody,
) -> Result<HttpResponse> {
    let (group, user) = (ids.get("group_id", GroupId), ids.get("user_id", UserId));
    let command = body.read_for(group, |group| RemoveMember { group, user });
    let render = |_| ok(&message("User removed from the group"));
    service.post(key, None, command, render).await
}
