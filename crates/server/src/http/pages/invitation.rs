//! Accepting an invitation.

use super::field::{Entered, Field, Summary};
use super::form::Form;
use super::sign_in::begun;
use super::view::{Time, page};
use super::visitor::Visitor;
use crate::error::Result;
use crate::http::auth::Service;
use crate::service::{self, Invitation, NewAccount};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use roster_domain::link::{GetInvitation, LinkKind};
use roster_domain::name::Name;
use roster_domain::password::Password;
use roster_domain::wire::account;

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    csrf_token: String,
    summary: Summary,
    tenant: String,
    /// Who invites, where it is a person.
    invited_by: Option<String>,
    expires_at: Time,
    fields: [Field; 3],
}

pub(super) async fn show(service: Service, visitor: Visitor) -> Result<HttpResponse> {
    shown(&service, &visitor, StatusCode::OK, &Entered::default()).await
}

pub(super) async fn accept(service: Service, visitor: Visitor, form: Form) -> Result<HttpResponse> {
    visitor.confirm(&form)?;
    let chosen = form.read(&["name", "password"], account::accept_invitation);
    let chosen = chosen.map(|(name, password)| NewAccount { name, password });
    let caller = service.by_link(LinkKind::Invitation);
    let user_agent = service.user_agent();
    match service::accept_invitation(&service.state, &caller, chosen, user_agent).await {
        Ok(signed_in) => begun(&service, &signed_in, "/account?done=welcome"),
        Err(error) => {
            let entered = Entered::failed(form, error)?;
            shown(
                &service,
                &visitor,
                StatusCode::UNPROCESSABLE_ENTITY,
                &entered,
            )
            .await
        }
    }
}

async fn shown(
    service: &Service,
    visitor: &Visitor,
    status: StatusCode,
    entered: &Entered,
) -> Result<HttpResponse> {
    let asked = service.run_by_link(LinkKind::Invitation, Ok(GetInvitation));
    let Invitation {
        tenant,
        invited_by,
        user,
        expires_at,
    } = asked.await?;
    let name = user.name.as_ref().map(Name::as_str);
    let fields = [
        Field::known_email(user.email.as_str()),
        Field::text(entered, ("name", "Name"), name).autocomplete("name"),
        new_password(entered, "Password"),
    ];
    let shown = InvitationPage {
        csrf_token: visitor.csrf_token()?,
        summary: Summary::of(&fields),
        // A tenant that invites by itself is not named twice.
        invited_by: Some(invited_by).filter(|name| name != tenant.name.as_str()),
        tenant: tenant.name.into_string(),
        expires_at: expires_at.into(),
        fields,
    };
    visitor.remember(page(status, &shown)?)
}

/// The field for a password to be chosen.
pub(super) fn new_password(entered: &Entered, label: &'static str) -> Field {
    // The hint is a text, so the number in it is compared where it is made.
    const { assert!(Password::MIN_CHARACTERS == 8) };
    Field::password(entered, ("password", label), "new-password")
        .hint("At least 8 characters; a few words in a row are easy to remember and hard to guess")
}
