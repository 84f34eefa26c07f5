//! The first dialect: the Holistics User API and Group API ("legacy v1").
//!
//! `request` holds what clients send and how the server reads it, `user` and `group` what comes back.

mod group;
mod request;
mod user;

pub use group::{Group, GroupSize};
pub use request::{
    ChangeRoleRequest, GroupRequest, InviteRequest, NamedGroup, RestoreRequest, RoleChange,
    UpdateUserRequest, change_role, create_group, email_query, invite, rename_group, restore,
    update_user,
};
pub use user::{IsAlreadyUser, Role, User, UserSummary};

use serde::{Deserialize, Serialize};

/// The answer to a change: `{"status":"ok"}` from the User API, `{"status":"OK"}` from the Group API.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::Status))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// `ok` or `OK`.
    pub status: String,
}

impl Status {
    /// What the User API answers.
    pub fn user_api() -> Self {
        Self {
            status: "ok".to_owned(),
        }
    }

    /// What the Group API answers.
    pub fn group_api() -> Self {
        Self {
            status: "OK".to_owned(),
        }
    }
}

/// The answer to whatever fails: `{"errors":["message", …]}`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::Errors))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errors {
    /// One text a fault.
    pub errors: Vec<String>,
}
