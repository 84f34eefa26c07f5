//! What v1 clients send: the bodies as they write them, and the functions by which the server reads them.
//! The server takes more than it documents: other names for `id`, a bare or a wrapped `user`.

use super::Role;
use crate::{
    email::Email,
    error::{Error, Fault},
    group::{CreateGroup, RenameGroup},
    id::{GroupId, UserId},
    name::{Message, Name},
    role,
    user::{ChangeRole, InviteUsers, Invited, RestoreUser, UpdateUser, UserChanges},
    wire::Body,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `POST /users/invite.json`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::InviteRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteRequest {
    /// The name, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    pub name: Option<String>,
    /// Whom to invite.
    #[cfg_attr(feature = "openapi", schema(format = Email, max_length = 254))]
    pub email: String,
    /// As what.
    #[cfg_attr(feature = "openapi", schema(value_type = role::Role))]
    pub role: Role,
    /// What the mail says besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub message: Option<String>,
}

/// Reads the body of `POST /users/invite.json`.
///
/// # Errors
/// All faults of its fields.
pub fn invite(object: &Map<String, Value>) -> Result<InviteUsers, Error> {
    let body = Body::new(object);
    let name = body.field("name").text(Name::parse_optional).flatten();
    let email = body.field("email").required().text(Email::parse);
    let role = body.field("role").required().text(role::Role::parse);
    let message = body
        .field("message")
        .text(Message::parse_optional)
        .flatten();
    body.finish(|| {
        let email = email?;
        Some(InviteUsers {
            invited: vec![Invited { email, name }],
            malformed: Vec::new(),
            role: role?,
            allow_authentication_token: false,
            enable_export_data: false,
            groups: Vec::new(),
            message,
        })
    })
}

/// `POST /users/restore.json`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::RestoreRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreRequest {
    /// Whom to restore.
    pub id: UserId,
}

/// Reads the body of `POST /users/restore.json`; `user_id` counts for `id`.
///
/// # Errors
/// All faults of its fields.
pub fn restore(object: &Map<String, Value>) -> Result<RestoreUser, Error> {
    let body = Body::new(object);
    let user = user_id(&body);
    body.finish(|| Some(RestoreUser { user: user? }))
}

/// `PATCH /users/{id}.json`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::UpdateUserRequest))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateUserRequest {
    /// Whether the user's API keys are accepted.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_authentication_token: Option<bool>,
    /// The name; the original service does not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    pub name: Option<String>,
    /// The title; the original service does not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    pub title: Option<String>,
}

/// Reads the body of `PATCH /users/{id}.json`, bare or in `user`. A `null` name or title empties it.
///
/// # Errors
/// All faults of its fields, among them unknown ones, or an object with nothing to set.
pub fn update_user(user: UserId, object: &Map<String, Value>) -> Result<UpdateUser, Error> {
    let body = Body::new(object);
    let nested = body.has("user").then(|| {
        body.refuse_others(&["user"]);
        body.nested("user")
    });
    let changes = match nested {
        None => user_changes(&body),
        Some(None) => UserChanges::default(),
        Some(Some(nested)) => {
            let changes = user_changes(&nested);
            body.absorb(nested);
            changes
        }
    };
    body.finish(|| Some(UpdateUser::attributes(user, changes)))
}

fn user_changes(body: &Body<'_>) -> UserChanges {
    const ALLOW: &str = "allow_authentication_token";
    body.refuse_others(&[ALLOW, "name", "title"]);
    let name = |field: &str| {
        body.has(field)
            .then(|| body.field(field).text(Name::parse_optional).flatten())
    };
    let changes = UserChanges {
        name: name("name"),
        title: name("title"),
        role: None,
        allow_authentication_token: body
            .has(ALLOW)
            .then(|| body.field(ALLOW).required().boolean())
            .flatten(),
        ..UserChanges::default()
    };
    if body.is_empty() {
        body.refuse(ALLOW, Fault::new("empty", "or name or title must be given"));
    }
    changes
}

/// `POST /users/change_user_role.json`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::ChangeRoleRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRoleRequest {
    /// Whose role.
    pub id: UserId,
    /// What to change.
    pub user: RoleChange,
}

/// The role to give, inside [`ChangeRoleRequest`].
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::RoleChange))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChange {
    /// The new role.
    #[cfg_attr(feature = "openapi", schema(value_type = role::Role))]
    pub role: Role,
    /// Whether the user leaves all groups.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>))]
    #[serde(default)]
    pub remove_groups: bool,
}

/// Reads the body of `POST /users/change_user_role.json`; `user_id` counts for `id`, and `remove_groups` may
/// stand beside `user`.
///
/// # Errors
/// All faults of its fields.
pub fn change_role(object: &Map<String, Value>) -> Result<ChangeRole, Error> {
    let body = Body::new(object);
    let user = user_id(&body);
    let outer = body.field("remove_groups").boolean();
    let mut inner = None;
    let mut role = None;
    if let Some(nested) = body.nested("user") {
        role = nested.field("role").required().text(role::Role::parse);
        inner = nested.field("remove_groups").boolean();
        body.absorb(nested);
    }
    body.finish(|| {
        Some(ChangeRole {
            user: user?,
            role: role?,
            remove_groups: inner.or(outer).unwrap_or(false),
        })
    })
}

