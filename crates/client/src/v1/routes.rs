//! The routes of v1, each with whether it may be sent twice.
//!
//! A repetition is unsafe when the second request would do more than the first (another mail), or would be refused
//! because of it, so that a success would be reported as a fault. Of the safe ones, a few can be refused the
//! second time when the caller has just taken away its own rights; no harm comes of that.

use super::fault;
use crate::{
    GroupId, UserId,
    request::Route,
    retry::Repeat::{self, Safe, Unsafe},
};
use reqwest::Method;

pub(super) fn list_users() -> Route {
    route(Method::GET, Safe, "/users.json")
}

pub(super) fn invite_user() -> Route {
    // The address is taken the second time.
    route(Method::POST, Unsafe, "/users/invite.json")
}

pub(super) fn resend_invitation(user: UserId) -> Route {
    // A second mail, and the link in the first is dead.
    let path = format!("/users/{user}/resend_invite.json");
    route(Method::POST, Unsafe, path)
}

pub(super) fn delete_user(user: UserId) -> Route {
    // The user is already deleted the second time.
    route(Method::DELETE, Unsafe, format!("/users/{user}.json"))
}

pub(super) fn restore_user() -> Route {
    // The user is not deleted the second time.
    route(Method::POST, Unsafe, "/users/restore.json")
}

pub(super) fn update_user(user: UserId) -> Route {
    route(Method::PATCH, Safe, format!("/users/{user}.json"))
}

pub(super) fn revoke_authentication_token(user: UserId) -> Route {
    // Succeeds also when there is no token.
    let path = format!("/users/{user}/revoke_authentication_token.json");
    route(Method::POST, Safe, path)
}

pub(super) fn is_already_user() -> Route {
    // The slash is the documented form, here and in `find_user`.
    route(Method::GET, Safe, "/users/check_holistics_user.json/")
}

pub(super) fn change_role() -> Route {
    route(Method::POST, Safe, "/users/change_user_role.json")
}

pub(super) fn find_user() -> Route {
    route(Method::GET, Safe, "/users/get_user.json/")
}

pub(super) fn me() -> Route {
    route(Method::GET, Safe, "/users/info.json")
}

pub(super) fn list_groups() -> Route {
    route(Method::GET, Safe, "/groups.json")
}

pub(super) fn create_group() -> Route {
    // The name is taken the second time.
    route(Method::POST, Unsafe, "/groups.json")
}

pub(super) fn rename_group(group: GroupId) -> Route {
    route(Method::PUT, Safe, format!("/groups/{group}.json"))
}

pub(super) fn delete_group(group: GroupId) -> Route {
    // There is no such group the second time.
    route(Method::DELETE, Unsafe, format!("/groups/{group}.json"))
}

pub(super) fn add_group_user(group: GroupId, user: UserId) -> Route {
    route(Method::PUT, Safe, format!("/groups/{group}/user/{user}"))
}

pub(super) fn remove_group_user(group: GroupId, user: UserId) -> Route {
    // Succeeds also when the user is no member.
    route(Method::DELETE, Safe, format!("/groups/{group}/user/{user}"))
}

fn route(method: Method, repeat: Repeat, path: impl Into<String>) -> Route {
    Route {
        method,
        path: path.into(),
        repeat,
        fault,
    }
}
