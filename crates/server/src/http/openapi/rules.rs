//! What follows from a route: who may ask, and what can go wrong.

use super::dialect::Dialect;
use super::operation::Operation;
use super::parameter;
use crate::http::route::Route;
use roster_domain::permission::{CredentialKind, TABLE};
use std::collections::BTreeSet;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::security::SecurityRequirement;

/// The names of the ways to show who asks.
pub(super) const KEY: &str = "key";
pub(super) const BEARER: &str = "bearer";
pub(super) const SESSION: &str = "session";
pub(super) const CSRF: &str = "csrf";

/// A kind of fault, whatever the dialect.
pub(super) struct Fault {
    pub(super) status: u16,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Whether the answer says when to try again.
    pub(super) is_temporary: bool,
}

const fn fault(status: u16, name: &'static str, description: &'static str) -> Fault {
    Fault {
        status,
        name,
        description,
        is_temporary: matches!(status, 429 | 503),
    }
}

/// All kinds of faults.
pub(super) const FAULTS: &[Fault] = &[
    fault(
        400,
        "BadRequest",
        "The body is no JSON object, or a parameter or header is malformed; the message says where.",
    ),
    fault(
        401,
        "Unauthorized",
        "Nobody is recognised by what was shown.",
    ),
    fault(403, "Forbidden", "Whoever asks may not do this."),
    fault(404, "NotFound", "What is asked for is not there."),
    fault(
        408,
        "RequestTimeout",
        "The body did not arrive in time: within 15 seconds, unless the server is set otherwise.",
    ),
    fault(
        409,
        "Conflict",
        "Another request with this `Idempotency-Key` is still being served.",
    ),
    fault(410, "Gone", "The link has expired or was used."),
    fault(
        412,
        "PreconditionFailed",
        "What is to be changed has another version than `If-Match` says.",
    ),
    fault(413, "ContentTooLarge", "The body is larger than 1 MiB."),
    fault(
        422,
        "UnprocessableContent",
        "Fields are missing, unknown or malformed, or a rule would be broken; all faults are told.",
    ),
    fault(
        429,
        "TooManyRequests",
        "Too many attempts, or more requests than the server's limits allow.",
    ),
    fault(
        431,
        "RequestHeaderFieldsTooLarge",
        "The path and the headers are larger than 32 KiB.",
    ),
    fault(
        500,
        "InternalServerError",
        "A fault of the server; its operator finds it by the request's id.",
    ),
    fault(
        503,
        "ServiceUnavailable",
        "The server is busy, or cannot reach its database.",
    ),
];

/// What holds for one route.
pub(super) struct Rules {
    pub(super) security: Vec<SecurityRequirement>,
    pub(super) statuses: BTreeSet<u16>,
    takes_version: bool,
    is_idempotent: bool,
}

impl Rules {
    /// Derives it.
    pub(super) fn of(dialect: &Dialect, route: &Route, operation: &Operation) -> Self {
        let row = TABLE.iter().find(|row| row.action == route.action);
        let by = |kind| row.is_some_and(|row| row.credentials.contains(&kind));
        let is_read = route.method == "GET";
        let is_idempotent = dialect.is_idempotent && route.method == "POST";
        let (by_key, by_session) = (by(CredentialKind::ApiKey), by(CredentialKind::Session));
        let by_link = by(CredentialKind::Link);
        let has_body = operation.body.is_some();
        let has_query = !operation.query.is_empty();
        let mut security = Vec::new();
        if by_key {
            security.extend([KEY, BEARER].map(|name| SecurityRequirement::new(name, [""; 0])));
        }
        if by_session {
            let session = SecurityRequirement::new(SESSION, [""; 0]);
            security.push(match is_read {
                true => session,
                false => session.add(CSRF, [""; 0]),
            });
        }
        let applying = [
            (
                400,
                has_body || has_query || operation.takes_version || is_idempotent,
            ),
            (401, by_key || by_session),
            (403, by_key || by_session),
            (404, route.pattern.contains('{')),
            (408, !is_read),
            (409, is_idempotent),
            (410, by_link),
            (412, operation.takes_version),
            (413, !is_read),
            (422, has_body || (dialect.is_idempotent && !is_read)),
            (429, true),
            (431, true),
            (500, true),
            (503, true),
        ];
        let derived = applying.into_iter().filter(|(_, applies)| *applies);
        let more = operation.more.iter().copied();
        Self {
            security,
            statuses: derived.map(|(status, _)| status).chain(more).collect(),
            takes_version: operation.takes_version,
            is_idempotent,
        }
    }

    /// The headers that a request may have.
    pub(super) fn headers(&self) -> Vec<Parameter> {
        let mut headers = Vec::new();
        if self.takes_version {
            headers.push(parameter::header(
                "If-Match",
                parameter::text(),
                "The version, as `ETag` gave it, that has to be the present one, or `*`.",
            ));
        }
        if self.is_idempotent {
            headers.push(parameter::header(
                "Idempotency-Key",
                parameter::visible_text(255),
                "A text of the client's choice, in ASCII and without spaces. The same request under the same text, within 24 hours, gets the same answer and changes nothing more.",
            ));
        }
        headers
    }

    /// The header that an answer has when it is given once more.
    pub(super) fn answer_header(&self) -> Option<(&'static str, &'static str)> {
        self.is_idempotent.then_some((
            "Idempotency-Replayed",
            "`true` where this is the answer to an earlier request with the same `Idempotency-Key`.",
        ))
    }
}