fn user_id(body: &Body<'_>) -> Option<UserId> {
    if !body.has("user_id") {
        return body.field("id").required().integer().map(UserId);
    }
    let other = body.field("user_id").required().integer();
    if body.has("id") {
        let id = body.field("id").required().integer();
        if id.is_some() && other.is_some() && id != other {
            body.refuse(
                "user_id",
                Fault::new("contradiction", "must be the same as id"),
            );
        }
    }
    other.map(UserId)
}

/// `POST /groups.json` and `PUT /groups/{id}.json`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::GroupRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRequest {
    /// What to set.
    pub group: NamedGroup,
}

/// The name to give, inside [`GroupRequest`].
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::NamedGroup))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedGroup {
    /// The group's name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub name: String,
}

/// Reads the body of `POST /groups.json`.
///
/// # Errors
/// All faults of its fields.
pub fn create_group(object: &Map<String, Value>) -> Result<CreateGroup, Error> {
    group_name(object).map(|name| CreateGroup { name })
}

/// Reads the body of `PUT /groups/{id}.json`.
///
/// # Errors
/// All faults of its fields.
pub fn rename_group(group: GroupId, object: &Map<String, Value>) -> Result<RenameGroup, Error> {
    group_name(object).map(|name| RenameGroup {
        group,
        version: None,
        name,
    })
}

fn group_name(object: &Map<String, Value>) -> Result<Name, Error> {
    let body = Body::new(object);
    let mut name = None;
    if let Some(nested) = body.nested("group") {
        name = nested.field("name").required().text(Name::parse);
        body.absorb(nested);
    }
    body.finish(|| name)
}

/// Reads `?email=` of the two look-ups, given as decoded. Of several the first counts.
///
/// # Errors
/// It is missing or no address; a raw `+` decodes to a space and is not guessed back.
pub fn email_query(email: Option<&str>) -> Result<Email, Error> {
    email
        .ok_or(Fault::REQUIRED)
        .and_then(Email::parse)
        .map_err(|fault| Error::field("email", fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn texts<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
        match result.unwrap_err() {
            Error::Invalid(faults) => faults.iter().map(ToString::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_invitation_lists_every_fault() {
        let body = object(json!({"email": "ana", "role": 1, "name": "a\u{0}", "message": []}));
        assert_eq!(
            texts(invite(&body)),
            [
                "name must not contain control characters",
                "email must be an e-mail address, such as ana@example.com",
                "role must be a string",
                "message must be a string",
            ]
        );
        assert_eq!(
            texts(invite(&object(json!({})))),
            ["email is required", "role is required"]
        );
    }

    #[test]
    fn an_update_is_bare_or_wrapped() {
        for body in [json!({"title": null}), json!({"user": {"title": null}})] {
            let update = update_user(UserId(1), &object(body)).unwrap();
            assert_eq!(update.changes.title, Some(None));
            assert_eq!(update.changes.name, None);
        }
    }

    #[test]
    fn an_update_refuses_what_it_does_not_know() {
        let refused = |body| texts(update_user(UserId(1), &object(body)));
        assert_eq!(
            refused(json!({"role": "admin"})),
            ["role is not a known field"]
        );
        assert_eq!(
            refused(json!({"user": {"x": 1}, "name": "Ana"})),
            ["name is not a known field", "user.x is not a known field"]
        );
        assert_eq!(refused(json!({"user": []})), ["user must be an object"]);
        assert_eq!(refused(json!({"user": null})), ["user is required"]);
        for empty in [json!({}), json!({"user": {}})] {
            assert!(refused(empty)[0].ends_with("or name or title must be given"));
        }
        assert_eq!(
            refused(json!({"allow_authentication_token": null})),
            ["allow_authentication_token is required"]
        );
    }

    #[test]
    fn a_role_change_takes_both_names_of_the_id() {
        let change = |body| change_role(&object(body)).map(|c| (c.user.0, c.remove_groups));
        let user = json!({"role": "user"});
        assert_eq!(change(json!({"id": 1, "user": user})), Ok((1, false)));
        assert_eq!(change(json!({"user_id": 1, "user": user})), Ok((1, false)));
        assert_eq!(
            change(json!({"id": 1, "user_id": 1, "remove_groups": true, "user": user})),
            Ok((1, true))
        );
        assert_eq!(
            texts(change(json!({"id": 1, "user_id": 2, "user": user}))),
            ["user_id must be the same as id"]
        );
        assert_eq!(texts(change(json!({"user": {"role": "king"}}))).len(), 2);
    }

    #[test]
    fn a_space_in_an_address_is_not_guessed_to_be_a_plus() {
        assert!(email_query(Some("a b@example.com")).is_err());
        assert_eq!(texts(email_query(None)), ["email is required"]);
    }
}
