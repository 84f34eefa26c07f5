//! How v1 prints groups.

use crate::{
    group,
    id::{GroupId, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A group, bare or in a user's `groups`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::Group))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The id.
    pub id: GroupId,
    /// The name.
    pub name: String,
    /// When the group was made.
    pub created_at: Timestamp,
    /// When its name last changed.
    pub updated_at: Timestamp,
    /// The tenant it belongs to.
    pub tenant_id: TenantId,
}

impl From<&group::Group> for Group {
    fn from(group: &group::Group) -> Self {
        Self {
            id: group.id,
            name: group.name.as_str().to_owned(),
            created_at: group.created_at,
            updated_at: group.updated_at,
            tenant_id: group.tenant_id,
        }
    }
}

/// A group as `GET /groups.json` prints it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v1::GroupSize))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSize {
    /// The id.
    pub id: GroupId,
    /// The name.
    pub name: String,
    /// The number of its users; deleted ones do not count.
    pub num_user: i64,
}

impl From<group::GroupSize> for GroupSize {
    fn from(size: group::GroupSize) -> Self {
        Self {
            id: size.group.id,
            name: size.group.name.into_string(),
            num_user: size.users,
        }
    }
}
