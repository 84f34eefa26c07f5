//! Groups of users. Unlike users they are deleted for good.

use crate::{
    id::{GroupId, TenantId, UserId},
    name::Name,
    time::Timestamp,
};
use serde_json::{Map, Value};

/// A group of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The id, never used again.
    pub id: GroupId,
    /// The tenant the group belongs to.
    pub tenant_id: TenantId,
    /// The name, unique in the tenant by its key.
    pub name: Name,
    /// When the group was made.
    pub created_at: Timestamp,
    /// When its name last changed; members do not count.
    pub updated_at: Timestamp,
}

impl Group {
    /// The group under another name.
    pub fn rename(self, name: Name, now: Timestamp) -> Self {
        Self {
            name,
            updated_at: now,
            ..self
        }
    }

    /// What the audit trail says of a group.
    pub fn audited(&self) -> Map<String, Value> {
        Map::from_iter([("name".to_owned(), self.name.as_str().into())])
    }
}

/// A group and how many users it has, without deleted ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSize {
    /// The group.
    pub group: Group,
    /// The number of its users.
    pub users: i64,
}

/// Reads a chunk of the tenant's groups, ordered by id.
#[derive(Debug, Clone)]
pub struct ListGroups {
    /// The chunk begins behind this group.
    pub after: Option<GroupId>,
}

/// Makes a group.
#[derive(Debug, Clone)]
pub struct CreateGroup {
    /// Its name.
    pub name: Name,
}

/// Renames a group.
#[derive(Debug, Clone)]
pub struct RenameGroup {
    /// Which.
    pub group: GroupId,
    /// The new name.
    pub name: Name,
}

/// Deletes a group and its memberships for good.
#[derive(Debug, Clone)]
pub struct DeleteGroup {
    /// Which.
    pub group: GroupId,
}

/// Puts a user into a group; nothing changes for a member.
#[derive(Debug, Clone)]
pub struct AddMember {
    /// The group.
    pub group: GroupId,
    /// The user.
    pub user: UserId,
}

/// Takes a user out of a group; nothing changes for others.
#[derive(Debug, Clone)]
pub struct RemoveMember {
    /// The group.
    pub group: GroupId,
    /// The user.
    pub user: UserId,
}
