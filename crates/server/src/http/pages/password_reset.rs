//! Forgotten passwords: asking for a link, and choosing a new password by it.

use super::field::{Entered, Field, Summary};
use super::form::Form;
use super::invitation::new_password;
use super::view::{page, see_other};
use super::visitor::Visitor;
use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::Query;
use crate::service;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use roster_domain::link::{GetPasswordReset, LinkKind};
use roster_domain::wire::account;

#[derive(Template)]
#[template(path = "password_reset_ask.html")]
struct AskPage {
    csrf_token: String,
    summary: Summary,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "password_reset_sent.html")]
struct SentPage;

#[derive(Template)]
#[template(path = "password_reset.html")]
struct ResetPage {
    csrf_token: String,
    summary: Summary,
    fields: [Field; 2],
}

pub(super) async fn ask(service: Service, visitor: Visitor, query: Query) -> Result<HttpResponse> {
    if query.get("done").is_some() {
        return page(StatusCode::OK, &SentPage);
    }
    let tenant = query.get("tenant");
    let entered = Entered::default();
    asked(&service, &visitor, StatusCode::OK, (&entered, tenant)).await
}

pub(super) async fn request(
    service: Service,
    visitor: Visitor,
    form: Form,
) -> Result<HttpResponse> {
    visitor.confirm(&form)?;
    let (_, email) = match form.read(&["email"], account::request_password_reset) {
        Ok(read) => read,
        Err(error) => {
            let entered = Entered::failed(form, error)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return asked(&service, &visitor, status, (&entered, None)).await;
        }
    };
    let (origin, tenant) = (service.origin.clone(), form.filled("tenant"));
    service::request_password_reset(&service.state, origin, tenant, email).await?;
    Ok(see_other("/password_resets/new?done=requested"))
}

async fn asked(
    service: &Service,
    visitor: &Visitor,
    status: StatusCode,
    (entered, tenant): (&Entered, Option<String>),
) -> Result<HttpResponse> {
    let mut fields = Vec::new();
    if service::tenants::are_several(&service.state).await? {
        fields.push(Field::tenant(entered, tenant.as_deref()));
    }
    fields.push(Field::email(entered));
    let shown = AskPage {
        csrf_token: visitor.csrf_token()?,
        summary: Summary::of(&fields),
        fields,
    };
    visitor.remember(page(status, &shown)?)
}

pub(super) async fn show(service: Service, visitor: Visitor) -> Result<HttpResponse> {
    shown(&service, &visitor, StatusCode::OK, &Entered::default()).await
}

pub(super) async fn reset(service: Service, visitor: Visitor, form: Form) -> Result<HttpResponse> {
    visitor.confirm(&form)?;
    let password = form.read(&["password"], account::reset_password);
    let caller = service.by_link(LinkKind::PasswordReset);
    match service::reset_password(&service.state, &caller, password).await {
        Ok(()) => Ok(see_other("/sign_in?done=password")),
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
    let asked = service.run_by_link(LinkKind::PasswordReset, Ok(GetPasswordReset));
    let user = asked.await?;
    let fields = [
        Field::known_email(user.email.as_str()),
        new_password(entered, "New password"),
    ];
    let shown = ResetPage {
        csrf_token: visitor.csrf_token()?,
        summary: Summary::of(&fields),
        fields,
    };
    visitor.remember(page(status, &shown)?)
}
