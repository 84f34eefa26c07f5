//! What v1's routes do.

use super::dialect::{Dialect, Tag};
use super::operation::{Operation, operation};
use super::schemas::Shape;
use super::{parameter, samples};
use crate::http::v1::ROUTES;
use roster_domain::id::UserId;
use roster_domain::wire::v1;
use utoipa::openapi::KnownFormat;

const USERS: Tag = Tag {
    name: "v1 users",
    description: "The Holistics User API (legacy v1).",
};

const GROUPS: Tag = Tag {
    name: "v1 groups",
    description: "The Holistics Group API (legacy v1).",
};

pub(super) static DIALECT: Dialect = Dialect {
    name: "v1",
    routes: ROUTES,
    tags: &[USERS, GROUPS],
    operations,
    envelope: Shape::of::<v1::Errors>,
    path,
    is_idempotent: true,
};

/// Clients of v1 write `.json`, but in the one route that the original documents without.
fn path(pattern: &str) -> String {
    match pattern {
        "/groups/{group_id}/user/{user_id}" => pattern.to_owned(),
        _ => format!("{pattern}.json"),
    }
}

fn operations() -> Vec<Operation> {
    let mut operations = users();
    operations.extend(changes());
    operations.extend(groups());
    operations
}

fn users() -> Vec<Operation> {
    let email = || {
        let email = parameter::formatted(KnownFormat::Email);
        let email = parameter::query("email", email, "The address; write a `+` as `%2B`.");
        parameter::required(email, samples::EMAIL)
    };
    vec![
        operation(&USERS, ("GET", "/users"), "v1_list_users", "List all users")
            .describe("Deleted and pending users are in the list, which is ordered by id and comes in one piece.")
            .gives_many("All users", &[samples::v1_user()]),
        operation(&USERS, ("GET", "/user"), "v1_list_users_alias", "List all users")
            .describe("Another path for `GET /users.json`.")
            .gives_many("All users", &[samples::v1_user()]),
        operation(&USERS, ("GET", "/users/check_holistics_user"), "v1_check_email", "Tell whether an address is taken")
            .query(email())
            .gives(200, "Whether it is", &v1::IsAlreadyUser { is_already_user: true })
            .or(&[422]),
        operation(&USERS, ("GET", "/users/get_user"), "v1_find_user", "Find a user by address")
            .describe("Deleted users are found too.")
            .query(email())
            .gives(200, "The user", &samples::v1_user_summary())
            .or(&[404, 422]),
        operation(&USERS, ("GET", "/users/info"), "v1_get_own_user", "Get the key's owner")
            .gives(200, "The owner", &samples::v1_user()),
    ]
}

fn changes() -> Vec<Operation> {
    let ok = v1::Status::user_api();
    let invitation = v1::InviteRequest {
        name: Some("Ana".to_owned()),
        email: samples::EMAIL.to_owned(),
        role: v1::Role::Analyst,
        message: Some("Welcome!".to_owned()),
    };
    let update = v1::UpdateUserRequest {
        allow_authentication_token: Some(true),
        name: Some("Ana".to_owned()),
        title: Some("Dr".to_owned()),
    };
    let role = v1::ChangeRoleRequest {
        id: UserId(560),
        user: v1::RoleChange {
            role: v1::Role::Analyst,
            remove_groups: true,
        },
    };
    vec![
        operation(&USERS, ("POST", "/users/invite"), "v1_invite_user", "Invite a user")
            .describe("The user is pending until the invitation, which is mailed, is accepted.")
            .takes(&invitation)
            .gives(200, "The user is invited", &ok),
        operation(&USERS, ("POST", "/users/restore"), "v1_restore_user", "Restore a deleted user")
            .takes(&v1::RestoreRequest { id: UserId(560) })
            .gives(200, "The user is restored", &ok)
            .or(&[404]),
        operation(&USERS, ("POST", "/users/change_user_role"), "v1_change_role", "Give a user another role")
            .takes(&role)
            .gives(200, "The role is changed", &ok)
            .or(&[404]),
        operation(&USERS, ("PATCH", "/users/{id}"), "v1_update_user", "Change a user")
            .describe("The fields may also stand in an object `user`. At least one has to be there; a `null` name or title empties it.")
            .takes(&update)
            .gives(200, "The user is changed", &ok),
        operation(&USERS, ("DELETE", "/users/{id}"), "v1_delete_user", "Delete a user")
            .describe("The user keeps groups, role and address, and can be restored; keys and sessions end.")
            .gives(200, "The user is deleted", &ok),
        operation(&USERS, ("POST", "/users/{id}/resend_invite"), "v1_resend_invitation", "Send an invitation once more")
            .describe("Older links of the user die.")
            .gives(200, "The invitation is queued", &ok),
        operation(&USERS, ("POST", "/users/{id}/revoke_authentication_token"), "v1_revoke_keys", "Revoke a user's API keys")
            .describe("Admins revoke anybody's keys, others their own.")
            .gives(200, "The user has no key any more", &ok),
    ]
}

fn groups() -> Vec<Operation> {
    let ok = v1::Status::group_api();
    let named = |name: &str| v1::GroupRequest {
        group: v1::NamedGroup {
            name: name.to_owned(),
        },
    };
    vec![
        operation(
            &GROUPS,
            ("GET", "/groups"),
            "v1_list_groups",
            "List all groups",
        )
        .gives_many("All groups", &[samples::v1_group_size()]),
        operation(
            &GROUPS,
            ("POST", "/groups"),
            "v1_create_group",
            "Make a group",
        )
        .takes(&named("Singapore"))
        .gives(200, "The group", &samples::v1_group()),
        operation(
            &GROUPS,
            ("PUT", "/groups/{id}"),
            "v1_rename_group",
            "Rename a group",
        )
        .takes(&named("Capital"))
        .gives(200, "The group", &samples::v1_group()),
        operation(
            &GROUPS,
            ("DELETE", "/groups/{id}"),
            "v1_delete_group",
            "Delete a group for good",
        )
        .gives(200, "The group is gone", &ok),
        operation(
            &GROUPS,
            ("PUT", "/groups/{group_id}/user/{user_id}"),
            "v1_add_group_user",
            "Put a user into a group",
        )
        .gives(200, "The user is in the group", &ok),
        operation(
            &GROUPS,
            ("DELETE", "/groups/{group_id}/user/{user_id}"),
            "v1_remove_group_user",
            "Take a user out of a group",
        )
        .gives(200, "The user is not in the group", &ok),
    ]
}
