//! Faults as v2 prints them: `{"type","message","error":{"type","message","debug_id"}}`.

use crate::error::{Error, RequestFault, Unavailable};
use crate::http::limits::{MAX_BODY_BYTES, MAX_HEAD_BYTES};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use roster_domain::link::LinkFault;
use roster_domain::user::RefusedEmail;
use roster_domain::wire::v2::{ErrorBody, ErrorType, InvalidEmail};
use roster_domain::{Error as Refusal, FieldFault};
use std::collections::BTreeMap;

/// The answer to a fault.
pub(crate) fn answer(error: &Error, request_id: &str) -> HttpResponse {
    let (status, kind) = match error {
        Error::Domain(refusal) => domain(refusal),
        Error::Request(fault) => request(fault),
        Error::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, ErrorType::Maintenance),
        Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, ErrorType::Internal),
    };
    let mut body = ErrorBody::new(kind, message(error), request_id);
    if let Error::Domain(Refusal::Invalid(faults)) = error {
        body.record = Some(by_field(faults));
    }
    if let Error::Domain(Refusal::EmailsRefused(refused)) = error {
        body.data = Some(refused.iter().map(invalid_email).collect());
    }
    let mut answer = HttpResponse::build(status);
    if let Some(seconds) = error.retry_after() {
        answer.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    answer.json(body)
}

/// The status of a fault.
pub(crate) fn status(error: &Error) -> StatusCode {
    match error {
        Error::Domain(refusal) => domain(refusal).0,
        Error::Request(fault) => request(fault).0,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn domain(refusal: &Refusal) -> (StatusCode, ErrorType) {
    match refusal {
        Refusal::KeyMissing
        | Refusal::KeyInvalid
        | Refusal::SessionMissing
        | Refusal::SessionInvalid
        | Refusal::SignInRefused => (StatusCode::UNAUTHORIZED, ErrorType::Auth),
        Refusal::CsrfInvalid | Refusal::Forbidden | Refusal::ApiAccessOff => {
            (StatusCode::FORBIDDEN, ErrorType::PermissionDenied)
        }
        // Who deletes twice, not sure whether the first time went well, is told that it did.
        Refusal::NotFound
        | Refusal::UserAlreadyDeleted
        | Refusal::Link(LinkFault::Unknown | LinkFault::Replaced | LinkFault::UserDeleted) => {
            (StatusCode::NOT_FOUND, ErrorType::Base)
        }
        Refusal::Link(LinkFault::Expired | LinkFault::Used) => {
            (StatusCode::GONE, ErrorType::InvalidOperation)
        }
        Refusal::TooManyAttempts(_) => (StatusCode::TOO_MANY_REQUESTS, ErrorType::RateLimitExceed),
        Refusal::Parameter(_) => (StatusCode::BAD_REQUEST, ErrorType::InvalidParameter),
        Refusal::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorType::Record),
        Refusal::VersionConflict => (StatusCode::PRECONDITION_FAILED, ErrorType::InvalidOperation),
        Refusal::IdempotencyKeyInUse => (StatusCode::CONFLICT, ErrorType::InvalidOperation),
        Refusal::SystemAttribute => (StatusCode::FORBIDDEN, ErrorType::PermissionDenied),
        Refusal::EmailsRefused(_) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            ErrorType::InvalidEmailsInvitation,
        ),
        Refusal::NewGroupNameTaken => (
            StatusCode::UNPROCESSABLE_ENTITY,
            ErrorType::InvalidParameter,
        ),
        Refusal::EmailTaken
        | Refusal::AttributeNameTaken
        | Refusal::IdempotencyKeyReused
        | Refusal::PasswordOfPending
        | Refusal::GroupNameTaken
        | Refusal::KeyTaken
        | Refusal::KeyExpired
        | Refusal::TenantNameTaken
        | Refusal::TenantSlugTaken
        | Refusal::UserDeleted
        | Refusal::UserNotDeleted
        | Refusal::InvitationAccepted
        | Refusal::CannotDeleteSelf
        | Refusal::LastAdmin => (
            StatusCode::UNPROCESSABLE_ENTITY,
            ErrorType::InvalidOperation,
        ),
    }
}

fn request(fault: &RequestFault) -> (StatusCode, ErrorType) {
    match fault {
        RequestFault::UnknownRoute => (StatusCode::NOT_FOUND, ErrorType::Base),
        RequestFault::MethodNotAllowed => {
            (StatusCode::METHOD_NOT_ALLOWED, ErrorType::InvalidParameter)
        }
        RequestFault::HeadTooLarge => (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            ErrorType::InvalidParameter,
        ),
        RequestFault::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, ErrorType::RateLimitExceed),
        RequestFault::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorType::InvalidParameter),
        RequestFault::Incomplete => (StatusCode::REQUEST_TIMEOUT, ErrorType::InvalidParameter),
        RequestFault::Syntax(_) => (StatusCode::BAD_REQUEST, ErrorType::InvalidParameter),
    }
}

