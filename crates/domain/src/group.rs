//! Groups of users. Unlike users they are deleted for good.

use crate::{
    id::{GroupId, TenantId, UserId},
    name::Name,
    page::{Page, Rows},
    time::Timestamp,
    user::{Direction, UserDetails},
    version::Version,
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
    /// Rises with each change of its name or its members.
    pub version: i64,
}

impl Group {
    /// The group under another name.
    pub fn rename(self, name: Name, now: Timestamp) -> Self {
        Self {
            name,
            updated_at: now,
            version: self.version.saturating_add(1),
            ..self
        }
    }

    /// The version that a caller sees.
    pub fn seen_version(&self) -> Version {
        Version {
            row: self.version,
            groups: 0,
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

/// Reads a page of the tenant's groups, ordered by id.
#[derive(Debug, Clone)]
pub struct PageGroups {
    /// In which direction.
    pub direction: Direction,
    /// Which of them.
    pub page: Page<GroupId>,
    /// Whether their users come with them.
    pub include_users: bool,
}

/// Reads one group.
#[derive(Debug, Clone)]
pub struct GetGroup {
    /// Which.
    pub group: GroupId,
    /// Whether its users come with it.
    pub include_users: bool,
}

/// A group, and its users if they were asked for, without deleted ones.
#[derive(Debug, Clone)]
pub struct GroupDetails {
    /// The group.
    pub group: Group,
    /// Its users, ordered by id.
    pub users: Option<Vec<UserId>>,
}

/// A page of groups.
#[derive(Debug, Clone)]
pub struct GroupPage {
    /// The groups.
    pub rows: Rows<GroupDetails>,
    /// The users of those groups, if they were asked for.
    pub users: Vec<UserDetails>,
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
    /// The version that the group still has to have, if the caller insists.
    pub version: Option<Version>,
    /// The new name.
    pub name: Name,
}

/// Deletes a group and its memberships for good.
#[derive(Debug, Clone)]
pub struct DeleteGroup {
    /// Which.
    pub group: GroupId,
    /// The version that the group still has to have, if the caller insists.
    pub version: Option<Version>,
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
