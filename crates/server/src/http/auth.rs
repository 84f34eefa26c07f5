//! Who asks: the credential that a request shows, and nothing that is known of it.

use crate::error::Result;
use crate::service::{self, Caller, Credential, Origin, Row, State, UseCase};
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use roster_domain::credential::KeyHash;
use std::future::{Ready, ready};
use tracing_actix_web::RequestId;

const KEY_HEADER: &str = "X-Holistics-Key";

/// The way from a handler into the use cases: the state of the server and the caller of the request.
#[derive(Clone)]
pub(super) struct Service {
    state: Data<State>,
    caller: Caller,
}

impl Service {
    /// Carries out a command for the caller, or says what is wrong with the request, if the caller may know.
    pub(super) async fn run<A: UseCase>(&self, command: Result<A>) -> Result<A::Outcome> {
        service::run(&self.state, &self.caller, None, command).await
    }

    /// The same for a command about a row that the path names, be the rest of the request in order or not.
    pub(super) async fn run_on<A: UseCase>(
        &self,
        row: Row,
        command: Result<A>,
    ) -> Result<A::Outcome> {
        service::run(&self.state, &self.caller, Some(row), command).await
    }
}

impl FromRequest for Service {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(
            Data::from_request(request, payload)
                .into_inner()
                .map(|state| Self {
                    state,
                    caller: caller(request),
                }),
        )
    }
}

fn caller(request: &HttpRequest) -> Caller {
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .map(ToString::to_string);
    Caller {
        credential: credential(request),
        origin: Origin {
            via: "v1",
            request_id,
            ip: request.peer_addr().map(|address| address.ip()),
        },
    }
}

/// Keys come in a header only: what stands in a URL ends up in logs. Cookies are not looked at.
fn credential(request: &HttpRequest) -> Credential {
    let text = |value: &HeaderValue| value.to_str().map(|text| text.trim().to_owned());
    let key = match request.headers().get(KEY_HEADER) {
        Some(value) => text(value).ok(),
        None => match request.headers().get(AUTHORIZATION) {
            Some(value) => text(value).ok().and_then(|value| bearer(&value)),
            None => return Credential::KeyMissing,
        },
    };
    match key {
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
