//! One's own API keys as JSON.

use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::{Ids, JsonBody, NoBody};
use crate::service::{NewKey, Row, new_key};
use actix_web::web::Json;
use actix_web::{HttpResponse, Responder};
use roster_domain::credential::{CreateOwnKey, ListOwnKeys, RevokeOwnKey, RotateOwnKey};
use roster_domain::id::ApiKeyId;
use roster_domain::wire::account;

pub(super) async fn list(service: Service) -> Result<impl Responder> {
    let keys = service.run(Ok(ListOwnKeys)).await?;
    let keys = keys.into_iter().map(account::Key::from).collect();
    Ok(Json(account::Keys { keys }))
}

pub(super) async fn create(service: Service, body: JsonBody) -> Result<HttpResponse> {
    let key = new_key()?;
    let command = body.or_empty().read(account::create_key);
    let command = command.map(|(label, expires_in_days)| CreateOwnKey {
        key,
        label,
        expires_in_days,
    });
    Ok(minted(service.run(command).await?))
}

pub(super) async fn rotate(service: Service, ids: Ids, body: JsonBody) -> Result<HttpResponse> {
    let (id, key) = (ids.get("id", ApiKeyId), new_key()?);
    let command = body.or_empty().read(account::rotate_key);
    let command = command.map(|overlap_minutes| RotateOwnKey {
        id,
        key,
        overlap_minutes,
    });
    Ok(minted(service.run_on(Row::OwnKey(id), command).await?))
}

fn minted(NewKey { details, key }: NewKey) -> HttpResponse {
    HttpResponse::Created().json(account::NewKey {
        key: details.into(),
        authentication_token: key.expose().to_owned(),
    })
}

pub(super) async fn revoke(service: Service, ids: Ids, body: NoBody) -> Result<HttpResponse> {
    let command = body.read_for(ids.get("id", ApiKeyId), |id| RevokeOwnKey { id });
    service.run(command).await?;
    Ok(HttpResponse::NoContent().finish())
}
