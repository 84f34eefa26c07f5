//! One's own attributes and password as JSON.

use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::JsonBody;
use crate::service::{self, PasswordChange};
use actix_web::web::Json;
use actix_web::{HttpResponse, Responder};
use roster_domain::password::GetPasswordHash;
use roster_domain::wire::account;

pub(super) async fn change_password(service: Service, body: JsonBody) -> Result<HttpResponse> {
    let typed = body.read(account::change_password);
    let change = typed.map(|(current, password)| PasswordChange { current, password });
    let caller = service.caller::<GetPasswordHash>();
    service::change_password(&service.state, &caller, change).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn update(service: Service, body: JsonBody) -> Result<impl Responder> {
    let user = service.run(body.read(account::update_profile)).await?;
    Ok(Json(account::OwnUser { user: user.into() }))
}
