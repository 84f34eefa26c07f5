//! Faults as pages: what happened, what to do, and a way back.

use super::view::{minutes, page};
use crate::error::{Error, RequestFault, Unavailable};
use crate::http::limits::MAX_BODY_BYTES;
use crate::http::v2::error::{message, status};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use roster_domain::Error as Refusal;
use roster_domain::link::LinkFault;

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage<'a> {
    title: &'static str,
    text: String,
    back: (&'a str, &'static str),
    /// By what the operator finds the fault in the log, where that can help.
    request_id: Option<&'a str>,
}

const ACCOUNT: (&str, &str) = ("/account", "Go to your account");
const SIGN_IN: (&str, &str) = ("/sign_in", "Go to sign-in");
const NEW_LINK: (&str, &str) = ("/password_resets/new", "Ask for a new link");

/// The page that tells of a fault of the request for a path.
pub(crate) fn answer(error: &Error, request_id: &str, path: &str) -> HttpResponse {
    let (title, text) = told(error, path);
    let status = match error {
        // Nobody can show a session by a form, so it is no question of showing one.
        Error::Domain(Refusal::SessionMissing | Refusal::SessionInvalid) => StatusCode::FORBIDDEN,
        _ => status(error),
    };
    let fault = FaultPage {
        title,
        text,
        back: way_back(error, path),
        request_id: status.is_server_error().then_some(request_id),
    };
    let mut answer =
        page(status, &fault).unwrap_or_else(|_| HttpResponse::build(status).body(message(error)));
    if let Some(seconds) = error.retry_after() {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    answer
}

fn way_back<'a>(error: &Error, path: &'a str) -> (&'a str, &'static str) {
    let is_of_account = path.starts_with("/account") || path == "/sign_out";
    match error {
        Error::Domain(Refusal::CsrfInvalid) if !is_of_account => (path, "Open the page again"),
        Error::Domain(Refusal::Link(_)) if is_of_reset(path) => NEW_LINK,
        Error::Domain(Refusal::SessionMissing | Refusal::SessionInvalid | Refusal::Link(_)) => {
            SIGN_IN
        }
        _ => ACCOUNT,
    }
}

fn is_of_reset(path: &str) -> bool {
    path.starts_with("/password_resets/")
}

/// What happened, and what to do.
fn told(error: &Error, path: &str) -> (&'static str, String) {
    match error {
        Error::Domain(refusal) => refused(refusal, error, path),
        Error::Request(fault) => unread(fault),
        Error::Unavailable(why) => unavailable(*why),
        Error::Internal(_) => (
            "Something went wrong",
            "It is not your fault. Try again; if it goes on, tell your admin what you did, and the number below."
                .to_owned(),
        ),
    }
}

fn refused(refusal: &Refusal, error: &Error, path: &str) -> (&'static str, String) {
    let (title, text) = match refusal {
        Refusal::SessionMissing | Refusal::SessionInvalid => (
            "Your session has ended",
            "Nothing was changed. Sign in and try again.",
        ),
        Refusal::CsrfInvalid => (
            "This form is out of date",
            "You may have signed in or out since you opened it, or your browser keeps no cookies. Nothing was changed. Open the page again and try once more.",
        ),
        Refusal::TooManyAttempts(seconds) => {
            let text = format!("Nothing was changed. Try again in {}.", minutes(*seconds));
            return ("Too many attempts", text);
        }
        Refusal::Link(fault) if is_of_reset(path) => dead_reset(*fault),
        Refusal::Link(fault) => dead_invitation(*fault),
        Refusal::ApiAccessOff => (
            "API access is off",
            "No key was made. An admin has to allow you API access first.",
        ),
        Refusal::KeyExpired => (
            "This key has expired",
            "It cannot be rotated any more. Make a new one.",
        ),
        Refusal::NotFound => (
            "No longer there",
            "What you wanted to change is gone; perhaps you removed it in another window.",
        ),
        Refusal::KeyMissing | Refusal::KeyInvalid | Refusal::SignInRefused | Refusal::Forbidden => {
            ("Not allowed", "You do not have permission to do this.")
        }
        Refusal::Invalid(_)
        | Refusal::Parameter(_)
        | Refusal::EmailTaken
        | Refusal::EmailsRefused(_)
        | Refusal::VersionConflict
        | Refusal::SystemAttribute
        | Refusal::AttributeNameTaken
        | Refusal::IdempotencyKeyReused
        | Refusal::IdempotencyKeyInUse
        | Refusal::PasswordOfPending
        | Refusal::GroupNameTaken
        | Refusal::NewGroupNameTaken
        | Refusal::KeyTaken
        | Refusal::TenantNameTaken
        | Refusal::TenantSlugTaken
        | Refusal::UserDeleted
        | Refusal::UserAlreadyDeleted
        | Refusal::UserNotDeleted
        | Refusal::InvitationAccepted
        | Refusal::CannotDeleteSelf
        | Refusal::LastAdmin => {
            let text = format!("Nothing was changed. {}.", message(error));
            return ("That did not work", text);
        }
    };
    (title, text.to_owned())
}

