//! The audit trail's rows. They are only ever added.

use super::alone;
use super::conn::{Conn, directly};
use super::schema::audit_events;
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::audit::{Event, EventFilter, TargetKind};
use roster_domain::id::{TenantId, UserId};
use roster_domain::page::{Page, Position, Rows};
use roster_domain::permission::Actor;
use roster_domain::time::Timestamp;
use roster_domain::wire::audit as wire;
use serde_json::{Map, Value};
use std::net::IpAddr;

/// By which way a change came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The dialect, `cli` or `system`.
    pub via: &'static str,
    /// The request's id.
    pub request_id: Option<String>,
    /// The caller's address.
    pub ip: Option<IpAddr>,
}

impl Origin {
    /// The server by itself.
    pub const SYSTEM: Self = Self {
        via: "system",
        request_id: None,
        ip: None,
    };

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
        .set((
            audit_events::actor_email.eq(None::<String>),
            audit_events::ip.eq(None::<String>),
        ))
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
        audit_events::ip.eq(None::<String>),
    ))
    .execute(conn)
    .map(|_| ())
}

/// A page of a tenant's events, ordered by id. It ends before what the oldest transaction that still runs may write: that has a
/// smaller id than what others have written since, and would be skipped.
pub fn page(
    conn: &mut Conn,
    tenant: TenantId,
    filter: &EventFilter,
    page: &Page<i64>,
) -> Result<Rows<wire::AuditEvent>> {
    let unsettled = unsettled(conn)?;
    let mut query = audit_events::table
        .filter(
            audit_events::tenant_id.eq_any(alone(tenant)).and(
                audit_events::transaction_id
                    .lt(unsettled.first)
                    .or(audit_events::transaction_id.ge(unsettled.end)),
            ),
        )
        .limit(i64::from(page.limit) + 1)
        .into_boxed();
    if let Some(actor) = filter.actor {
        query = query.filter(audit_events::actor_id.eq(actor.0));
    }
    if let Some(kind) = filter.target_kind {
        query = query.filter(audit_events::target_type.eq(kind.as_str()));
    }
    if let Some(id) = filter.target_id {
        query = query.filter(audit_events::target_id.eq(id));
    }
    if let Some(action) = filter.action {
        query = query.filter(audit_events::action.eq(action.as_str()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_events::occurred_at.ge(from.as_micros()));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit_events::occurred_at.lt(to.as_micros()));
    }
    query = match page.position {
        Position::Start => query.order((audit_events::tenant_id.asc(), audit_events::id.asc())),
        Position::After(id) => query
            .filter(audit_events::id.gt(id))
            .order((audit_events::tenant_id.asc(), audit_events::id.asc())),
        Position::Before(id) => query
            .filter(audit_events::id.lt(id))
            .order((audit_events::tenant_id.desc(), audit_events::id.desc())),
    };
    let rows: Vec<EventRow> = query.load(conn)?;
    let events: Result<Vec<_>> = rows.into_iter().map(TryInto::try_into).collect();
    Ok(Rows::of_read(events?, page))
}

/// The numbers of the transactions whose events are held back: from the oldest that still runs to those that are not given yet.
/// Greater ones are of another PostgreSQL, from which the rows were restored.
#[derive(Debug, QueryableByName)]
struct Unsettled {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    first: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    end: i64,
}

fn unsettled(conn: &mut Conn) -> QueryResult<Unsettled> {
    match conn {
        // It has one writer at a time, and a snapshot holds all that has ended before.
        Conn::Sqlite(_) => Ok(Unsettled {
            first: i64::MAX,
            end: i64::MAX,
        }),
        // A snapshot counts the transactions of the whole PostgreSQL. Those that are seen to run in another database write none of
        // these rows; those that are seen no more may have.
        Conn::Postgres(conn) => diesel::sql_query(
            "SELECT coalesce(min(running), pg_snapshot_xmax(pg_current_snapshot())::text::bigint) AS first,
                 pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS end
             FROM (
                 SELECT xip::text::bigint AS running FROM pg_snapshot_xip(pg_current_snapshot()) xip
                 WHERE NOT EXISTS (
                     SELECT 1 FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid
                     WHERE a.backend_xid = xip::xid AND d.datname <> current_database()
                 )
             ) transactions",
        )
        .get_result(conn),
    }
}

/// Deletes up to so many of the oldest events of all tenants that are older than a time; says how many there were.
pub fn delete_before(conn: &mut Conn, time: Timestamp, limit: i64) -> QueryResult<usize> {
    let oldest: Vec<(i64, i64)> = audit_events::table
        .order(audit_events::id)
        .limit(limit)
        .select((audit_events::id, audit_events::occurred_at))
        .load(conn)?;
    let last_old = oldest
        .into_iter()
        .take_while(|(_, occurred_at)| *occurred_at < time.as_micros())
        .last();
    match last_old {
        Some((id, _)) => {
            diesel::delete(audit_events::table.filter(audit_events::id.le(id))).execute(conn)
        }
        None => Ok(0),
    }
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
        Actor::System => ("system", None, None),
        Actor::CommandLine => ("cli", None, None),
    };
    let json = |state: &Option<Map<String, Value>>| {
        state.clone().map(|state| Value::Object(state).to_string())
    };
    let insert = diesel::insert_into(audit_events::table).values((
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
        audit_events::ip.eq(origin.ip.map(|ip| ip.to_string())),
        audit_events::via.eq(origin.via),
    ));
    directly!(conn => insert.execute(conn)).map(|_| ())
}
