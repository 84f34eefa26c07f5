//! How v1 prints users.

use super::Group;
use crate::{id::UserId, role, time::Timestamp, user};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A user as `GET /users.json` and `GET /users/info.json` print it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::User))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The name, or else the part of the address before the `@`.
    pub name: String,
    /// The address as typed.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The first two letters or digits of the name, or else of the address.
    pub initials: String,
    /// Whether the user is deleted.
    pub is_deleted: bool,
    /// Whether the user has accepted the invitation.
    pub is_activated: bool,
    /// Whether the user has an API key, be it of use now or not.
    pub has_authentication_token: bool,
    /// The user's groups.
    pub groups: Vec<Group>,
    /// Whether the user's API keys are accepted.
    pub allow_authentication_token: bool,
    /// The latest sign-in.
    pub current_sign_in_at: Option<Timestamp>,
    /// The sign-in before the latest.
    pub last_sign_in_at: Option<Timestamp>,
}

impl From<user::UserDetails> for User {
    fn from(details: user::UserDetails) -> Self {
        let user = details.user;
        Self {
            id: user.id,
            name: user.display_name().to_owned(),
            role: user.role.into(),
            initials: user.initials(),
            is_deleted: user.deleted_at.is_some(),
            is_activated: user.activated_at.is_some(),
            has_authentication_token: details.has_authentication_token,
            groups: details
                .groups
                .iter()
                .map(|group| Group::from(group.as_ref()))
                .collect(),
            allow_authentication_token: user.allow_authentication_token,
            current_sign_in_at: user.current_sign_in_at,
            last_sign_in_at: user.last_sign_in_at,
            email: user.email.into_string(),
        }
    }
}

/// The five fields that `GET /users/get_user.json` prints.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::UserSummary))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSummary {
    /// The id.
    pub id: UserId,
    /// The name, or else the part of the address before the `@`.
    pub name: String,
    /// The address as typed.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The title, if there is one.
    pub title: Option<String>,
}

impl From<user::User> for UserSummary {
    fn from(user: user::User) -> Self {
        Self {
            id: user.id,
            name: user.display_name().to_owned(),
            email: user.email.into_string(),
            role: user.role.into(),
            title: user.title.map(crate::name::Name::into_string),
        }
    }
}

/// Whether an address is taken in the tenant.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::IsAlreadyUser))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IsAlreadyUser {
    /// True for pending and deleted users too.
    pub is_already_user: bool,
}

/// A role as v1 spells it. Words that are not known are kept, so that a client reads the answers of
/// services that have more roles.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// `admin`
    Admin,
    /// `analyst`
    Analyst,
    /// `explorer`
    Explorer,
    /// `business`; the original's page on invitations calls it `user`, which `Role::from("user")` sends
    Business,
    /// Any other word
    Other(String),
}

impl Role {
    /// The word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Admin => "admin",
            Self::Analyst => "analyst",
            Self::Explorer => "explorer",
            Self::Business => "business",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for Role {
    fn from(word: &str) -> Self {
        match word {
            "admin" => Self::Admin,
            "analyst" => Self::Analyst,
            "explorer" => Self::Explorer,
            "business" => Self::Business,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<role::Role> for Role {
    fn from(role: role::Role) -> Self {
        match role {
            role::Role::Admin => Self::Admin,
            role::Role::Analyst => Self::Analyst,
            role::Role::Explorer => Self::Explorer,
            role::Role::Viewer => Self::Business,
        }
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(deserializer)?.as_str()))
    }
}
