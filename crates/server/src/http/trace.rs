//! One span a request, one line at its end, and its figures. They name the route's pattern, never the path: paths hold
//! addresses and tokens.

use super::dialect::Dialect;
use crate::metrics::AnsweredRequest;
use crate::service::State;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use std::time::Instant;
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

/// Makes the spans.
pub(super) struct Spans;

/// When a request came in.
#[derive(Clone, Copy)]
struct Began(Instant);

impl RootSpanBuilder for Spans {
    fn on_request_start(request: &ServiceRequest) -> Span {
        request.extensions_mut().insert(Began(Instant::now()));
        let id = request.extensions().get::<RequestId>().copied();
        tracing::info_span!(
            "request",
            id = id.map(tracing::field::display),
            trace_id = trace_id(request.headers()),
            method = known(request.method()),
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let Ok(response) = outcome else {
            return;
        };
        let request = response.request();
        let began = request.extensions().get::<Began>().copied();
        let pattern = request.match_pattern();
        let dialect = Dialect::of(request.path());
        let answered = AnsweredRequest {
            dialect: dialect.via(),
            method: known(request.method()),
            route: pattern.as_deref().unwrap_or("none"),
            status: response.status().as_u16(),
            took: began.map(|Began(at)| at.elapsed()).unwrap_or_default(),
        };
        if let Some(state) = request.app_data::<Data<State>>() {
            state.metrics.request(&answered);
        }
        let (route, status) = (answered.route, answered.status);
        let took_ms = answered.took.as_secs_f64() * 1_000.0;
        // Not recorded in the span, which would be written anew for one line.
        span.in_scope(|| match dialect {
            Dialect::Probe => tracing::debug!(route, status, took_ms, "answered"),
            _ => tracing::info!(route, status, took_ms, "answered"),
        });
    }
}

/// The method, unless the client made it up.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The trace that the request is a part of (W3C Trace Context, 3.2: `00-{trace-id}-{parent-id}-{flags}`).
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all("traceparent");
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let mut parts = value.to_str().ok()?.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let flags = parts.next()?;
    let is_hex = |text: &str, length: usize| {
        let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == length && text.bytes().all(digits)
    };
    let is_set = |text: &str| text.bytes().any(|byte| byte != b'0');
    let is_whole = is_hex(version, 2)
        && is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2)
        // Later versions may say more behind the flags.
        && (version != "00" || parts.next().is_none());
    (is_whole && version != "ff" && is_set(trace) && is_set(parent)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    #[test]
    fn a_trace_is_taken_over_only_where_it_is_one() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        const NAME: HeaderName = HeaderName::from_static("traceparent");
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(NAME, HeaderValue::from_str(value).unwrap());
            trace_id(&headers).map(str::to_owned)
        };
        for accepted in [
            format!("00-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-00"),
            format!("01-{TRACE}-00f067aa0ba902b7-01-more"),
        ] {
            assert_eq!(of(&accepted).as_deref(), Some(TRACE), "{accepted}");
        }
        for refused in [
            String::new(),
            "secret".to_owned(),
            TRACE.to_owned(),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{TRACE}x-00f067aa0ba902b7-01"),
        ] {
            assert_eq!(of(&refused), None, "{refused}");
        }
        let mut twice = HeaderMap::new();
        for _ in 0..2 {
            let value = format!("00-{TRACE}-00f067aa0ba902b7-01");
            twice.append(NAME, HeaderValue::from_str(&value).unwrap());
        }
        assert_eq!(trace_id(&twice), None);
    }
}
