//! What v2 clients send about users.

use crate::{
    email::Email,
    error::{Error, Fault},
    id::{GroupId, UserId},
    name::{Message, Name},
    password::Password,
    role,
    user::{InviteUsers, Invited, RefusedEmail, Settings, UserChanges},
    wire::{Body, v2::Role},
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, fmt};

/// `PUT /users/{id}`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UpdateUserRequest))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateUserRequest {
    /// What to set.
    pub user: UserUpdate,
}

/// What to set of a user, inside [`UpdateUserRequest`]. What is `None` stays as it is; a `Some(None)` is sent as `null`
/// and empties the field.
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = v2::UserUpdate, description = "What to set of a user. What is left out stays as it is.")
)]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserUpdate {
    /// The password, with which the user signs in from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Password, min_length = 8, max_length = 512))]
    pub password: Option<NewPassword>,
    /// The name.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 255))]
    pub name: Option<Option<String>>,
    /// The title.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 255))]
    pub title: Option<Option<String>>,
    /// The job title.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 255))]
    pub job_title: Option<Option<String>>,
    /// The role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<role::Role>))]
    pub role: Option<Role>,
    /// Whether the user's API keys are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_authentication_token: Option<bool>,
    /// Whether the user may export data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_export_data: Option<bool>,
    /// The groups that the user is in from now on, and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_ids: Option<Vec<GroupId>>,
    /// What programs keep with the user, in place of all that they kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Map<String, Value>>,
}

/// Reads a field that is there, be it `null`: `None` is for one that is not.
fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A password to set. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NewPassword(pub String);

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

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
    let groups = read_groups(body);
    let typed = |typed: &str| Ok(Password::typed(typed));
    UserEdit {
        user,
        changes: UserChanges {
            name: name("name"),
            title: name("title"),
            job_title: name("job_title"),
            role: body.field("role").text(role::Role::parse),
            allow_authentication_token: body.field("allow_authentication_token").boolean(),
            enable_export_data: body.field("enable_export_data").boolean(),
            settings: body
                .field("settings")
                .object(|object| Settings::new(object.clone())),
        },
        groups,
        password: body.field("password").text(typed),
    }
}

/// The most groups that a user is put into by one request: each is locked.
const MAX_GROUPS: usize = 1_000;

fn read_groups(body: &Body<'_>) -> Option<Vec<GroupId>> {
    let ids = body.field("group_ids").integers()?;
    if ids.len() > MAX_GROUPS {
        let fault = Fault::new("too_many", "must have at most 1000 values");
        body.refuse("group_ids", fault);
    }
    Some(ids.into_iter().map(GroupId).collect())
}

/// `POST /users/invite`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::InviteRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// Whom to invite; one address may stand there twice.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub emails: Vec<String>,
    /// As what.
    #[cfg_attr(feature = "openapi", schema(value_type = role::Role))]
    pub role: Role,
    /// Whether their API keys are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_authentication_token: Option<bool>,
    /// Whether they may export data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_export_data: Option<bool>,
    /// The groups that they are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_ids: Option<Vec<GroupId>>,
    /// What the mails say besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub message: Option<String>,
}

impl InviteRequest {
    /// Invites people of these addresses, and leaves the rest to the service.
    pub fn new<T: Into<String>>(emails: impl IntoIterator<Item = T>, role: Role) -> Self {
        Self {
            emails: emails.into_iter().map(Into::into).collect(),
            role,
            allow_authentication_token: None,
            enable_export_data: None,
            group_ids: None,
            message: None,
        }
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
    let role = body.field("role").required().text(role::Role::parse);
    let allow = body.field("allow_authentication_token").boolean();
    let export = body.field("enable_export_data").boolean();
    let groups = read_groups(&body).unwrap_or_default();
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
            groups,
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
            // Of what is no address, the text counts.
            Err(reason) if seen.insert((*text).to_owned()) => malformed.push(RefusedEmail {
                email: (*text).to_owned(),
                reason,
            }),
            Ok(_) | Err(_) => {}
        }
    }
    (invited, malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: impl Serialize) -> Map<String, Value> {
        let value = serde_json::to_value(value).unwrap();
        value.as_object().unwrap().clone()
    }

    #[test]
    fn null_is_not_the_same_as_nothing() {
        let json = json!({"user": {"name": null, "title": "Dr."}});
        let request: UpdateUserRequest = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(request.user.name, Some(None));
        assert_eq!(request.user.title, Some(Some("Dr.".to_owned())));
        assert_eq!(request.user.job_title, None);
        assert_eq!(serde_json::to_value(&request).unwrap(), json);
        let edit = edit_user(UserId(1), &object(request)).unwrap();
        assert_eq!(edit.changes.name, Some(None));
        assert_eq!(edit.changes.job_title, None);
    }

    #[test]
    fn the_server_reads_all_that_an_update_can_say() {
        let user = UserUpdate {
            password: Some(NewPassword("correct horse".to_owned())),
            name: Some(Some("Ana".to_owned())),
            title: Some(None),
            job_title: Some(Some("Pilot".to_owned())),
            role: Some(Role::User),
            allow_authentication_token: Some(true),
            enable_export_data: Some(false),
            group_ids: Some(vec![GroupId(33)]),
            settings: Some(object(json!({"theme": "dark"}))),
        };
        let body = object(UpdateUserRequest { user });
        assert_eq!(body["user"].as_object().unwrap().len(), USER_FIELDS.len());
        let edit = edit_user(UserId(1), &body).unwrap();
        assert_eq!(edit.password.unwrap().expose(), "correct horse");
        assert_eq!(edit.groups, Some(vec![GroupId(33)]));
        assert_eq!(edit.changes.role, Some(role::Role::Viewer));
        assert_eq!(edit.changes.allow_authentication_token, Some(true));
        assert_eq!(edit.changes.enable_export_data, Some(false));
        let settings = edit.changes.settings.unwrap().into_object();
        assert_eq!(settings, object(json!({"theme": "dark"})));
    }

    #[test]
    fn an_invitation_says_only_what_is_set() {
        let request = InviteRequest::new(["ana@example.com", "Ana@Example.com"], Role::Analyst);
        let body = object(&request);
        assert_eq!(
            Value::Object(body.clone()),
            json!({"emails": ["ana@example.com", "Ana@Example.com"], "role": "analyst"})
        );
        let command = invite_users(&body).unwrap();
        assert_eq!(command.invited.len(), 1);
        assert_eq!(command.role, role::Role::Analyst);
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", NewPassword("correct horse".to_owned())).contains("horse"));
    }
}
