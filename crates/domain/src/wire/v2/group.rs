//! How v2 prints groups.

use super::{Cursors, User};
use crate::{
    group::{self, GroupDetails},
    id::{GroupId, UserId},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A group.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::Group))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The id.
    pub id: GroupId,
    /// The name.
    pub name: String,
    /// Its users, if they were asked for, without deleted ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_ids: Option<Vec<UserId>>,
}

impl From<&group::Group> for Group {
    fn from(group: &group::Group) -> Self {
        Self {
            id: group.id,
            name: group.name.as_str().to_owned(),
            user_ids: None,
        }
    }
}

impl From<GroupDetails> for Group {
    fn from(details: GroupDetails) -> Self {
        Self {
            user_ids: details.users,
            ..Self::from(&details.group)
        }
    }
}

/// One group.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::GroupAnswer))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupAnswer {
    /// The group.
    pub group: Group,
}

/// A page of groups.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::GroupPage))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPage {
    /// The groups.
    pub groups: Vec<Group>,
    /// The users of those groups, by id; empty unless they were asked for.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, User>))]
    #[serde(default)]
    pub users: BTreeMap<UserId, User>,
    /// The pages beside it.
    pub cursors: Cursors,
}
