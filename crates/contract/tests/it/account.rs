//! The wire types of the account API, and what the domain says of the bodies that are sent to it.

use crate::domain::{RoundTrip, as_type};
use roster_contract::{Exchange, Request};
use roster_domain::Error;
use roster_domain::wire::{account, parse_object, v2};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fn is(request: &Request, method: &str, pattern: &str) -> bool {
    let method = method == request.method || (method, &*request.method) == ("GET", "HEAD");
    method && request.is_at(&format!("/api/{pattern}"))
}

/// The type of an answer's body.
pub(crate) fn response_type(request: &Request, status: u16) -> RoundTrip {
    let is = |method: &str, pattern: &str| is(request, method, pattern);
    if status >= 400 {
        as_type::<v2::ErrorBody>
    } else if is("GET", "account/session") {
        as_type::<account::OwnSession>
    } else if is("POST", "account/session") || is("POST", "account/invitations/{token}") {
        as_type::<account::SignedIn>
    } else if is("GET", "account/sessions") {
        as_type::<account::Sessions>
    } else if is("GET", "account/invitations/{token}") {
        as_type::<account::Invitation>
    } else if is("POST", "account/password_resets") {
        as_type::<account::Message>
    } else if is("PATCH", "account/profile") {
        as_type::<account::OwnUser>
    } else if is("GET", "account/keys") {
        as_type::<account::Keys>
    } else if is("POST", "account/keys") || is("POST", "account/keys/{id}/rotate") {
        as_type::<account::NewKey>
    } else if is("GET", "audit_events") {
        as_type::<account::AuditEvents>
    } else {
        |body| Err(format!("a body where there is none: {body}"))
    }
}

type Read = fn(&Map<String, Value>) -> Result<(), Error>;

/// What reads the body of a request; the flag says that there need not be one.
fn reader(request: &Request) -> Option<(Read, bool)> {
    let is = |method: &str, pattern: &str| is(request, method, pattern);
    let read: (Read, bool) = if is("POST", "account/session") {
        (|body| account::sign_in(body).map(drop), false)
    } else if is("POST", "account/invitations/{token}") {
        (|body| account::accept_invitation(body).map(drop), false)
    } else if is("POST", "account/password_resets") {
        (
            |body| account::request_password_reset(body).map(drop),
            false,
        )
    } else if is("PUT", "account/password_resets/{token}") {
        (|body| account::reset_password(body).map(drop), false)
    } else if is("PUT", "account/password") {
        (|body| account::change_password(body).map(drop), false)
    } else if is("PATCH", "account/profile") {
        (|body| account::update_profile(body).map(drop), false)
    } else if is("POST", "account/keys") {
        (|body| account::create_key(body).map(drop), true)
    } else if is("POST", "account/keys/{id}/rotate") {
        (|body| account::rotate_key(body).map(drop), true)
    } else {
        return None;
    };
    Some(read)
}

/// A body that the server takes is one to the domain, and of one that the domain refuses both say the same.
pub(crate) fn check_request(exchange: &Exchange) -> Result<(), String> {
    let Some((read, may_be_absent)) = reader(&exchange.request) else {
        return Ok(());
    };
    let (status, body) = (exchange.response.status, &exchange.response.body);
    if matches!(status, 401 | 403 | 404 | 410) {
        // Nobody looked at what was sent.
        return Ok(());
    }
    let sent = exchange.request.body_text().unwrap_or_default();
    let sent = if may_be_absent && sent.is_empty() {
        "{}"
    } else {
        &sent
    };
    let object = match parse_object(sent.as_bytes()) {
        Ok(object) => object,
        Err(fault) => return expect(status, 400, body, "message", &fault.0.into()),
    };
    match read(&object) {
        Ok(()) if status == 400 => Err("the domain takes this body".to_owned()),
        Ok(()) => Ok(()),
        Err(Error::Invalid(faults)) => {
            let mut record: BTreeMap<String, Vec<_>> = BTreeMap::new();
            for found in faults {
                let messages = record.entry(found.field).or_default();
                messages.push(found.fault.message);
            }
            expect(status, 422, body, "record", &json!(record))
        }
        Err(other) => Err(format!("the domain says {other:?}")),
    }
}

fn expect(
    status: u16,
    expected_status: u16,
    body: &Option<Value>,
    member: &str,
    expected: &Value,
) -> Result<(), String> {
    let found = body.as_ref().and_then(|body| body.get(member));
    if status == expected_status && found == Some(expected) {
        Ok(())
    } else {
        Err(format!("the domain says {expected_status} {expected}"))
    }
}
