//! The account API: what browsers and people's programs send about their own user, and what comes back.

use super::{Body, v2};
use crate::{
    audit::{Action, EventFilter, ListAuditEvents, TargetKind},
    credential::{KeyDetails, RotateOwnKey},
    email::Email,
    error::{Error, Fault, FieldFault},
    id::{ApiKeyId, SessionId, UserId},
    name::Name,
    page::{self, Page, Position, Rows},
    password::Password,
    time::Timestamp,
    user::{UpdateOwnUser, UserChanges},
    wire::audit::AuditEvent,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The user whose session has just begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The user.
    pub user: v2::User,
    /// The text for the header `X-CSRF-Token` of every request but GET.
    pub csrf_token: String,
}

/// The session that asks.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnUser {
    /// The user.
    pub user: v2::User,
}

/// The sessions of a user, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// Those that have not ended.
    pub sessions: Vec<Session>,
}

/// A session in a list.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name.
    pub name: String,
}

/// The answer to a request for a new password, whoever has the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What happens next.
    pub message: String,
}

/// The API keys of a user, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Those that were not revoked.
    pub keys: Vec<Key>,
}

/// A key in a list.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// What the list will show of it.
    pub key: Key,
    /// The key itself, shown this once.
    pub authentication_token: String,
}

/// A page of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvents {
    /// The events, the oldest first.
    pub audit_events: Vec<AuditEvent>,
    /// The pages beside it.
    pub cursors: v2::Cursors,
}

/// Who wants to sign in, as it was typed.
#[derive(Debug, Clone)]
pub struct Attempted {
    /// The tenant's slug.
    pub tenant: Option<String>,
    /// The address, which need not be one.
    pub email: String,
    /// The password.
    pub password: Password,
}

fn as_typed(typed: &str) -> Result<String, Fault> {
    Ok(typed.to_owned())
}

fn password(typed: &str) -> Result<Password, Fault> {
    Ok(Password::typed(typed))
}

/// Reads the body of `POST /account/session`.
///
/// # Errors
/// Fields are missing or no strings; what they say is not looked at.
pub fn sign_in(object: &Map<String, Value>) -> Result<Attempted, Error> {
    let body = Body::new(object);
    body.refuse_others(&["tenant", "email", "password"]);
    let tenant = body.field("tenant").text(as_typed);
    let email = body.field("email").required().text(as_typed);
    let password = body.field("password").required().text(password);
    body.finish(|| {
        Some(Attempted {
            tenant,
            email: email?,
            password: password?,
        })
    })
}

/// Reads the body of `POST /account/invitations/{token}`.
///
/// # Errors
/// All faults of its fields.
pub fn accept_invitation(object: &Map<String, Value>) -> Result<(Option<Name>, Password), Error> {
    let body = Body::new(object);
    body.refuse_others(&["name", "password"]);
    let name = body.field("name").text(Name::parse_optional).flatten();
    let password = body.field("password").required().text(password);
    body.finish(|| Some((name, password?)))
}

/// Reads the body of `POST /account/password_resets`: a tenant's slug, and an address.
///
/// # Errors
/// All faults of its fields.
pub fn request_password_reset(
    object: &Map<String, Value>,
) -> Result<(Option<String>, Email), Error> {
    let body = Body::new(object);
    body.refuse_others(&["tenant", "email"]);
    let tenant = body.field("tenant").text(as_typed);
    let email = body.field("email").required().text(Email::parse);
    body.finish(|| Some((tenant, email?)))
}

/// Reads the body of `PUT /account/password_resets/{token}`.
///
/// # Errors
/// All faults of its fields.
pub fn reset_password(object: &Map<String, Value>) -> Result<Password, Error> {
    let body = Body::new(object);
    body.refuse_others(&["password"]);
    let password = body.field("password").required().text(password);
    body.finish(|| password)
}

/// Reads the body of `PUT /account/password`: the present password, and the new one.
///
/// # Errors
/// All faults of its fields.
pub fn change_password(object: &Map<String, Value>) -> Result<(Password, Password), Error> {
    let body = Body::new(object);
    body.refuse_others(&["current_password", "password"]);
    let current = body.field("current_password").required().text(password);
    let password = body.field("password").required().text(password);
    body.finish(|| Some((current?, password?)))
}

/// Reads the body of `PATCH /account/profile`.
///
/// # Errors
/// All faults of its fields.
pub fn update_profile(object: &Map<String, Value>) -> Result<UpdateOwnUser, Error> {
    let body = Body::new(object);
    body.refuse_others(&["name", "title", "job_title"]);
    let name = |field: &str| {
        body.has(field)
            .then(|| body.field(field).text(Name::parse_optional).flatten())
    };
    let changes = UserChanges {
        name: name("name"),
        title: name("title"),
        job_title: name("job_title"),
        ..UserChanges::default()
    };
    if body.is_empty() {
        body.refuse(
            "name",
            Fault::new("empty", "or title or job_title must be given"),
        );
    }
    body.finish(|| Some(UpdateOwnUser { changes }))
}

/// Reads the body of `POST /account/keys`: a label, and after how many days the key is refused.
///
/// # Errors
/// All faults of its fields.
pub fn create_key(object: &Map<String, Value>) -> Result<(Option<Name>, Option<u32>), Error> {
    let body = Body::new(object);
    body.refuse_others(&["label", "expires_in_days"]);
    let label = body.field("label").text(Name::parse_optional).flatten();
    let days = number(
        &body,
        "expires_in_days",
        (1, MAX_KEY_DAYS),
        "must be from 1 to 36500",
    );
    body.finish(|| Some((label, days)))
}

const MAX_KEY_DAYS: u32 = 36_500;

/// Reads the body of `POST /account/keys/{id}/rotate`: how many minutes the old key still works.
///
/// # Errors
/// All faults of its fields.
pub fn rotate_key(object: &Map<String, Value>) -> Result<u32, Error> {
    let body = Body::new(object);
    body.refuse_others(&["overlap_minutes"]);
    let range = (0, RotateOwnKey::MAX_OVERLAP_MINUTES);
    let overlap = number(&body, "overlap_minutes", range, "must be from 0 to 10080");
    body.finish(|| Some(overlap.unwrap_or(RotateOwnKey::DEFAULT_OVERLAP_MINUTES)))
}

fn number(
    body: &Body<'_>,
    field: &str,
    (least, most): (u32, u32),
    range: &'static str,
) -> Option<u32> {
    let number = body.field(field).integer()?;
    let in_range = u32::try_from(number)
        .ok()
        .filter(|number| (least..=most).contains(number));
    if in_range.is_none() {
        body.refuse(field, Fault::new("range", range));
    }
    in_range
}

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
            "must be one of tenant, user, group, key, session",
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
