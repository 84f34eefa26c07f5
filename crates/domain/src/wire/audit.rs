//! How an event of the audit trail is printed.

use crate::{id::UserId, time::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One change of one target.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::AuditEvent))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// The event's id; later events have greater ones.
    pub id: i64,
    /// When.
    pub occurred_at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What happened: `noun.verb`.
    pub action: String,
    /// To what.
    pub target: Target,
    /// What there was, of that which changed.
    pub before: Option<Map<String, Value>>,
    /// What there is, of that which changed.
    pub after: Option<Map<String, Value>>,
    /// The request that did it.
    pub request_id: Option<String>,
    /// The caller's address.
    pub ip: Option<String>,
    /// The dialect, or `cli`.
    pub via: String,
}

/// Who changed something.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::Actor))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// `user`, `system` or `cli`.
    pub kind: String,
    /// The acting user.
    pub id: Option<UserId>,
    /// The acting user's address at that time.
    pub email: Option<String>,
}

/// What was changed.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::Target))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `tenant`, `user`, `group`, `key` or `session`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: i64,
    /// What people call it.
    pub label: String,
}
