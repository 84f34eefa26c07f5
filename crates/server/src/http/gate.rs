//! What is refused before it is routed: heads that are too large, and callers that ask too often.

use super::auth;
use super::dialect::Dialect;
use super::limits::MAX_HEAD_BYTES;
use super::rates::Allowance;
use super::site::Site;
use crate::error::{Error, RequestFault};
use actix_web::HttpMessage;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::middleware::Next;
use actix_web::web::Data;
use std::net::{IpAddr, Ipv6Addr};

/// Lets a request pass, or answers it with why not.
pub(super) async fn admit<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let fault = match Dialect::of(request.path()) {
        Dialect::Probe => None,
        _ if head_bytes(&request) > MAX_HEAD_BYTES => Some(RequestFault::HeadTooLarge),
        _ => count(&request),
    };
    match fault {
        None => Ok(next.call(request).await?.map_into_left_body()),
        Some(fault) => {
            let refusal = request.error_response(Error::Request(fault));
            Ok(refusal.map_into_right_body())
        }
    }
}

fn head_bytes(request: &ServiceRequest) -> usize {
    let headers = request.headers().iter();
    let bytes: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    bytes + request.path().len() + request.query_string().len()
}

/// Counts the request for its address and its key, and leaves with it what its caller is told of that.
fn count(request: &ServiceRequest) -> Option<RequestFault> {
    let site = request.app_data::<Data<Site>>()?;
    let rates = &site.limits;
    let of_address = rates.per_address.as_ref().and_then(|rate| {
        let address = site.caller_address(request.request())?;
        Some(rate.count(network(address)))
    });
    let of_key = rates.per_key.as_ref().and_then(|rate| {
        let key = auth::shown_key(request.headers())?;
        Some(rate.count(key))
    });
    // The one that refuses counts, or else the one that will sooner.
    let told = [of_address, of_key].into_iter().flatten();
    let allowance = told.min_by_key(|told| (told.retry_after.is_none(), told.remaining))?;
    request.extensions_mut().insert(allowance);
    allowance.retry_after.map(RequestFault::TooMany)
}

/// Whoever has an address of IPv6 has all that share its first 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

impl Allowance {
    /// Tells the caller of it (draft-ietf-httpapi-ratelimit-headers-06).
    pub(super) fn add_headers(self, headers: &mut HeaderMap) {
        for (name, value) in [
            ("ratelimit-limit", u64::from(self.limit)),
            ("ratelimit-remaining", u64::from(self.remaining)),
            ("ratelimit-reset", self.reset),
        ] {
            headers.insert(HeaderName::from_static(name), value.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_ipv6_are_one_caller() {
        for (address, told_apart_as) in [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::", "2001:db8:1:2::"),
        ] {
            let address = network(address.parse().unwrap());
            assert_eq!(address.to_string(), told_apart_as);
        }
    }
}
