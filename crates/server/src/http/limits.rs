//! What a request may take. Bodies are read for every request before it is routed, within limits of size and time; what
//! is wrong with one is kept for later: who may not ask is told so first.

use super::rates::Rate;
use super::site::Site;
use crate::config::HttpSettings;
use crate::error::RequestFault;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage};
use futures_util::StreamExt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 1_048_576;

/// The largest head, in bytes: the path with its query and the headers.
pub const MAX_HEAD_BYTES: usize = 32_768;

/// What clients of a server may take.
#[derive(Debug, Clone)]
pub struct Limits {
    pub(super) head_patience: Duration,
    pub(super) body_patience: Duration,
    pub(super) keep_alive: Duration,
    pub(super) streams: Arc<Semaphore>,
    pub(super) per_key: Option<Arc<Rate>>,
    pub(super) per_address: Option<Arc<Rate>>,
}

impl Limits {
    /// The limits of the settings.
    pub fn of(settings: &HttpSettings) -> Self {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let rate = |a_minute: Option<NonZeroU32>| a_minute.map(|n| Arc::new(Rate::new(n)));
        Self {
            head_patience: seconds(settings.head_seconds),
            body_patience: seconds(settings.body_seconds),
            keep_alive: seconds(settings.keep_alive_seconds),
            streams: Arc::new(Semaphore::new(settings.long_lists_at_once)),
            per_key: rate(settings.requests_per_key),
            per_address: rate(settings.requests_per_address),
        }
    }
}

/// A request's body, or why there is none.
#[derive(Clone)]
pub(super) struct ReadBody(pub(super) Result<Bytes, RequestFault>);

/// Reads the body and leaves it with the request. After a body that was not read to its end the connection is closed.
pub(super) async fn read_body(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let site = request.app_data::<Data<Site>>();
    let patience = site.map_or(Duration::ZERO, |site| site.limits.body_patience);
    let body = match tokio::time::timeout(patience, read(&mut request)).await {
        Ok(body) => body,
        Err(_) => Err(RequestFault::Incomplete),
    };
    let is_read = body.is_ok();
    request.extensions_mut().insert(ReadBody(body));
    let mut response = next.call(request).await?;
    if !is_read {
        response
            .response_mut()
            .head_mut()
            .set_connection_type(actix_web::http::ConnectionType::Close);
    }
    Ok(response)
}

async fn read(request: &mut ServiceRequest) -> Result<Bytes, RequestFault> {
    let headers = request.headers();
    let length: Option<usize> = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    match length {
        None if !headers.contains_key(TRANSFER_ENCODING) => return Ok(Bytes::new()),
        Some(length) if length > MAX_BODY_BYTES => return Err(RequestFault::TooLarge),
        _ => {}
    }
    let mut payload = request.take_payload();
    let mut body = actix_web::web::BytesMut::new();
    while let Some(part) = payload.next().await {
        let part = part.map_err(|_| RequestFault::Incomplete)?;
        if body.len() + part.len() > MAX_BODY_BYTES {
            return Err(RequestFault::TooLarge);
        }
        body.extend_from_slice(&part);
    }
    Ok(body.freeze())
}
