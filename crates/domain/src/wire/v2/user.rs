//! How v2 prints users.

use super::{Cursors, Group};
use crate::{
    id::{GroupId, UserId},
    name::Name,
    role,
    time::Timestamp,
    user,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A user.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::User))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The address as typed.
    pub email: String,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The first two letters or digits of the name, or else of the address.
    pub initials: String,
    /// The role.
    pub role: Role,
    /// Whether the user is deleted.
    pub is_deleted: bool,
    /// Whether the user has accepted the invitation.
    pub is_activated: bool,
    /// Whether the user has an API key, be it of use now or not.
    pub has_authentication_token: bool,
    /// Whether the user's API keys are accepted.
    pub allow_authentication_token: bool,
    /// The latest sign-in.
    pub current_sign_in_at: Option<Timestamp>,
    /// The sign-in before the latest.
    pub last_sign_in_at: Option<Timestamp>,
    /// When the user was invited.
    pub created_at: Timestamp,
    /// The title, if there is one.
    pub title: Option<String>,
    /// The job title, if there is one.
    pub job_title: Option<String>,
    /// Whether the user may export data.
    pub enable_export_data: bool,
    /// What programs keep with the user.
    pub settings: Map<String, Value>,
    /// The groups that the user is in; the original tells them in lists only.
    #[serde(default)]
    pub group_ids: Vec<GroupId>,
}

impl From<user::UserDetails> for User {
    fn from(details: user::UserDetails) -> Self {
        let user = details.user;
        Self {
            id: user.id,
            initials: user.initials(),
            role: user.role.into(),
            is_deleted: user.deleted_at.is_some(),
            is_activated: user.activated_at.is_some(),
            has_authentication_token: details.has_authentication_token,
            allow_authentication_token: user.allow_authentication_token,
            current_sign_in_at: user.current_sign_in_at,
            last_sign_in_at: user.last_sign_in_at,
            created_at: user.created_at,
            group_ids: details.groups.iter().map(|group| group.id).collect(),
            email: user.email.into_string(),
            name: user.name.map(Name::into_string),
            title: user.title.map(Name::into_string),
            job_title: user.job_title.map(Name::into_string),
            enable_export_data: user.enable_export_data,
            settings: user.settings.into_object(),
        }
    }
}

/// One user.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAnswer))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAnswer {
    /// The user.
    pub user: User,
}

/// A page of users.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserPage))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPage {
    /// How many there are, unless they were not wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counters: Option<Counters>,
    /// The users.
    pub users: Vec<User>,
    /// The groups of those users, by id.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Group>))]
    #[serde(default)]
    pub groups: BTreeMap<GroupId, Group>,
    /// The pages beside it.
    pub cursors: Cursors,
}

/// How many users a filter lets through, before paging.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::Counters))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// In all.
    pub total: i64,
    /// Of each role: `viewer`, `explorer`, `analyst`, `admin`.
    pub by_role: BTreeMap<String, i64>,
}

impl From<Vec<(role::Role, i64)>> for Counters {
    fn from(counts: Vec<(role::Role, i64)>) -> Self {
        let mut by_role: BTreeMap<String, i64> = role::Role::ALL
            .iter()
            .map(|role| (role.as_str().to_owned(), 0))
            .collect();
        let total = counts.iter().map(|(_, count)| count).sum();
        for (role, count) in counts {
            by_role.insert(role.as_str().to_owned(), count);
        }
        Self { total, by_role }
    }
}

/// Whether an address is taken in the tenant.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::IsAlreadyUser))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IsAlreadyUser {
    /// True for pending and deleted users too.
    pub is_already_user: bool,
}

/// A role as v2 spells it. Words that are not known are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// `admin`
    Admin,
    /// `analyst`
    Analyst,
    /// `explorer`
    Explorer,
    /// `user`, who reads
    User,
    /// Any other word
    #[serde(untagged)]
    Other(String),
}

impl Role {
    /// The word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Admin => "admin",
            Self::Analyst => "analyst",
            Self::Explorer => "explorer",
            Self::User => "user",
            Self::Other(word) => word,
        }
    }
}

impl From<role::Role> for Role {
    fn from(role: role::Role) -> Self {
        match role {
            role::Role::Admin => Self::Admin,
            role::Role::Analyst => Self::Analyst,
            role::Role::Explorer => Self::Explorer,
            role::Role::Viewer => Self::User,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_the_words_that_are_sent_and_unknown_ones_are_kept() {
        for word in ["admin", "analyst", "explorer", "user", "growth_admin"] {
            let role: Role = serde_json::from_value(word.into()).unwrap();
            assert_eq!(role.as_str(), word);
            assert_eq!(serde_json::to_value(&role).unwrap(), word);
            assert_eq!(matches!(role, Role::Other(_)), word == "growth_admin");
        }
    }
}
