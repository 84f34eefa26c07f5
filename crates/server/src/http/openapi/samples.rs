//! What answers look like: the examples of the document, made of the wire types.

use roster_domain::id::{
    ApiKeyId, GroupId, JobId, SessionId, TenantId, UserAttributeEntryId, UserAttributeId, UserId,
};
use roster_domain::time::Timestamp;
use roster_domain::wire::audit::{Actor, AuditEvent, Target};
use roster_domain::wire::{account, v1, v2};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(super) const EMAIL: &str = "ana@example.com";
pub(super) const PASSWORD: &str = "seven purple bicycles";
const NAME: &str = "Ana";
const GROUP: &str = "Capital";
const USER_ID: UserId = UserId(560);
const GROUP_ID: GroupId = GroupId(33);
const CSRF: &str = "w8F2kQvJx0aTnR5sYbLzC3eHdM9gP1uVi7XoKj4WqEA";

fn time() -> Timestamp {
    const MICROS: i64 = 1_540_265_747_353_000;
    Timestamp::from_micros(MICROS)
}

pub(super) fn v1_group() -> v1::Group {
    v1::Group {
        id: GROUP_ID,
        name: GROUP.to_owned(),
        created_at: time(),
        updated_at: time(),
        tenant_id: TenantId(5),
    }
}

pub(super) fn v1_group_size() -> v1::GroupSize {
    v1::GroupSize {
        id: GROUP_ID,
        name: GROUP.to_owned(),
        num_user: 2,
    }
}

pub(super) fn v1_user() -> v1::User {
    v1::User {
        id: USER_ID,
        name: NAME.to_owned(),
        email: EMAIL.to_owned(),
        role: v1::Role::Analyst,
        initials: "An".to_owned(),
        is_deleted: false,
        is_activated: true,
        has_authentication_token: true,
        groups: vec![v1_group()],
        allow_authentication_token: true,
        current_sign_in_at: Some(time()),
        last_sign_in_at: None,
    }
}

pub(super) fn v1_user_summary() -> v1::UserSummary {
    v1::UserSummary {
        id: USER_ID,
        name: NAME.to_owned(),
        email: EMAIL.to_owned(),
        role: v1::Role::Business,
        title: None,
    }
}

pub(super) fn user() -> v2::User {
    v2::User {
        id: USER_ID,
        email: EMAIL.to_owned(),
        name: Some(NAME.to_owned()),
        initials: "An".to_owned(),
        role: v2::Role::Analyst,
        is_deleted: false,
        is_activated: true,
        has_authentication_token: true,
        allow_authentication_token: true,
        current_sign_in_at: Some(time()),
        last_sign_in_at: None,
        created_at: time(),
        title: None,
        job_title: Some("Head of data".to_owned()),
        enable_export_data: false,
        settings: Map::from_iter([("locale".to_owned(), Value::from("en"))]),
        group_ids: vec![GROUP_ID],
    }
}

pub(super) fn group(user_ids: Option<Vec<UserId>>) -> v2::Group {
    v2::Group {
        id: GROUP_ID,
        name: GROUP.to_owned(),
        user_ids,
    }
}

pub(super) fn cursors() -> v2::Cursors {
    v2::Cursors {
        previous: None,
        next: Some("WyI1NjAiXQ.1f2e3d4c".to_owned()),
    }
}

pub(super) fn user_page() -> v2::UserPage {
    let by_role = [
        ("viewer", 120),
        ("explorer", 30),
        ("analyst", 6),
        ("admin", 2),
    ];
    let by_role = by_role.map(|(role, count)| (role.to_owned(), count));
    v2::UserPage {
        counters: Some(v2::Counters {
            total: by_role.iter().map(|(_, count)| count).sum(),
            by_role: BTreeMap::from(by_role),
        }),
        users: vec![user()],
        groups: BTreeMap::from([(GROUP_ID, group(None))]),
        cursors: cursors(),
    }
}

