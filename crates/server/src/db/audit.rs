//! The audit trail's rows. They are only ever added.

use super::conn::Conn;
use super::schema::audit_events;
use diesel::prelude::*;
use roster_domain::audit::Event;
use roster_domain::id::TenantId;
use roster_domain::permission::Actor;
use roster_domain::time::Timestamp;
use serde_json::{Map, Value};

/// By which way a change came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The dialect, or `cli`.
    pub via: &'static str,
    /// The request's id.
    pub request_id: Option<String>,
    /// The caller's address.
    pub ip: Option<String>,
}

impl Origin {
    /// The command line.
    pub const CLI: Self = Self {
        via: "cli",
        request_id: None,
        ip: None,
    };
}

/// Adds an event.
pub fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    actor: &Actor,
    origin: &Origin,
    event: &Event,
    now: Timestamp,
) -> QueryResult<()> {
    let (kind, id, email) = match actor {
        Actor::User { id, email, .. } => ("user", Some(id.0), Some(email.as_str())),
        Actor::CommandLine => ("cli", None, None),
    };
    let json = |state: &Option<Map<String, Value>>| {
        state.clone().map(|state| Value::Object(state).to_string())
    };
    diesel::insert_into(audit_events::table)
        .values((
            audit_events::tenant_id.eq(tenant.0),
            audit_events::occurred_at.eq(now.as_micros()),
            audit_events::actor_kind.eq(kind),
            audit_events::actor_id.eq(id),
            audit_events::actor_email.eq(email),
            audit_events::action.eq(event.action.as_str()),
            audit_events::target_type.eq(event.target.kind.as_str()),
            audit_events::target_id.eq(event.target.id),
            audit_events::target_label.eq(&event.target.label),
            audit_events::before_change.eq(json(&event.before)),
            audit_events::after_change.eq(json(&event.after)),
            audit_events::request_id.eq(&origin.request_id),
            audit_events::ip.eq(&origin.ip),
            audit_events::via.eq(origin.via),
        ))
        .execute(conn)
        .map(|_| ())
}
