//! The user attributes of v2.

use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::{Ids, JsonBody, NoBody, Query};
use crate::http::idempotency::{IdempotencyKey, ok};
use crate::service::Row;
use actix_web::web::Json;
use actix_web::{HttpResponse, Responder};
use roster_domain::id::UserAttributeId;
use roster_domain::user_attribute::{DeleteUserAttribute, GetUserAttribute, UserAttribute};
use roster_domain::wire::v2;

pub(super) async fn list(service: Service, query: Query) -> Result<impl Responder> {
    let query = v2::UserAttributeQuery::parse(query.parameters());
    let command = query.as_ref().map(|query| query.command.clone());
    let rows = service
        .run(command.map_err(|fault| fault.clone().into()))
        .await?;
    let cursors = query?.cursors(&rows);
    let attributes = rows.rows.into_iter().map(v2::UserAttribute::from);
    Ok(Json(v2::UserAttributePage {
        user_attributes: attributes.collect(),
        cursors,
    }))
}

pub(super) async fn get(service: Service, ids: Ids) -> Result<impl Responder> {
    let attribute = ids.get("id", UserAttributeId);
    let user_attribute = service.run(Ok(GetUserAttribute { attribute })).await?;
    Ok(Json(v2::UserAttributeAnswer {
        user_attribute: user_attribute.into(),
    }))
}

pub(super) async fn create(
    service: Service,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<HttpResponse> {
    let command = body.read(v2::create_user_attribute);
    let render = |user_attribute: UserAttribute| {
        ok(&v2::UserAttributeCreated {
            user_attribute: user_attribute.into(),
            status: "created".to_owned(),
        })
    };
    service.post(key, None, command, render).await
}

pub(super) async fn update(service: Service, ids: Ids, body: JsonBody) -> Result<impl Responder> {
    let id = ids.get("id", UserAttributeId);
    let command = body.read_for(id, v2::update_user_attribute);
    let user_attribute = service.run_on(Row::UserAttribute(id), command).await?;
    Ok(Json(v2::UserAttributeAnswer {
        user_attribute: user_attribute.into(),
    }))
}

pub(super) async fn delete(service: Service, ids: Ids, body: NoBody) -> Result<impl Responder> {
    let id = ids.get("id", UserAttributeId);
    let command = body.read_for(id, |attribute| DeleteUserAttribute { attribute });
    service.run_on(Row::UserAttribute(id), command).await?;
    Ok(Json(v2::Message {
        message: "User attribute deleted".to_owned(),
    }))
}
