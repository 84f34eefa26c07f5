//! Faults as pages.

use crate::error::Error;
use crate::http::v2::error::{message, status};
use actix_web::HttpResponse;

/// The page that tells of a fault.
pub(crate) fn answer(error: &Error, _request_id: &str) -> HttpResponse {
    HttpResponse::build(status(error)).body(message(error))
}