/// What a fault says to people, here and on pages.
pub(crate) fn message(error: &Error) -> String {
    let text = match error {
        Error::Domain(Refusal::Invalid(faults) | Refusal::Parameter(faults)) => {
            let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
            return texts.join("; ");
        }
        Error::Domain(refusal) => refusal_text(refusal),
        Error::Request(RequestFault::UnknownRoute) => "Route not found",
        Error::Request(RequestFault::MethodNotAllowed) => "Method not allowed",
        Error::Request(RequestFault::HeadTooLarge) => {
            let limit = MAX_HEAD_BYTES / 1_024;
            return format!("Path and headers are larger than {limit} KiB");
        }
        Error::Request(RequestFault::TooMany(seconds)) => {
            return format!("Too many requests; try again in {seconds} s");
        }
        Error::Request(RequestFault::TooLarge) => {
            return format!("Body is larger than {} MiB", MAX_BODY_BYTES / 1_048_576);
        }
        Error::Request(RequestFault::Incomplete) => "Body did not arrive in time",
        Error::Request(RequestFault::Syntax(text)) => text,
        Error::Unavailable(Unavailable::Busy | Unavailable::Contended) => {
            "The service is busy; nothing was done, try again"
        }
        Error::Unavailable(Unavailable::Down) => {
            "The database cannot be reached; nothing was done, try again"
        }
        Error::Unavailable(Unavailable::Full) => {
            "The disk of the database is full; nothing was done, try again when there is room"
        }
        Error::Unavailable(Unavailable::OutcomeUnknown) => {
            "The connection to the database broke; the change may have happened, look before trying again"
        }
        Error::Internal(_) => "Internal error",
    };
    text.to_owned()
}

fn refusal_text(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::KeyMissing => "API key is missing",
        Refusal::KeyInvalid => "API key is invalid",
        Refusal::SessionMissing => "Sign in first",
        Refusal::SessionInvalid => "The session has ended; sign in again",
        Refusal::CsrfInvalid => {
            "The text that proves where the request comes from is missing or wrong; get it from GET /api/account/session"
        }
        Refusal::SignInRefused => "Address and password do not match",
        Refusal::TooManyAttempts(_) => "Too many attempts; wait before the next one",
        Refusal::Link(LinkFault::Unknown) => "This link is not known",
        Refusal::Link(LinkFault::Replaced) => {
            "A newer invitation took the place of this link; ask for it"
        }
        Refusal::Link(LinkFault::UserDeleted) => "This user has been deleted",
        Refusal::Link(LinkFault::Expired) => "This link has expired; ask for a new one",
        Refusal::Link(LinkFault::Used) => "This link has been used already",
        Refusal::Forbidden => "You do not have permission to perform this action",
        Refusal::ApiAccessOff => "An admin has to allow you API access first",
        Refusal::NotFound => "Resource not found",
        Refusal::Invalid(_) | Refusal::Parameter(_) => "The request is not valid",
        Refusal::EmailsRefused(_) => "Some addresses cannot be invited; nobody was",
        Refusal::VersionConflict => "It has changed since you read it; read it again",
        Refusal::SystemAttribute => "Attributes of the system cannot be changed",
        Refusal::AttributeNameTaken => "Attribute name already existed",
        Refusal::IdempotencyKeyReused => {
            "Another request was sent under this Idempotency-Key; give each request its own"
        }
        Refusal::IdempotencyKeyInUse => {
            "A request under this Idempotency-Key is being served; try again"
        }
        Refusal::PasswordOfPending => {
            "A user who has not accepted the invitation has no password to change"
        }
        Refusal::EmailTaken => "Email already existed",
        Refusal::GroupNameTaken | Refusal::NewGroupNameTaken => "Group name already existed",
        Refusal::KeyTaken => "API key already existed",
        Refusal::KeyExpired => "The key has expired; make a new one",
        Refusal::TenantNameTaken => "Tenant name already existed",
        Refusal::TenantSlugTaken => "Tenant slug already existed",
        Refusal::UserDeleted => "User is deleted",
        Refusal::UserAlreadyDeleted => "User is already deleted",
        Refusal::UserNotDeleted => "User is not deleted",
        Refusal::InvitationAccepted => "Unable to locate invitation",
        Refusal::CannotDeleteSelf => "You cannot delete yourself",
        Refusal::LastAdmin => "The last admin cannot be removed",
    }
}

fn invalid_email(refused: &RefusedEmail) -> InvalidEmail {
    InvalidEmail {
        email: refused.email.clone(),
        reason: refused.reason.message.clone().into_owned(),
    }
}

fn by_field(faults: &[FieldFault]) -> BTreeMap<String, Vec<String>> {
    let mut record: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for FieldFault { field, fault } in faults {
        let messages = record.entry(field.clone()).or_default();
        messages.push(fault.message.clone().into_owned());
    }
    record
}