fn dead_invitation(fault: LinkFault) -> (&'static str, &'static str) {
    match fault {
        LinkFault::Unknown => (
            "We do not know this invitation",
            "Perhaps the link was cut off: copy all of it from the mail. If that does not help, ask whoever invited you for a new one.",
        ),
        LinkFault::Replaced => (
            "There is a newer invitation",
            "It took the place of this one. Open the link in the latest mail.",
        ),
        LinkFault::UserDeleted => (
            "This invitation was withdrawn",
            "The user it was for has been deleted. If you think that is a mistake, ask whoever invited you.",
        ),
        LinkFault::Expired => (
            "This invitation has expired",
            "Ask whoever invited you to send it again.",
        ),
        LinkFault::Used => (
            "This invitation has been accepted",
            "It works once. Sign in with your email address and the password that you chose.",
        ),
    }
}

fn dead_reset(fault: LinkFault) -> (&'static str, &'static str) {
    match fault {
        LinkFault::Unknown | LinkFault::Replaced => (
            "We do not know this link",
            "Perhaps it was cut off: copy all of it from the mail. Or your password was changed since; then the link is of no use any more.",
        ),
        LinkFault::UserDeleted => (
            "This link is of no use any more",
            "The user it was for has been deleted. If you think that is a mistake, ask your admin.",
        ),
        LinkFault::Expired => (
            "This link has expired",
            "Nothing was changed. Ask for a new one.",
        ),
        LinkFault::Used => (
            "This link has been used",
            "It works once. Sign in with your new password, or ask for a new link.",
        ),
    }
}

fn unread(fault: &RequestFault) -> (&'static str, String) {
    let (title, text) = match fault {
        RequestFault::UnknownRoute => (
            "Page not found",
            "There is no page at this address. Perhaps it was mistyped or cut off.",
        ),
        RequestFault::MethodNotAllowed => (
            "Nothing to show here",
            "This address takes forms and has no page of its own.",
        ),
        RequestFault::HeadTooLarge => (
            "That was too much",
            "Nothing was changed. The address of the page, or what your browser sends with it, is too long: delete the cookies of this site and try again.",
        ),
        RequestFault::TooMany(seconds) => {
            let text = format!("Nothing was changed. Try again in {}.", minutes(*seconds));
            return ("Too many requests", text);
        }
        RequestFault::TooLarge => {
            let limit = MAX_BODY_BYTES / 1_048_576;
            let text = format!("Nothing was changed. A form may have {limit} MiB at most.");
            return ("That was too much", text);
        }
        RequestFault::Incomplete => (
            "The form did not arrive",
            "Nothing was changed. Check your connection and try again.",
        ),
        RequestFault::Syntax(_) => (
            "The form cannot be read",
            "Nothing was changed. Open the page again and try once more.",
        ),
    };
    (title, text.to_owned())
}

fn unavailable(why: Unavailable) -> (&'static str, String) {
    let (title, text) = match why {
        Unavailable::Busy | Unavailable::Contended => (
            "Roster is busy",
            "Nothing was changed. Try again in a moment.",
        ),
        Unavailable::Down => (
            "Roster cannot reach its database",
            "Nothing was changed. Try again in a moment; if it goes on, tell your admin.",
        ),
        Unavailable::Full => (
            "Roster's disk is full",
            "Nothing was changed. Tell your admin.",
        ),
        Unavailable::OutcomeUnknown => (
            "The connection to the database broke",
            "Your change may have happened or not. Look before you try again.",
        ),
    };
    (title, text.to_owned())
}
