//! The routes of v2, each with whether it may be sent twice; see those of v1 for what makes a repetition unsafe.

use super::fault::fault;
use crate::{
    GroupId, JobId, UserAttributeId, UserId,
    request::Route,
    retry::Repeat::{self, Safe, Unsafe},
};
use reqwest::Method;

pub(super) fn list_users() -> Route {
    route(Method::GET, Safe, "/users")
}

pub(super) fn get_user(user: UserId) -> Route {
    route(Method::GET, Safe, format!("/users/{user}"))
}

pub(super) fn update_user(user: UserId) -> Route {
    route(Method::PUT, Safe, format!("/users/{user}"))
}

pub(super) fn delete_user(user: UserId) -> Route {
    // The user is already deleted the second time.
    route(Method::DELETE, Unsafe, format!("/users/{user}"))
}

pub(super) fn invite_users() -> Route {
    // The addresses are taken the second time.
    route(Method::POST, Unsafe, "/users/invite")
}

pub(super) fn restore_user(user: UserId) -> Route {
    // The user is not deleted the second time.
    route(Method::POST, Unsafe, format!("/users/{user}/restore"))
}

pub(super) fn resend_invitation(user: UserId) -> Route {
    // A second mail, and the link in the first is dead.
    route(Method::POST, Unsafe, format!("/users/{user}/resend_invite"))
}

pub(super) fn revoke_authentication_token(user: UserId) -> Route {
    // Succeeds also when there is no token.
    let path = format!("/users/{user}/revoke_authentication_token");
    route(Method::POST, Safe, path)
}

pub(super) fn is_already_user() -> Route {
    route(Method::GET, Safe, "/users/check_holistics_user")
}

pub(super) fn me() -> Route {
    route(Method::GET, Safe, "/users/me")
}

pub(super) fn list_groups() -> Route {
    route(Method::GET, Safe, "/groups")
}

pub(super) fn create_group() -> Route {
    // The name is taken the second time.
    route(Method::POST, Unsafe, "/groups")
}

pub(super) fn get_group(group: GroupId) -> Route {
    route(Method::GET, Safe, format!("/groups/{group}"))
}

pub(super) fn rename_group(group: GroupId) -> Route {
    route(Method::PUT, Safe, format!("/groups/{group}"))
}

pub(super) fn delete_group(group: GroupId) -> Route {
    // There is no such group the second time.
    route(Method::DELETE, Unsafe, format!("/groups/{group}"))
}

pub(super) fn add_group_user(group: GroupId, user: UserId) -> Route {
    let path = format!("/groups/{group}/add_user/{user}");
    route(Method::POST, Safe, path)
}

pub(super) fn remove_group_user(group: GroupId, user: UserId) -> Route {
    // Succeeds also when the user is no member.
    let path = format!("/groups/{group}/remove_user/{user}");
    route(Method::POST, Safe, path)
}

pub(super) fn list_jobs() -> Route {
    route(Method::GET, Safe, "/jobs")
}

pub(super) fn get_job(job: JobId) -> Route {
    route(Method::GET, Safe, format!("/jobs/{job}"))
}

pub(super) fn job_logs(job: JobId) -> Route {
    route(Method::GET, Safe, format!("/jobs/{job}/logs"))
}

pub(super) fn job_result(job: JobId) -> Route {
    route(Method::GET, Safe, format!("/jobs/{job}/result"))
}

pub(super) fn list_user_attributes() -> Route {
    route(Method::GET, Safe, "/user_attributes")
}

pub(super) fn create_user_attribute() -> Route {
    // The name is taken the second time.
    route(Method::POST, Unsafe, "/user_attributes")
}

pub(super) fn get_user_attribute(attribute: UserAttributeId) -> Route {
    route(Method::GET, Safe, format!("/user_attributes/{attribute}"))
}

pub(super) fn update_user_attribute(attribute: UserAttributeId) -> Route {
    route(Method::PUT, Safe, format!("/user_attributes/{attribute}"))
}

pub(super) fn delete_user_attribute(attribute: UserAttributeId) -> Route {
    // There is no such attribute the second time.
    let path = format!("/user_attributes/{attribute}");
    route(Method::DELETE, Unsafe, path)
}

pub(super) fn list_entries() -> Route {
    route(Method::GET, Safe, "/user_attribute_entries")
}

pub(super) fn compute_values() -> Route {
    route(Method::GET, Safe, "/user_attribute_entries/computed_values")
}

pub(super) fn upsert_entries() -> Route {
    route(Method::PUT, Safe, "/user_attribute_entries/upsert")
}

fn route(method: Method, repeat: Repeat, path: impl AsRef<str>) -> Route {
    Route {
        method,
        path: format!("/api/v2{}", path.as_ref()),
        repeat,
        fault,
    }
}
