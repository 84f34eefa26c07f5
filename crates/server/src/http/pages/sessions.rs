//! One's own sessions: ending them, and the one that asks by signing out.

use super::form::Form;
use super::view::{Time, see_other};
use crate::error::{Error, Result};
use crate::http::auth::Service;
use crate::http::body::Ids;
use crate::http::cookie;
use crate::service::ListedSession;
use actix_web::HttpResponse;
use roster_domain::id::SessionId;
use roster_domain::session::EndSession;

/// A session as the account's page lists it.
pub(super) struct Session {
    pub(super) id: i64,
    pub(super) browser: String,
    pub(super) ip: Option<String>,
    pub(super) created_at: Time,
    pub(super) last_seen_at: Time,
    pub(super) is_current: bool,
}

impl From<ListedSession> for Session {
    fn from(listed: ListedSession) -> Self {
        let session = listed.session;
        Self {
            id: session.id.0,
            browser: super::browser::name(&session.user_agent.unwrap_or_default()),
            ip: session.ip,
            created_at: session.created_at.into(),
            last_seen_at: session.last_seen_at.into(),
            is_current: listed.is_current,
        }
    }
}

pub(super) async fn end(service: Service, ids: Ids, form: Form) -> Result<HttpResponse> {
    let service = form.confirm(service)?;
    let session = Some(ids.get("id", SessionId));
    service.run(Ok(EndSession { session })).await?;
    Ok(see_other("/account?done=session"))
}

pub(super) async fn sign_out(service: Service, form: Form) -> Result<HttpResponse> {
    let service = form.confirm(service)?;
    service.run(Ok(EndSession { session: None })).await?;
    let mut answer = see_other("/sign_in?done=signed_out");
    let cookie = cookie::no_session(&service.site);
    answer.add_cookie(&cookie).map_err(Error::internal)?;
    Ok(answer)
}
