//! Signing in.

use super::field::{Entered, Field, Summary};
use super::form::Form;
use super::view::{minutes, page, see_other};
use super::visitor::Visitor;
use crate::error::{Error, Result};
use crate::http::auth::Service;
use crate::http::body::Query;
use crate::http::cookie;
use crate::http::v2::error::status;
use crate::service::{self, Attempted, SignedIn};
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use roster_domain::Error as Refusal;
use roster_domain::password::Password;
use roster_domain::session::GetSession;
use roster_domain::tenant::Slug;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    csrf_token: String,
    notice: Option<&'static str>,
    summary: Summary,
    /// The tenant, where the path says which.
    slug: Option<String>,
    fields: Vec<Field>,
}

pub(super) async fn show(
    request: HttpRequest,
    service: Service,
    visitor: Visitor,
    query: Query,
) -> Result<HttpResponse> {
    if service.has_session() && is_signed_in(&service).await? {
        return Ok(see_other("/account"));
    }
    let notice = match query.get("done").as_deref() {
        Some("signed_out") => Some("You have signed out."),
        Some("password") => Some("Your password is changed. Sign in with the new one."),
        _ => None,
    };
    let entered = Entered::default();
    let form = form(&request, &service, &visitor, &entered).await?;
    visitor.remember(page(StatusCode::OK, &SignInPage { notice, ..form })?)
}

async fn is_signed_in(service: &Service) -> Result<bool> {
    match service.run(Ok(GetSession)).await {
        Ok(_) => Ok(true),
        Err(Error::Domain(Refusal::SessionInvalid)) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) async fn sign_in(
    request: HttpRequest,
    service: Service,
    visitor: Visitor,
    form: Form,
) -> Result<HttpResponse> {
    visitor.confirm(&form)?;
    let attempted = Attempted {
        tenant: slug(&request).or_else(|| form.filled("tenant")),
        email: form.text("email").unwrap_or_default().to_owned(),
        password: Password::typed(form.text("password").unwrap_or_default()),
    };
    let origin = service.origin.clone();
    match service::sign_in(&service.state, origin, attempted, service.user_agent()).await {
        Ok(signed_in) => begun(&service, &signed_in, "/account"),
        Err(error) => refused(&request, &service, &visitor, (form, error)).await,
    }
}

/// The answer with which a session begins.
pub(super) fn begun(
    service: &Service,
    SignedIn { session, token, .. }: &SignedIn,
    next: &'static str,
) -> Result<HttpResponse> {
    let cookie = cookie::session(&service.site, token, session.created_at, session.expires_at);
    let mut answer = see_other(next);
    answer.add_cookie(&cookie).map_err(Error::internal)?;
    Ok(answer)
}

/// The same page whatever was wrong, so that nobody learns who has an account.
async fn refused(
    request: &HttpRequest,
    service: &Service,
    visitor: &Visitor,
    (form, error): (Form, Error),
) -> Result<HttpResponse> {
    let text = match &error {
        Error::Domain(Refusal::SignInRefused) => {
            "That did not match. Check your email address and your password.".to_owned()
        }
        Error::Domain(Refusal::TooManyAttempts(seconds)) => format!(
            "There were too many attempts. Try again in {}.",
            minutes(*seconds)
        ),
        _ => return Err(error),
    };
    let entered = Entered::kept(form);
    let shown = SignInPage {
        summary: Summary::text(Some(text)),
        ..self::form(request, service, visitor, &entered).await?
    };
    let mut answer = page(status(&error), &shown)?;
    if let Some(seconds) = error.retry_after() {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    visitor.remember(answer)
}

async fn form(
    request: &HttpRequest,
    service: &Service,
    visitor: &Visitor,
    entered: &Entered,
) -> Result<SignInPage> {
    let slug = slug(request);
    let asks_for_tenant = slug.is_none() && service::tenants::are_several(&service.state).await?;
    let mut fields = Vec::new();
    if asks_for_tenant {
        fields.push(Field::tenant(entered, None));
    }
    fields.push(Field::email(entered));
    let password = ("password", "Password");
    fields.push(Field::password(entered, password, "current-password"));
    Ok(SignInPage {
        csrf_token: visitor.csrf_token()?,
        notice: None,
        summary: Summary::text(None),
        slug: slug.filter(|slug| Slug::parse(slug).is_ok()),
        fields,
    })
}

/// The tenant's slug, where the path has one. Whether there is such a tenant is not told.
fn slug(request: &HttpRequest) -> Option<String> {
    request.match_info().get("slug").map(str::to_owned)
}
