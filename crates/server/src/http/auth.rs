//! Who asks: what a request shows to be let in, and nothing that is known of it.

use super::cookie;
use super::dialect::Dialect;
use super::site::Site;
use crate::error::Result;
use crate::service::{self, Caller, Credential, LookUp, Origin, Row, State, UseCase};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, USER_AGENT};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use roster_domain::credential::KeyHash;
use roster_domain::link::LinkKind;
use roster_domain::permission::{Action, CredentialKind};
use roster_domain::session::Session;
use roster_domain::token::{TokenHash, csrf_token};
use std::future::{Ready, ready};
use tracing_actix_web::RequestId;

const KEY_HEADER: &str = "X-Holistics-Key";
const CSRF_HEADER: &str = "X-CSRF-Token";
const TOKEN: &str = "token";

/// The way from a handler into the use cases: the state of the server and the caller of the request.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) state: Data<State>,
    pub(super) site: Data<Site>,
    pub(super) origin: Origin,
    key: Credential,
    /// v1 and v2 look at no cookies, so they have none.
    session: Option<Credential>,
    link: Option<TokenHash>,
    user_agent: Option<String>,
    session_token: Option<String>,
    is_of_other_site: bool,
}

impl Service {
    /// Carries out a command for the caller, or says what is wrong with the request, if the caller may know.
    pub(super) async fn run<A: UseCase>(&self, command: Result<A>) -> Result<A::Outcome> {
        service::run(&self.state, &self.caller::<A>(), None, command).await
    }

    /// The same for a command that looks a user up.
    pub(super) async fn look_up<A: LookUp>(&self, command: Result<A>) -> Result<A::Outcome> {
        service::look_up(&self.state, self.caller::<A>(), command).await
    }

    /// The same for a command about a row that the path names, be the rest of the request in order or not.
    pub(super) async fn run_on<A: UseCase>(
        &self,
        row: Row,
        command: Result<A>,
    ) -> Result<A::Outcome> {
        service::run(&self.state, &self.caller::<A>(), Some(row), command).await
    }

    /// The same for whoever has the link of the path.
    pub(super) async fn run_by_link<A: UseCase>(
        &self,
        kind: LinkKind,
        command: Result<A>,
    ) -> Result<A::Outcome> {
        service::run(&self.state, &self.by_link(kind), None, command).await
    }

    /// The caller, by the kind of credential that the table wants for the action.
    pub(super) fn caller<A: Action>(&self) -> Caller {
        let kinds = A::ROW.credentials;
        let has_key = !matches!(self.key, Credential::KeyMissing);
        let wants_key = kinds.contains(&CredentialKind::ApiKey)
            && (has_key || !kinds.contains(&CredentialKind::Session));
        let credential = match &self.session {
            Some(session) if !wants_key => session.clone(),
            _ => self.key.clone(),
        };
        Caller {
            credential,
            origin: self.origin.clone(),
        }
    }

    /// The caller, by the link of the path.
    pub(super) fn by_link(&self, kind: LinkKind) -> Caller {
        let hash = self.link;
        Caller {
            credential: Credential::Link { kind, hash },
            origin: self.origin.clone(),
        }
    }

    /// What the browser calls itself.
    pub(super) fn user_agent(&self) -> Option<String> {
        self.user_agent.clone()
    }

    /// The text that forms and requests of the caller's session carry.
    pub(super) fn csrf_token(&self) -> String {
        csrf_token(self.session_token.as_deref().unwrap_or_default())
    }

    /// Whether the request shows a session, be it one or not.
    pub(super) fn has_session(&self) -> bool {
        self.session_token.is_some()
    }

    /// Refuses what another site's page made a browser send: it must not sign anybody in behind their back.
    pub(super) fn refuse_other_sites(&self) -> Result<()> {
        match self.is_of_other_site {
            true => Err(roster_domain::Error::CsrfInvalid.into()),
            false => Ok(()),
        }
    }

    /// Takes another text than the header's as the proof that the request comes from the session's own pages.
    pub(super) fn confirmed_by(mut self, csrf: &str) -> Self {
        if let (Some(Credential::Session { is_confirmed, .. }), Some(token)) =
            (&mut self.session, &self.session_token)
        {
            *is_confirmed = is_same(csrf, &csrf_token(token));
        }
        self
    }
}

