//! The audit trail's rows. They are only ever added.

use super::conn::Conn;
use super::schema::audit_events;
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::audit::{Event, TargetKind};
use roster_domain::id::{TenantId, UserId};
use roster_domain::permission::Actor;
use roster_domain::time::Timestamp;
use roster_domain::wire::audit as wire;
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

/// Takes a person out of the trail: the events stay, without address, name or other attributes.
pub fn forget_user(conn: &mut Conn, tenant: TenantId, id: UserId) -> QueryResult<()> {
    let of_tenant = audit_events::tenant_id.eq(tenant.0);
    diesel::update(audit_events::table.filter(of_tenant.and(audit_events::actor_id.eq(id.0))))
        .set(audit_events::actor_email.eq(None::<String>))
        .execute(conn)?;
    diesel::update(
        audit_events::table.filter(
            of_tenant
                .and(audit_events::target_type.eq(TargetKind::User.as_str()))
                .and(audit_events::target_id.eq(id.0)),
        ),
    )
    .set((
        audit_events::target_label.eq(format!("user {id}")),
        audit_events::before_change.eq(None::<String>),
        audit_events::after_change.eq(None::<String>),
    ))
    .execute(conn)
    .map(|_| ())
}

/// The events of a tenant behind one, ordered by id.
pub fn chunk(
    conn: &mut Conn,
    tenant: TenantId,
    after: i64,
    limit: i64,
) -> Result<Vec<wire::AuditEvent>> {
    let rows: Vec<EventRow> = audit_events::table
        .filter(
            audit_events::tenant_id
                .eq(tenant.0)
                .and(audit_events::id.gt(after)),
        )
        .order(audit_events::id)
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(wire::AuditEvent::try_from).collect()
}

/// An event's row, in the order of the columns.
#[derive(Debug, Queryable)]
struct EventRow {
    id: i64,
    _tenant_id: i64,
    occurred_at: i64,
    actor_kind: String,
    actor_id: Option<i64>,
    actor_email: Option<String>,
    action: String,
    target_type: String,
    target_id: i64,
    target_label: String,
    before_change: Option<String>,
    after_change: Option<String>,
    request_id: Option<String>,
    ip: Option<String>,
    via: String,
    _transaction_id: i64,
}

impl TryFrom<EventRow> for wire::AuditEvent {
    type Error = Error;

    fn try_from(row: EventRow) -> Result<Self> {
        let state = |json: Option<String>| match json {
            Some(json) => serde_json::from_str(&json).map_err(Error::internal),
            None => Ok(None),
        };
        Ok(Self {
            id: row.id,
            occurred_at: Timestamp::from_micros(row.occurred_at),
            actor: wire::Actor {
                kind: row.actor_kind,
                id: row.actor_id.map(UserId),
                email: row.actor_email,
            },
            action: row.action,
            target: wire::Target {
                kind: row.target_type,
                id: row.target_id,
                label: row.target_label,
            },
            before: state(row.before_change)?,
            after: state(row.after_change)?,
            request_id: row.request_id,
            ip: row.ip,
            via: row.via,
        })
    }
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
