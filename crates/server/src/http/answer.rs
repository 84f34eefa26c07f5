//! The last touch on every answer: faults get the envelope of their dialect, and all get the common headers.

use super::dialect::Dialect;
use super::rates::Allowance;
use super::site::Site;
use super::{pages, v1, v2};
use crate::error::{Error, RequestFault};
use actix_web::body::{self, BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpResponse, ResponseError};
use std::fmt;
use tracing_actix_web::RequestId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const STATUS: HeaderName = HeaderName::from_static("status");

/// Completes an answer.
pub(super) async fn complete(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_head = request.method() == Method::HEAD;
    let dialect = Dialect::of(request.path());
    let id = request.extensions().get::<RequestId>().copied();
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    let mut response = next.call(request).await?.map_into_boxed_body();
    let path = response.request().path();

    let known = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Error>());
    let answer = match known {
        Some(error) => {
            log(error);
            Some(fault(dialect, error, (&id, path)))
        }
        // What actix answers by itself has no body.
        None if is_empty(&response) => match response.status() {
            StatusCode::NOT_FOUND => Some(fault(
                dialect,
                &RequestFault::UnknownRoute.into(),
                (&id, path),
            )),
            StatusCode::METHOD_NOT_ALLOWED => Some(fault(
                dialect,
                &RequestFault::MethodNotAllowed.into(),
                (&id, path),
            )),
            _ => None,
        },
        None => None,
    };
    if let Some(mut answer) = answer {
        if let Some(allow) = response.headers().get(ALLOW) {
            answer.headers_mut().insert(ALLOW, allow.clone());
        }
        response = response.into_response(answer);
    }
    if is_head && response.response().body().size() == BodySize::Stream {
        // Nobody sees the chunks, so they are not read.
        response = response.map_body(|_, _| body::None::new().boxed());
    }
    add_headers_of_server(&mut response);
    let status = response.status();
    add_headers(response.headers_mut(), dialect, status, &id);
    Ok(response)
}

fn fault(dialect: Dialect, error: &Error, (request_id, path): (&str, &str)) -> HttpResponse {
    match dialect {
        Dialect::V1 => v1::error::answer(error, request_id),
        Dialect::Account | Dialect::V2 | Dialect::Probe => v2::error::answer(error, request_id),
        Dialect::Pages => pages::error::answer(error, request_id, path),
    }
}

/// Tells how the server is reached, how the caller stands, and whether what comes next had better go elsewhere.
fn add_headers_of_server(response: &mut ServiceResponse<BoxBody>) {
    const A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
    let request = response.request();
    let allowance = request.extensions().get::<Allowance>().copied();
    let site = request.app_data::<Data<Site>>().cloned();
    if let Some(allowance) = allowance {
        allowance.add_headers(response.headers_mut());
    }
    if site.as_ref().is_some_and(|site| site.is_secure()) {
        let headers = response.headers_mut();
        headers.insert(STRICT_TRANSPORT_SECURITY, A_YEAR);
    }
    if site.is_some_and(|site| site.stopping.has_begun()) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
}

fn is_empty(response: &ServiceResponse<BoxBody>) -> bool {
    matches!(
        response.response().body().size(),
        BodySize::None | BodySize::Sized(0)
    )
}

fn add_headers(headers: &mut HeaderMap, dialect: Dialect, status: StatusCode, id: &str) {
    const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
    match dialect {
        Dialect::Pages => {}
        Dialect::V1 => {
            headers.insert(CONTENT_TYPE, JSON);
            add_status(headers, status);
        }
        Dialect::Account | Dialect::V2 | Dialect::Probe => {
            if status != StatusCode::NO_CONTENT {
                headers.insert(CONTENT_TYPE, JSON);
            }
        }
    }
    let policy = match dialect {
        Dialect::Pages => pages::POLICY,
        _ => "default-src 'none'; frame-ancestors 'none'",
    };
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, policy),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// The official R client reads the status from a header of that name.
fn add_status(headers: &mut HeaderMap, status: StatusCode) {
    let status = format!(
        "{} {}",
        status.as_str(),
        status.canonical_reason().unwrap_or_default()
    );
    if let Ok(status) = HeaderValue::from_str(status.trim_end()) {
        headers.insert(STATUS, status);
    }
}

/// A failure is logged once, here, with its cause; the client is told the request's id.
fn log(error: &Error) {
    match error {
        Error::Internal(cause) => tracing::error!(error = cause.log_text(), "a request failed"),
        Error::Unavailable(why) => tracing::warn!(error = ?why, "a request was refused"),
        Error::Domain(_) | Error::Request(_) => {}
    }
}

/// Handlers return the fault as it is; `complete` finds it in the response and prints it.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(error) => f.write_str(error.code()),
            Self::Request(_) => f.write_str("bad_request"),
            Self::Unavailable(_) => f.write_str("unavailable"),
            Self::Internal(_) => f.write_str("internal"),
        }
    }
}