pub(super) fn group_page() -> v2::GroupPage {
    v2::GroupPage {
        groups: vec![group(Some(vec![USER_ID]))],
        users: BTreeMap::from([(USER_ID, user())]),
        cursors: cursors(),
    }
}

pub(super) fn user_attribute() -> v2::UserAttribute {
    v2::UserAttribute {
        id: UserAttributeId(4),
        name: "region".to_owned(),
        attribute_type: v2::AttributeType::String,
        label: "Region".to_owned(),
        description: Some("Where the user works".to_owned()),
        is_system_attribute: false,
    }
}

pub(super) fn user_attribute_entry() -> v2::UserAttributeEntry {
    v2::UserAttributeEntry {
        id: UserAttributeEntryId(9),
        user_attribute_id: UserAttributeId(4),
        user_attribute_name: "region".to_owned(),
        input_type: v2::InputType::Manual,
        values: vec!["emea".to_owned()],
        subject_type: v2::SubjectType::User,
        subject_id: USER_ID.0,
    }
}

pub(super) fn job() -> v2::Job {
    v2::Job {
        id: JobId(12),
        user_id: Some(USER_ID),
        status: "queued".to_owned(),
        start_time: Some(time()),
        end_time: None,
        cancellable: false,
        last_error_log: None,
        data_source_stats: None,
        source: Some("invitation".to_owned()),
        existing_job_id: None,
    }
}

pub(super) fn job_log() -> v2::JobLog {
    v2::JobLog {
        level: "INFO".to_owned(),
        message: "The mail to user 560 was sent".to_owned(),
        timestamp: time(),
    }
}

pub(super) fn signed_in() -> account::SignedIn {
    account::SignedIn {
        user: user(),
        csrf_token: CSRF.to_owned(),
    }
}

pub(super) fn own_session() -> account::OwnSession {
    account::OwnSession {
        user: user(),
        csrf_token: CSRF.to_owned(),
        expires_at: time(),
    }
}

pub(super) fn session() -> account::Session {
    account::Session {
        id: SessionId(7),
        created_at: time(),
        last_seen_at: time(),
        expires_at: time(),
        ip: Some("192.0.2.7".to_owned()),
        user_agent: Some("Mozilla/5.0".to_owned()),
        current: true,
    }
}

pub(super) fn invitation() -> account::Invitation {
    let named = |name: &str| account::Named {
        name: name.to_owned(),
    };
    account::Invitation {
        tenant: named("Acme"),
        invited_by: named("Admin"),
        email: EMAIL.to_owned(),
        expires_at: time(),
    }
}

pub(super) fn key() -> account::Key {
    account::Key {
        id: ApiKeyId(3),
        label: Some("backup job".to_owned()),
        prefix: "rst_Ab12Cd34".to_owned(),
        created_at: time(),
        last_used_at: None,
        expires_at: None,
    }
}

pub(super) fn new_key() -> account::NewKey {
    account::NewKey {
        key: key(),
        authentication_token: "rst_Ab12Cd34…".to_owned(),
    }
}

pub(super) fn audit_events() -> account::AuditEvents {
    let role = |role: &str| Map::from_iter([("role".to_owned(), Value::from(role))]);
    account::AuditEvents {
        audit_events: vec![AuditEvent {
            id: 4711,
            occurred_at: time(),
            actor: Actor {
                kind: "user".to_owned(),
                id: Some(UserId(1)),
                email: Some("admin@example.com".to_owned()),
            },
            action: "user.change_role".to_owned(),
            target: Target {
                kind: "user".to_owned(),
                id: USER_ID.0,
                label: EMAIL.to_owned(),
            },
            before: Some(role("viewer")),
            after: Some(role("analyst")),
            request_id: Some("6f1f0a52-5c62-4b8e-9f7c-0d6b3f9b9c1e".to_owned()),
            ip: Some("192.0.2.7".to_owned()),
            via: "v2".to_owned(),
        }],
        cursors: cursors(),
    }
}
