//! Faults as v2 prints them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The answer to whatever fails. Programs read the two fields at its top; the nested ones repeat them.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::ErrorBody))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What kind of fault.
    #[serde(rename = "type")]
    pub kind: ErrorType,
    /// A text for people.
    pub message: String,
    /// With [`ErrorType::Record`]: for each faulty field what is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<BTreeMap<String, Vec<String>>>,
    /// With [`ErrorType::InvalidEmailsInvitation`]: each address that cannot be invited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Vec<InvalidEmail>>,
    /// The same once more, and the request's id.
    pub error: NestedError,
}

impl ErrorBody {
    /// A fault of a request.
    pub fn new(kind: ErrorType, message: impl Into<String>, request_id: &str) -> Self {
        let message = message.into();
        Self {
            error: NestedError {
                kind: kind.clone(),
                message: message.clone(),
                debug_id: request_id.to_owned(),
            },
            kind,
            message,
            record: None,
            data: None,
        }
    }
}

/// The fault again, inside [`ErrorBody`].
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::NestedError))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NestedError {
    /// What kind of fault.
    #[serde(rename = "type")]
    pub kind: ErrorType,
    /// A text for people.
    pub message: String,
    /// The request's id, under which the server's log has it.
    pub debug_id: String,
}

/// An address that cannot be invited.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::InvalidEmail))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidEmail {
    /// The address, as it was sent.
    pub email: String,
    /// Why not.
    pub reason: String,
}

/// The kinds of faults. Words that are not known are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ErrorType {
    /// What is asked for is not there.
    #[serde(rename = "BaseError")]
    Base,
    /// The request is malformed.
    #[serde(rename = "InvalidParameterError")]
    InvalidParameter,
    /// Nobody is recognised by what was shown.
    #[serde(rename = "AuthError")]
    Auth,
    /// Whoever asks may not.
    #[serde(rename = "PermissionDeniedError")]
    PermissionDenied,
    /// The state of things forbids it.
    #[serde(rename = "InvalidOperationError")]
    InvalidOperation,
    /// Fields break rules.
    #[serde(rename = "RecordError")]
    Record,
    /// Addresses cannot be invited.
    #[serde(rename = "InvalidEmailsInvitationError")]
    InvalidEmailsInvitation,
    /// Too often.
    #[serde(rename = "RateLimitExceedError")]
    RateLimitExceed,
    /// A fault of the server.
    #[serde(rename = "InternalHolisticsError")]
    Internal,
    /// Not now.
    #[serde(rename = "MaintenanceError")]
    Maintenance,
    /// Any other word.
    #[serde(untagged)]
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_stands_twice_and_unknown_kinds_are_kept() {
        let body = ErrorBody::new(ErrorType::Auth, "Sign in first", "4711");
        let json = serde_json::json!({
            "type": "AuthError", "message": "Sign in first",
            "error": {"type": "AuthError", "message": "Sign in first", "debug_id": "4711"},
        });
        assert_eq!(serde_json::to_value(&body).unwrap(), json);
        let kind: ErrorType = serde_json::from_str("\"NewError\"").unwrap();
        assert_eq!(kind, ErrorType::Other("NewError".to_owned()));
        assert_eq!(serde_json::to_string(&kind).unwrap(), "\"NewError\"");
    }
}
