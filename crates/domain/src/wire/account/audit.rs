//! The query of the audit trail.

use super::AuditEvents;
use crate::{
    audit::{Action, EventFilter, ListAuditEvents, TargetKind},
    error::{Error, Fault, FieldFault},
    id::UserId,
    page::{self, Page, Position, Rows},
    time::Timestamp,
    wire::{audit::AuditEvent, v2},
};

/// The query of `GET /audit_events`, read.
#[derive(Debug, Clone)]
pub struct AuditQuery {
    /// Which events.
    pub command: ListAuditEvents,
    scope: String,
}

impl AuditQuery {
    /// Reads the parameters; `get` gives the first of a name.
    ///
    /// # Errors
    /// All faults, as those of parameters.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let filter = EventFilter {
            actor: take(&mut faults, &get, "actor_id", integer).map(UserId),
            target_kind: take(&mut faults, &get, "target_type", target_kind),
            target_id: take(&mut faults, &get, "target_id", integer),
            action: take(&mut faults, &get, "action", action),
            from: take(&mut faults, &get, "from", Timestamp::parse),
            to: take(&mut faults, &get, "to", Timestamp::parse),
        };
        let scope = format!("audit_events {filter:?}");
        let limit = take(&mut faults, &get, "limit", page::parse_limit);
        let cursor = |text: &str| {
            let values = page::decode_cursor(&scope, text)?;
            let id = values.first().and_then(|id| id.parse().ok());
            id.ok_or(Fault::new("cursor", "must be a cursor that this list gave"))
        };
        let after = take(&mut faults, &get, "after", cursor);
        let before = take(&mut faults, &get, "before", cursor);
        let position = match (after, before) {
            (None, None) => Position::Start,
            (Some(id), None) => Position::After(id),
            (None, Some(id)) => Position::Before(id),
            (Some(_), Some(_)) => {
                let field = "before".to_owned();
                let fault = Fault::new("contradiction", "and after cannot both be given");
                faults.push(FieldFault { field, fault });
                Position::Start
            }
        };
        if !faults.is_empty() {
            return Err(Error::Parameter(faults));
        }
        let page = Page {
            position,
            limit: limit.unwrap_or(page::DEFAULT_LIMIT),
        };
        Ok(Self {
            command: ListAuditEvents { filter, page },
            scope,
        })
    }

    /// The answer.
    pub fn answer(&self, rows: Rows<AuditEvent>) -> AuditEvents {
        let cursor = |event: Option<&AuditEvent>| {
            event.map(|event| page::encode_cursor(&self.scope, &[&event.id.to_string()]))
        };
        AuditEvents {
            cursors: v2::Cursors {
                previous: cursor(rows.rows.first().filter(|_| rows.has_previous)),
                next: cursor(rows.rows.last().filter(|_| rows.has_next)),
            },
            audit_events: rows.rows,
        }
    }
}

fn take<T>(
    faults: &mut Vec<FieldFault>,
    get: impl Fn(&str) -> Option<String>,
    name: &str,
    parse: impl Fn(&str) -> Result<T, Fault>,
) -> Option<T> {
    match parse(&get(name)?) {
        Ok(value) => Some(value),
        Err(fault) => {
            let field = name.to_owned();
            faults.push(FieldFault { field, fault });
            None
        }
    }
}

fn integer(text: &str) -> Result<i64, Fault> {
    let fault = Fault::new("type", "must be an integer of at most 64 bits");
    text.parse().map_err(|_| fault)
}

fn target_kind(text: &str) -> Result<TargetKind, Fault> {
    let kinds = TargetKind::ALL.iter().copied();
    kinds
        .clone()
        .find(|kind| kind.as_str() == text)
        .ok_or(Fault::new(
            "unknown",
            "must be one of tenant, user, group, key, session, user_attribute",
        ))
}

fn action(text: &str) -> Result<Action, Fault> {
    let mut actions = Action::ALL.iter().copied();
    actions
        .find(|action| action.as_str() == text)
        .ok_or(Fault::new(
            "unknown",
            "must be an action of the audit trail, such as user.invite",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(parameters: &[(&str, &str)]) -> Result<AuditQuery, Error> {
        AuditQuery::parse(|name| {
            let found = parameters.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn all_faults_of_a_query_are_told() {
        let faulty = [
            ("limit", "0"),
            ("actor_id", "x"),
            ("target_type", "king"),
            ("target_id", "1.5"),
            ("action", "user.crown"),
            ("from", "yesterday"),
            ("to", "2026-13-01T00:00:00Z"),
            ("after", "zz"),
            ("before", ""),
        ];
        let Error::Parameter(faults) = parse(&faulty).unwrap_err() else {
            panic!();
        };
        assert_eq!(faults.len(), faulty.len(), "{faults:?}");
    }

    #[test]
    fn a_cursor_belongs_to_its_filters() {
        let first = parse(&[("action", "user.invite")]).unwrap();
        let cursor = page::encode_cursor(&first.scope, &["7"]);
        let second = parse(&[("action", "user.invite"), ("after", &cursor)]).unwrap();
        assert_eq!(second.command.page.position, Position::After(7));
        assert!(parse(&[("after", &cursor)]).is_err());
        assert!(
            parse(&[
                ("action", "user.invite"),
                ("after", &cursor),
                ("before", &cursor)
            ])
            .is_err()
        );
    }
}
