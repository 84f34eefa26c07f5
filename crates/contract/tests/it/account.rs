//! The wire types of the account API, and what the domain says of the bodies that are sent to it.

use crate::bodies::Read;
use crate::domain::{RoundTrip, as_type};
use roster_contract::Request;
use roster_domain::wire::{account, v2};

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

/// What reads the body of a request; the flag says that there need not be one.
pub(crate) fn reader(request: &Request) -> Option<(Read, bool)> {
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
