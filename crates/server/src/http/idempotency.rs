//! Requests that may be sent again: POSTs under a header `Idempotency-Key`.

use super::auth::Service;
use super::limits::ReadBody;
use crate::error::Result;
use crate::service::{self, Answer, Render, Row, UseCase};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use roster_domain::idempotency::Once;
use roster_domain::{Error as Refusal, FieldFault};
use serde::Serialize;
use std::convert::Infallible;
use std::future::{Ready, ready};

const KEY: &str = "Idempotency-Key";
const REPLAYED: (&str, &str) = ("Idempotency-Replayed", "true");

/// The key of a request, if it has one, or what is wrong with it.
pub(super) struct IdempotencyKey(Result<Option<Once>>);

impl FromRequest for IdempotencyKey {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(parse(request))))
    }
}

fn parse(request: &HttpRequest) -> Result<Option<Once>> {
    let headers: Vec<&HeaderValue> = request.headers().get_all(KEY).collect();
    let once = match headers.as_slice() {
        [] => return Ok(None),
        [key] => {
            // What is wrong with a body is told before its hash counts.
            let body = match request.extensions().get::<ReadBody>() {
                Some(ReadBody(Ok(body))) => Bytes::clone(body),
                _ => Bytes::new(),
            };
            let method = request.method().as_str();
            let (path, query) = (request.path(), request.query_string());
            let parts = [method.as_bytes(), path.as_bytes(), query.as_bytes(), &body];
            Once::new(key.as_bytes(), &parts)
        }
        _ => Err(Once::MALFORMED),
    };
    let refusal = |fault| {
        let field = KEY.to_owned();
        Refusal::Parameter(vec![FieldFault { field, fault }])
    };
    Ok(Some(once.map_err(refusal)?))
}

impl Service {
    /// Carries out a command of a POST, once where the request has a key; `row` is the one that the path names.
    pub(super) async fn post<A: UseCase>(
        &self,
        key: IdempotencyKey,
        row: Option<Row>,
        command: Result<A>,
        render: Render<A>,
    ) -> Result<HttpResponse> {
        let (once, command) = match key.0 {
            Ok(once) => (once, command),
            Err(fault) => (None, Err(fault)),
        };
        let caller = self.caller::<A>();
        let answer = service::run_once(&self.state, &caller, row, once, command, render).await?;
        let status = StatusCode::from_u16(answer.status).map_err(crate::error::Error::internal)?;
        let mut response = HttpResponse::build(status);
        if answer.is_replayed {
            response.insert_header(REPLAYED);
        }
        Ok(response.body(answer.body))
    }
}

/// The answer 200.
pub(super) fn ok(body: &impl Serialize) -> Result<Answer> {
    Answer::new(StatusCode::OK.as_u16(), body)
}

/// The answer 201.
pub(super) fn created(body: &impl Serialize) -> Result<Answer> {
    Answer::new(StatusCode::CREATED.as_u16(), body)
}
