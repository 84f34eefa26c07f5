//! What a list of users of v2 can be asked for.

use super::{Role, Status};
use crate::UserId;

/// Which users are listed, and how: those to whom all that is set applies.
///
/// ```
/// use roster_client::v2::{ListUsersRequest, Role, Status, UserSort};
///
/// let active_admins_by_name = ListUsersRequest {
///     statuses: vec![Status::Active],
///     role: Some(Role::Admin),
///     sort: Some(UserSort::NameAscending),
///     ..ListUsersRequest::default()
/// };
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListUsersRequest {
    /// Those in whose address, name, initials or a group's name this stands, whatever its case.
    pub search_term: Option<String>,
    /// Those in one of these states; any if empty, also deleted.
    pub statuses: Vec<Status>,
    /// Those of these ids; of none, nobody.
    pub ids: Option<Vec<UserId>>,
    /// Those of this role.
    pub role: Option<Role>,
    /// Those with an API key, be it of use now or not, or those without one.
    pub has_authentication_token: Option<bool>,
    /// Whether deleted users are left out.
    pub exclude_deleted: bool,
    /// In what order; by id unless set.
    pub sort: Option<UserSort>,
    /// Whether nothing is counted, which keeps a page cheap in a large tenant. It is Roster's own.
    pub without_counters: bool,
    /// How many users a page has at most, from 1 to 100. [`super::Users::list`] takes 100 unless set, and the service gives 20
    /// where nothing is said.
    pub limit: Option<u32>,
}

/// By what a list of users is ordered; ties by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserSort {
    /// By id, the oldest first.
    IdAscending,
    /// By id, the newest first.
    IdDescending,
    /// By name, users without one first.
    NameAscending,
    /// By name, users without one last.
    NameDescending,
    /// By initials.
    InitialsAscending,
    /// By initials, backwards.
    InitialsDescending,
}

impl ListUsersRequest {
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        pairs.extend(self.search_term.clone().map(|term| ("search_term", term)));
        let statuses = self.statuses.iter();
        pairs.extend(statuses.map(|status| ("statuses[]", status.as_str().to_owned())));
        let ids = self.ids.iter().flatten();
        pairs.extend(ids.map(|id| ("ids[]", id.to_string())));
        let role = self.role.as_ref();
        pairs.extend(role.map(|role| ("role", role.as_str().to_owned())));
        let has_token = self.has_authentication_token;
        pairs.extend(has_token.map(|has| ("has_authentication_token", has.to_string())));
        if self.exclude_deleted {
            pairs.push(("exclude_deleted", "true".to_owned()));
        }
        pairs.extend(self.sort.map(|sort| ("sort", sort.as_str().to_owned())));
        if self.without_counters {
            pairs.push(("counters", "false".to_owned()));
        }
        pairs
    }
}

impl UserSort {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::IdAscending => "id_asc",
            Self::IdDescending => "id_desc",
            Self::NameAscending => "name_asc",
            Self::NameDescending => "name_desc",
            Self::InitialsAscending => "initials_asc",
            Self::InitialsDescending => "initials_desc",
        }
    }
}
