//! Faults as v1 prints them: `{"errors":["message", …]}`, whatever the status.

use crate::error::{Error, RequestFault, Unavailable};
use crate::http::limits::{MAX_BODY_BYTES, MAX_HEAD_BYTES};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use roster_domain::Error as Refusal;
use roster_domain::wire::v1::Errors;

/// The answer to a fault.
pub(crate) fn answer(error: &Error, request_id: &str) -> HttpResponse {
    let (status, errors) = match error {
        Error::Domain(refusal) => domain(refusal),
        Error::Request(fault) => request(fault),
        Error::Unavailable(why) => unavailable(*why),
        Error::Internal(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            vec![
                "Internal error".to_owned(),
                format!("request id {request_id}"),
            ],
        ),
    };
    let mut answer = HttpResponse::build(status);
    if let Some(seconds) = error.retry_after() {
        answer.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    answer.json(Errors { errors })
}

fn domain(refusal: &Refusal) -> (StatusCode, Vec<String>) {
    const RULE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    let (status, text) = match refusal {
        Refusal::Invalid(faults) => {
            return (RULE, faults.iter().map(ToString::to_string).collect());
        }
        Refusal::Parameter(faults) => {
            let texts = faults.iter().map(ToString::to_string);
            return (StatusCode::BAD_REQUEST, texts.collect());
        }
        Refusal::IdempotencyKeyReused => (
            RULE,
            "Another request was sent under this Idempotency-Key; give each request its own",
        ),
        Refusal::IdempotencyKeyInUse => (
            StatusCode::CONFLICT,
            "A request under this Idempotency-Key is being served; try again",
        ),
        Refusal::KeyMissing => (StatusCode::UNAUTHORIZED, "API key is missing"),
        Refusal::KeyInvalid => (StatusCode::UNAUTHORIZED, "API key is invalid"),
        // Nothing of v1 refuses with these.
        Refusal::SessionMissing
        | Refusal::SessionInvalid
        | Refusal::SignInRefused
        | Refusal::CsrfInvalid
        | Refusal::TooManyAttempts(_)
        | Refusal::Link(_)
        | Refusal::ApiAccessOff
        | Refusal::KeyExpired
        | Refusal::VersionConflict
        | Refusal::SystemAttribute
        | Refusal::AttributeNameTaken
        | Refusal::PasswordOfPending
        | Refusal::TenantSlugTaken => (RULE, refusal.code()),
        Refusal::Forbidden => (
            StatusCode::FORBIDDEN,
            "You do not have permission to perform this action",
        ),
        Refusal::NotFound => (StatusCode::NOT_FOUND, "Resource not found"),
        Refusal::EmailsRefused(_) | Refusal::EmailTaken => (RULE, "Email already existed"),
        Refusal::GroupNameTaken | Refusal::NewGroupNameTaken => {
            (RULE, "Group name already existed")
        }
        Refusal::KeyTaken => (RULE, "API key already existed"),
        Refusal::TenantNameTaken => (RULE, "Tenant name already existed"),
        Refusal::UserDeleted => (RULE, "User is deleted"),
        Refusal::UserAlreadyDeleted => (RULE, "User is already deleted"),
        Refusal::UserNotDeleted => (RULE, "User is not deleted"),
        Refusal::InvitationAccepted => (RULE, "Invitation is already accepted"),
        Refusal::CannotDeleteSelf => (RULE, "You cannot delete yourself"),
        Refusal::LastAdmin => (RULE, "The last admin cannot be removed"),
    };
    (status, vec![text.to_owned()])
}

fn request(fault: &RequestFault) -> (StatusCode, Vec<String>) {
    let (status, text) = match fault {
        RequestFault::UnknownRoute => (StatusCode::NOT_FOUND, "Route not found".to_owned()),
        RequestFault::MethodNotAllowed => (
            StatusCode::METHOD_NOT_ALLOWED,
            "Method not allowed".to_owned(),
        ),
        RequestFault::HeadTooLarge => (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            format!(
                "Path and headers are larger than {} KiB",
                MAX_HEAD_BYTES / 1_024
            ),
        ),
        RequestFault::TooMany(seconds) => (
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many requests; try again in {seconds} s"),
        ),
        RequestFault::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("Body is larger than {} MiB", MAX_BODY_BYTES / 1_048_576),
        ),
        RequestFault::Incomplete => (
            StatusCode::REQUEST_TIMEOUT,
            "Body did not arrive in time".to_owned(),
        ),
        RequestFault::Syntax(text) => (StatusCode::BAD_REQUEST, text.clone()),
    };
    (status, vec![text])
}

fn unavailable(why: Unavailable) -> (StatusCode, Vec<String>) {
    let text = match why {
        Unavailable::Busy | Unavailable::Contended => {
            "The service is busy; nothing was done, try again"
        }
        Unavailable::Down => "The database cannot be reached; nothing was done, try again",
        Unavailable::Full => {
            "The disk of the database is full; nothing was done, try again when there is room"
        }
        Unavailable::OutcomeUnknown => {
            "The connection to the database broke; the change may have happened, look before trying again"
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, vec![text.to_owned()])
}
