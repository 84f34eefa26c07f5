//! Lists of users: which, in what order, and from where.

use super::{Status, UserDetails};
use crate::{
    group::Group,
    id::{GroupId, UserId},
    name::CONTROL,
    page::{Page, Rows},
    role::Role,
    text,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which users are asked for: those to whom all that is set applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Those in whose address, name, initials or a group's name this stands.
    pub search: Option<SearchTerm>,
    /// Those in one of these states; empty for any.
    pub statuses: Vec<Status>,
    /// Those of these ids, if given.
    pub ids: Option<Vec<UserId>>,
    /// Those of this role.
    pub role: Option<Role>,
    /// Those with a key that has not expired, or without one.
    pub has_authentication_token: Option<bool>,
}

/// What is searched for, as it is compared: it stands literally in what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerm(String);

impl SearchTerm {
    /// The longest term, in characters.
    pub const MAX_CHARACTERS: usize = 200;

    /// Reads what somebody typed; nothing but spaces is no term.
    ///
    /// # Errors
    /// It is too long, or has control characters: what separates address, name and initials is one, so that no term spans them.
    pub fn parse(typed: &str) -> Result<Option<Self>, crate::Fault> {
        if typed.chars().nth(Self::MAX_CHARACTERS).is_some() {
            return Err(crate::Fault::too_long(Self::MAX_CHARACTERS));
        }
        if typed.chars().any(char::is_control) {
            return Err(CONTROL);
        }
        let key = text::key(typed);
        Ok((!key.trim().is_empty()).then_some(Self(key)))
    }

    /// The term as it is compared.
    pub fn key(&self) -> &str {
        &self.0
    }
}

/// By what a list is ordered; ties by id, in the same direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UserSort {
    /// By id.
    #[default]
    Id,
    /// By name, users without one first.
    Name,
    /// By initials.
    Initials,
}

/// In which direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// Upwards.
    #[default]
    Ascending,
    /// Downwards.
    Descending,
}

/// Where a user stands in a list: the text it is ordered by, which is empty when that is the id, and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPosition {
    /// The text.
    pub text: String,
    /// The id.
    pub id: UserId,
}

/// Reads a page of the tenant's users.
#[derive(Debug, Clone)]
pub struct PageUsers {
    /// Which users.
    pub filter: UserFilter,
    /// In what order.
    pub sort: UserSort,
    /// In which direction.
    pub direction: Direction,
    /// Which of them.
    pub page: Page<UserPosition>,
    /// Whether all that the filter lets through are counted.
    pub counters: bool,
}

/// A page of users.
#[derive(Debug, Clone)]
pub struct UserPage {
    /// The users.
    pub rows: Rows<UserDetails>,
    /// The groups of those users.
    pub groups: BTreeMap<GroupId, Arc<Group>>,
    /// How many there are of each role, before paging.
    pub counters: Option<Vec<(Role, i64)>>,
}

/// Reads one user.
#[derive(Debug, Clone)]
pub struct GetUser {
    /// Whom.
    pub user: UserId,
}
