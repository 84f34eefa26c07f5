//! Users as a dialect prints them, as far as a case knows them.

use crate::{
    case::{GivenUser, Lasting, Status},
    dialect::Dialect,
};
use roster_domain::id::GroupId;
use roster_domain::role::Role;
use roster_domain::wire::v2;
use serde_json::{Value, json};

/// The calling admin, of whom a case knows no more than this; with placeholders.
pub(crate) fn admin(dialect: Dialect) -> Value {
    let mut row = json!({
        "id": "{admin.id}",
        "name": "<string>",
        "email": "{admin.email}",
        "role": "admin",
        "initials": "<string>",
        "is_deleted": false,
        "is_activated": true,
        "has_authentication_token": true,
        "allow_authentication_token": true,
        "current_sign_in_at": "<timestamp or null>",
        "last_sign_in_at": "<timestamp or null>",
    });
    let others = match dialect {
        Dialect::V1 | Dialect::Account => json!({"groups": "<array>"}),
        Dialect::V2 => json!({
            "created_at": "<timestamp>",
            "title": "<string or null>",
            "job_title": "<string or null>",
            "enable_export_data": "<boolean>",
            "settings": "<object>",
            "group_ids": "<array>",
        }),
    };
    if let (Some(row), Value::Object(others)) = (row.as_object_mut(), others) {
        row.extend(others);
    }
    row
}

/// A user of v2 as the case begins; `None` if the role is none.
pub(crate) fn given(user: &GivenUser, id: Option<&Value>, groups: &[GroupId]) -> Option<Value> {
    let role = Role::parse(&user.role).ok()?;
    Some(json!({
        "id": id?,
        "email": user.email,
        "name": user.name,
        "initials": "<string>",
        "role": v2::Role::from(role),
        "is_deleted": user.deleted,
        "is_activated": user.status == Status::Active,
        "has_authentication_token": user.key == Some(Lasting::Live) && !user.deleted,
        "allow_authentication_token": user.allow_authentication_token,
        "current_sign_in_at": user.current_sign_in_at,
        "last_sign_in_at": user.last_sign_in_at,
        "created_at": "<timestamp>",
        "title": user.title,
        "job_title": null,
        "enable_export_data": false,
        "settings": {},
        "group_ids": groups,
    }))
}
