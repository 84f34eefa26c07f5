//! The wire types of v2, and what the domain says of the bodies that are sent to it.

use crate::bodies::Read;
use crate::domain::{RoundTrip, as_type};
use roster_contract::Request;
use roster_domain::id::{GroupId, UserAttributeId, UserId};
use roster_domain::wire::v2;

fn is(request: &Request, method: &str, pattern: &str) -> bool {
    let method = method == request.method || (method, &*request.method) == ("GET", "HEAD");
    method && request.is_at(&format!("/api/v2/{pattern}"))
}

/// The type of an answer's body.
pub(crate) fn response_type(request: &Request, status: u16) -> RoundTrip {
    let is = |method: &str, pattern: &str| is(request, method, pattern);
    if status >= 400 {
        as_type::<v2::ErrorBody>
    } else if is("GET", "users") {
        as_type::<v2::UserPage>
    } else if is("POST", "users/invite") || is("POST", "users/{id}/resend_invite") {
        as_type::<v2::JobAnswer>
    } else if is("GET", "users/check_holistics_user") {
        as_type::<v2::IsAlreadyUser>
    } else if is("GET", "users/me") || is("GET", "users/{id}") {
        as_type::<v2::UserAnswer>
    } else if is("PUT", "users/{id}") {
        as_type::<v2::User>
    } else if is("GET", "groups") {
        as_type::<v2::GroupPage>
    } else if is("POST", "groups") || is("GET", "groups/{id}") || is("PUT", "groups/{id}") {
        as_type::<v2::GroupAnswer>
    } else if is("GET", "user_attributes") {
        as_type::<v2::UserAttributePage>
    } else if is("POST", "user_attributes") {
        as_type::<v2::UserAttributeCreated>
    } else if is("GET", "user_attributes/{id}") || is("PUT", "user_attributes/{id}") {
        as_type::<v2::UserAttributeAnswer>
    } else if is("GET", "user_attribute_entries") {
        as_type::<v2::UserAttributeEntryPage>
    } else if is("GET", "user_attribute_entries/computed_values") {
        as_type::<v2::UserAttributeValues>
    } else if is("PUT", "user_attribute_entries/upsert") {
        as_type::<v2::UserAttributeEntries>
    } else if is("GET", "jobs") {
        as_type::<v2::Jobs>
    } else if is("GET", "jobs/{id}") {
        as_type::<v2::JobAnswer>
    } else if is("GET", "jobs/{id}/logs") {
        as_type::<v2::JobLogs>
    } else if is("GET", "jobs/{id}/result") {
        as_type::<v2::JobResult>
    } else {
        as_type::<v2::Message>
    }
}

/// What reads the body of a request; the flag says that there need not be one.
pub(crate) fn reader(request: &Request) -> Option<(Read, bool)> {
    let is = |method: &str, pattern: &str| is(request, method, pattern);
    let read: Read = if is("POST", "users/invite") {
        |body| v2::invite_users(body).map(drop)
    } else if is("PUT", "users/{id}") {
        |body| v2::edit_user(UserId(1), body).map(drop)
    } else if is("POST", "groups") {
        |body| v2::create_group(body).map(drop)
    } else if is("PUT", "groups/{id}") {
        |body| v2::rename_group(GroupId(1), None, body).map(drop)
    } else if is("POST", "user_attributes") {
        |body| v2::create_user_attribute(body).map(drop)
    } else if is("PUT", "user_attributes/{id}") {
        |body| v2::update_user_attribute(UserAttributeId(1), body).map(drop)
    } else if is("PUT", "user_attribute_entries/upsert") {
        |body| v2::upsert_entries(body).map(drop)
    } else {
        return None;
    };
    Some((read, false))
}
