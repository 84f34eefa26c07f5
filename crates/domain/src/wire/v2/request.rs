//! What v2 clients send, and how the server reads it.

use crate::{
    email::Email,
    error::{Error, Fault},
    group::{CreateGroup, RenameGroup},
    id::{GroupId, UserId},
    name::{Message, Name},
    password::Password,
    role::Role,
    user::{InviteUsers, Invited, RefusedEmail, Settings, UserChanges},
    wire::Body,
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What `PUT /users/{id}` sets. The password is not hashed yet.
#[derive(Debug, Clone)]
pub struct UserEdit {
    /// Whom.
    pub user: UserId,
    /// Attributes.
    pub changes: UserChanges,
    /// The groups that the user is in from now on, if that changes.
    pub groups: Option<Vec<GroupId>>,
    /// The new password, if it changes.
    pub password: Option<Password>,
}

const USER_FIELDS: &[&str] = &[
    "password",
    "name",
    "title",
    "job_title",
    "role",
    "allow_authentication_token",
    "enable_export_data",
    "group_ids",
    "settings",
];

/// Reads the body of `PUT /users/{id}`.
///
/// # Errors
/// All faults of its fields.
pub fn edit_user(user: UserId, object: &Map<String, Value>) -> Result<UserEdit, Error> {
    let body = Body::new(object);
    body.refuse_others(&["user"]);
    let edit = body.nested("user").map(|nested| {
        let edit = read_edit(user, &nested);
        body.absorb(nested);
        edit
    });
    body.finish(|| edit)
}

fn read_edit(user: UserId, body: &Body<'_>) -> UserEdit {
    body.refuse_others(USER_FIELDS);
    let name = |field: &str| {
        body.has(field)
            .then(|| body.field(field).text(Name::parse_optional).flatten())
    };
    let groups = body.field("group_ids").integers();
    let typed = |typed: &str| Ok(Password::typed(typed));
    UserEdit {
        user,
        changes: UserChanges {
            name: name("name"),
            title: name("title"),
            job_title: name("job_title"),
            role: body.field("role").text(Role::parse),
            allow_authentication_token: body.field("allow_authentication_token").boolean(),
            enable_export_data: body.field("enable_export_data").boolean(),
            settings: body
                .field("settings")
                .object(|object| Settings::new(object.clone())),
        },
        groups: groups.map(|ids| ids.into_iter().map(GroupId).collect()),
        password: body.field("password").text(typed),
    }
}

/// The most addresses of an invitation.
const MAX_INVITED: usize = 50;

/// Reads the body of `POST /users/invite`.
///
/// # Errors
/// All faults of its fields; addresses that are none go with the command, to be told with those that are taken.
pub fn invite_users(object: &Map<String, Value>) -> Result<InviteUsers, Error> {
    let body = Body::new(object);
    body.refuse_others(&[
        "emails",
        "role",
        "allow_authentication_token",
        "enable_export_data",
        "group_ids",
        "message",
    ]);
    let emails = body.field("emails").required().texts();
    let (invited, malformed) = read_emails(emails.as_deref().unwrap_or_default());
    match (&emails, invited.len() + malformed.len()) {
        (Some(_), 0) => body.refuse("emails", Fault::new("empty", "must name somebody")),
        (Some(_), count) if count > MAX_INVITED => {
            let fault = Fault::new("too_many", "must have at most 50 different addresses");
            body.refuse("emails", fault);
        }
        _ => {}
    }
    let role = body.field("role").required().text(Role::parse);
    let allow = body.field("allow_authentication_token").boolean();
    let export = body.field("enable_export_data").boolean();
    let groups = body.field("group_ids").integers().unwrap_or_default();
    let message = body
        .field("message")
        .text(Message::parse_optional)
        .flatten();
    body.finish(|| {
        Some(InviteUsers {
            invited,
            malformed,
            role: role?,
            allow_authentication_token: allow.unwrap_or(false),
            enable_export_data: export.unwrap_or(false),
            groups: groups.into_iter().map(GroupId).collect(),
            message,
        })
    })
}

/// The addresses without repetition, and what is none.
fn read_emails(texts: &[&str]) -> (Vec<Invited>, Vec<RefusedEmail>) {
    let mut seen = BTreeSet::new();
    let (mut invited, mut malformed) = (Vec::new(), Vec::new());
    for text in texts {
        match Email::parse(text) {
            Ok(email) if seen.insert(email.key().to_owned()) => {
                invited.push(Invited { email, name: None });
            }
            Err(reason) if seen.insert((*text).to_owned()) => malformed.push(RefusedEmail {
                email: (*text).to_owned(),
                reason,
            }),
            Ok(_) | Err(_) => {}
        }
    }
    (invited, malformed)
}

fn group_name(object: &Map<String, Value>) -> Result<Name, Error> {
    let body = Body::new(object);
    body.refuse_others(&["group"]);
    let name = body.nested("group").and_then(|nested| {
        nested.refuse_others(&["name"]);
        let name = nested.field("name").required().text(Name::parse);
        body.absorb(nested);
        name
    });
    body.finish(|| name)
}

/// Reads the body of `POST /groups`.
///
/// # Errors
/// All faults of its fields.
pub fn create_group(object: &Map<String, Value>) -> Result<CreateGroup, Error> {
    group_name(object).map(|name| CreateGroup { name })
}

/// Reads the body of `PUT /groups/{id}`.
///
/// # Errors
/// All faults of its fields.
pub fn rename_group(
    group: GroupId,
    version: Option<i64>,
    object: &Map<String, Value>,
) -> Result<RenameGroup, Error> {
    group_name(object).map(|name| RenameGroup {
        group,
        version,
        name,
    })
}
