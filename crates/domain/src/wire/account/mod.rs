//! The account API: what browsers and people's programs send about their own user, and what comes back.
//!
//! `request` reads what they send, `audit` the query of the audit trail.

mod audit;
mod request;

pub use audit::AuditQuery;
pub use request::{
    AcceptInvitationRequest, Attempted, ChangePasswordRequest, CreateKeyRequest,
    PasswordResetRequest, ProfileRequest, ResetPasswordRequest, RotateKeyRequest, SignInRequest,
    accept_invitation, change_password, create_key, request_password_reset, reset_password,
    rotate_key, sign_in, update_profile,
};

use super::v2;
use crate::{
    credential::KeyDetails,
    id::{ApiKeyId, SessionId},
    name::Name,
    time::Timestamp,
    wire::audit::AuditEvent,
};
use serde::{Deserialize, Serialize};

/// The user whose session has just begun.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::SignedIn))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The user.
    pub user: v2::User,
    /// The text for the header `X-CSRF-Token` of every request but GET.
    pub csrf_token: String,
}

/// The session that asks.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::OwnSession))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// The user.
    pub user: v2::User,
    /// The text for the header `X-CSRF-Token` of every request but GET.
    pub csrf_token: String,
    /// When the session ends if it is not used again.
    pub expires_at: Timestamp,
}

/// A user alone.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::OwnUser))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnUser {
    /// The user.
    pub user: v2::User,
}

/// The sessions of a user, the newest first.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::Sessions))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// Those that have not ended.
    pub sessions: Vec<Session>,
}

/// A session in a list.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::Session))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends if it is not used again.
    pub expires_at: Timestamp,
    /// The address it began from.
    pub ip: Option<String>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// What an invitation says.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::Invitation))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Into what.
    pub tenant: Named,
    /// Who invites.
    pub invited_by: Named,
    /// Who is invited.
    pub email: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Something of which the name is told.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::Named))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name.
    pub name: String,
}

/// The answer to a request for a new password, whoever has the address.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::Message))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What happens next.
    pub message: String,
}

/// The API keys of a user, the newest first.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::Keys))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Those that were not revoked.
    pub keys: Vec<Key>,
}

/// A key in a list.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::Key))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The id.
    pub id: ApiKeyId,
    /// A label for people.
    pub label: Option<String>,
    /// Its first characters.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last accepted, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// The time from which it is refused.
    pub expires_at: Option<Timestamp>,
}

impl From<KeyDetails> for Key {
    fn from(key: KeyDetails) -> Self {
        Self {
            id: key.id,
            label: key.label.map(Name::into_string),
            prefix: key.prefix,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            expires_at: key.expires_at,
        }
    }
}

/// A key that was just made.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::NewKey))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// What the list will show of it.
    pub key: Key,
    /// The key itself, shown this once.
    pub authentication_token: String,
}

/// A page of the audit trail.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::AuditEvents))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvents {
    /// The events, the oldest first.
    pub audit_events: Vec<AuditEvent>,
    /// The pages beside it.
    pub cursors: v2::Cursors,
}