impl FromRequest for Service {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let site = Data::<Site>::from_request(request, payload).into_inner();
        let state = Data::<State>::from_request(request, payload).into_inner();
        ready(site.and_then(|site| Ok(service(request, state?, site))))
    }
}

fn service(request: &HttpRequest, state: Data<State>, site: Data<Site>) -> Service {
    let dialect = Dialect::of(request.path());
    let request_id = request.extensions().get::<RequestId>().copied();
    let origin = Origin {
        via: dialect.via(),
        request_id: request_id.map(|id| id.to_string()),
        ip: site.caller_address(request),
    };
    let session_token = match dialect {
        Dialect::V1 | Dialect::V2 | Dialect::Probe => None,
        Dialect::Account | Dialect::Pages => cookie::value(request, cookie::SESSION),
    };
    let session = match dialect {
        Dialect::V1 | Dialect::V2 | Dialect::Probe => None,
        Dialect::Account | Dialect::Pages => Some(session(request, session_token.as_deref())),
    };
    let user_agent = request.headers().get(USER_AGENT);
    let user_agent = user_agent.and_then(|value| value.to_str().ok());
    Service {
        key: match dialect {
            // A page is for whoever signed in, not for programs.
            Dialect::Pages | Dialect::Probe => Credential::KeyMissing,
            Dialect::V1 | Dialect::V2 | Dialect::Account => key(request),
        },
        session,
        link: request
            .match_info()
            .get(TOKEN)
            .and_then(TokenHash::of_presented),
        user_agent: user_agent.map(|text| text.chars().take(Session::MAX_USER_AGENT).collect()),
        session_token,
        is_of_other_site: is_of_other_site(request, &site),
        state,
        site,
        origin,
    }
}

/// Whether a browser says that the page of another site, which is not among those allowed, sends this.
fn is_of_other_site(request: &HttpRequest, site: &Site) -> bool {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let is_allowed = |origin: &str| site.cors_origins.iter().any(|allowed| allowed == origin);
    header("sec-fetch-site") == Some("cross-site") && !header("origin").is_some_and(is_allowed)
}

/// What changes something has to come from the session's own pages: it carries a text that no other site knows.
fn session(request: &HttpRequest, token: Option<&str>) -> Credential {
    let Some(token) = token else {
        return Credential::SessionMissing;
    };
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let shown = request
        .headers()
        .get(CSRF_HEADER)
        .and_then(|value| value.to_str().ok());
    Credential::Session {
        hash: TokenHash::of_presented(token),
        is_confirmed: is_read || shown.is_some_and(|shown| is_same(shown, &csrf_token(token))),
    }
}

/// Compares by hash, so that how long it takes tells nothing.
pub(super) fn is_same(shown: &str, expected: &str) -> bool {
    TokenHash::of_presented(shown)
        .is_some_and(|hash| Some(hash) == TokenHash::of_presented(expected))
}

/// What a request shows as its key, be it one or not; `None` for what is no text. Keys come in a header only: what stands in a URL
/// ends up in logs.
pub(super) fn shown_key(headers: &HeaderMap) -> Option<String> {
    let text = |value: &HeaderValue| Some(value.to_str().ok()?.trim().to_owned());
    match headers.get(KEY_HEADER) {
        Some(value) => text(value),
        None => bearer(&text(headers.get(AUTHORIZATION)?)?),
    }
}

fn key(request: &HttpRequest) -> Credential {
    let headers = request.headers();
    if !headers.contains_key(KEY_HEADER) && !headers.contains_key(AUTHORIZATION) {
        return Credential::KeyMissing;
    }
    match shown_key(headers) {
        Some(key) if key.is_empty() => Credential::KeyMissing,
        Some(key) => KeyHash::of_presented(&key).map_or(Credential::KeyMalformed, Credential::Key),
        None => Credential::KeyMalformed,
    }
}

/// The token behind `Bearer`, however that is written (RFC 7235, 2.1).
fn bearer(value: &str) -> Option<String> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}
