//! Bodies: read for every request before it is routed, within limits of size and time.
//!
//! What is wrong with a body is kept for later: who may not ask is told so first.

use crate::error::RequestFault;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures_util::StreamExt;
use std::time::Duration;

/// The largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 1_048_576;

const BODY_PATIENCE: Duration = Duration::from_secs(15);

/// A request's body, or why there is none.
#[derive(Clone)]
pub(super) struct ReadBody(pub(super) Result<Bytes, RequestFault>);

/// Reads the body and leaves it with the request. After a body that was not read to its end the connection is closed.
pub(super) async fn read_body(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let body = match tokio::time::timeout(BODY_PATIENCE, read(&mut request)).await {
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
