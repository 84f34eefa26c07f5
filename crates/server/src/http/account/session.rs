//! Sessions as JSON.

use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::{Ids, JsonBody, NoBody};
use crate::http::cookie;
use crate::service::{self, Attempted, ListedSession, SignedIn};
use actix_web::web::Json;
use actix_web::{HttpResponse, Responder};
use roster_domain::id::SessionId;
use roster_domain::session::{EndSession, GetSession, ListSessions};
use roster_domain::wire::account;

pub(super) async fn sign_in(service: Service, body: JsonBody) -> Result<HttpResponse> {
    service.refuse_other_sites()?;
    let account::Attempted {
        tenant,
        email,
        password,
    } = body.read(account::sign_in)?;
    let attempted = Attempted {
        tenant,
        email,
        password,
    };
    let origin = service.origin.clone();
    let signed_in =
        service::sign_in(&service.state, origin, attempted, service.user_agent()).await?;
    Ok(begun(HttpResponse::Ok(), &service, signed_in))
}

/// The answer with which a session begins.
pub(super) fn begun(
    mut answer: actix_web::HttpResponseBuilder,
    service: &Service,
    signed_in: SignedIn,
) -> HttpResponse {
    let SignedIn {
        user,
        session,
        token,
    } = signed_in;
    let cookie = cookie::session(
        &service.site,
        &token,
        session.created_at,
        session.expires_at,
    );
    answer.cookie(cookie).json(account::SignedIn {
        user: user.into(),
        csrf_token: token.csrf_token(),
    })
}

pub(super) async fn get(service: Service) -> Result<impl Responder> {
    let own = service.run(Ok(GetSession)).await?;
    Ok(Json(account::OwnSession {
        user: own.user.into(),
        csrf_token: service.csrf_token(),
        expires_at: own.expires_at,
    }))
}

pub(super) async fn sign_out(service: Service, body: NoBody) -> Result<HttpResponse> {
    let command = body.read_for(None, |session| EndSession { session });
    service.run(command).await?;
    let cookie = cookie::no_session(&service.site);
    Ok(HttpResponse::NoContent().cookie(cookie).finish())
}

pub(super) async fn list(service: Service) -> Result<impl Responder> {
    let listed = service.run(Ok(ListSessions)).await?;
    Ok(Json(account::Sessions {
        sessions: listed.into_iter().map(wire).collect(),
    }))
}

fn wire(listed: ListedSession) -> account::Session {
    let session = listed.session;
    account::Session {
        id: session.id,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: listed.expires_at,
        ip: session.ip,
        user_agent: session.user_agent,
        current: listed.is_current,
    }
}

pub(super) async fn end(service: Service, ids: Ids, body: NoBody) -> Result<HttpResponse> {
    let session = ids.get("id", SessionId);
    let command = body.read_for(Some(session), |session| EndSession { session });
    service.run(command).await?;
    Ok(HttpResponse::NoContent().finish())
}
