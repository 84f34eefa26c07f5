//! Invitations and forgotten passwords as JSON.

use super::session::begun;
use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::JsonBody;
use crate::service::{self, NewAccount};
use actix_web::web::Json;
use actix_web::{HttpResponse, Responder};
use roster_domain::link::{GetInvitation, LinkKind};
use roster_domain::wire::account;

pub(super) async fn get_invitation(service: Service) -> Result<impl Responder> {
    let command = Ok(GetInvitation);
    let invitation = service.run_by_link(LinkKind::Invitation, command).await?;
    Ok(Json(account::Invitation {
        tenant: account::Named {
            name: invitation.tenant.name.into_string(),
        },
        invited_by: account::Named {
            name: invitation.invited_by,
        },
        email: invitation.user.email.into_string(),
        expires_at: invitation.expires_at,
    }))
}

pub(super) async fn accept_invitation(service: Service, body: JsonBody) -> Result<HttpResponse> {
    service.refuse_other_sites()?;
    let chosen = body.read(account::accept_invitation);
    let account = chosen.map(|(name, password)| NewAccount { name, password });
    let caller = service.by_link(LinkKind::Invitation);
    let user_agent = service.user_agent();
    let signed_in =
        service::accept_invitation(&service.state, &caller, account, user_agent).await?;
    Ok(begun(HttpResponse::Created(), &service, signed_in))
}

pub(super) async fn request_password_reset(
    service: Service,
    body: JsonBody,
) -> Result<HttpResponse> {
    let (tenant, email) = body.read(account::request_password_reset)?;
    let origin = service.origin.clone();
    service::request_password_reset(&service.state, origin, tenant, email).await?;
    Ok(HttpResponse::Accepted().json(account::Message {
        message: "If somebody has this address, a mail with a link is on its way".to_owned(),
    }))
}

pub(super) async fn reset_password(service: Service, body: JsonBody) -> Result<HttpResponse> {
    let password = body.read(account::reset_password);
    let caller = service.by_link(LinkKind::PasswordReset);
    service::reset_password(&service.state, &caller, password).await?;
    Ok(HttpResponse::NoContent().finish())
}
