//! Users and groups that come from elsewhere, many at once, as they were there. Nobody is mailed.

use crate::{
    email::Email,
    error::{Fault, FieldFault},
    id::{GroupId, UserId},
    name::Name,
    password::PasswordHash,
    role::Role,
    time::Timestamp,
    user::Settings,
    user_attribute::{CreateUserAttribute, NewEntry},
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How many rows are imported at once unless it is said how: longer would keep others waiting.
pub const MAX_ROWS: usize = 10_000;

/// Adds users and groups, all or nothing.
#[derive(Debug, Clone)]
pub struct ImportRows {
    /// The groups and users, groups first.
    pub rows: Vec<Row>,
    /// The names, as they are compared, of all groups that come with this and earlier commands of the same import.
    pub group_keys: Arc<HashSet<String>>,
    /// User attributes that come with them.
    pub attributes: Vec<CreateUserAttribute>,
    /// What those are for the users and groups that come with them, by their ids.
    pub entries: Vec<NewEntry>,
    /// Whether those that are there already are left as they are, instead of being faults.
    pub skip_existing: bool,
    /// Whether it is only told what would happen.
    pub is_rehearsal: bool,
}

impl ImportRows {
    /// Whether any of them keeps the id that it had.
    pub fn keeps_ids(&self) -> bool {
        self.rows.iter().any(|row| match &row.entry {
            Entry::Group(group) => group.id.is_some(),
            Entry::User(user) => user.id.is_some(),
        })
    }
}

/// One of the rows.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it stands: the line in a file, or the number in a list. It begins with 1.
    pub line: u64,
    /// What it is.
    pub entry: Entry,
}

/// What is imported.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A group.
    Group(ImportedGroup),
    /// A user.
    User(Box<ImportedUser>),
}

/// A group as it was elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedGroup {
    /// The id to keep, if it is to be kept.
    pub id: Option<GroupId>,
    /// The name.
    pub name: Name,
    /// When it was made, if known.
    pub created_at: Option<Timestamp>,
    /// When its name last changed, if known.
    pub updated_at: Option<Timestamp>,
}

/// A user as it was elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedUser {
    /// The id to keep, if it is to be kept.
    pub id: Option<UserId>,
    /// The address.
    pub email: Email,
    /// The name, if known.
    pub name: Option<Name>,
    /// The title, if there is one.
    pub title: Option<Name>,
    /// The job title, if there is one.
    pub job_title: Option<Name>,
    /// The role.
    pub role: Role,
    /// Whether the user has accepted an invitation once.
    pub is_activated: bool,
    /// Whether the user is deleted.
    pub is_deleted: bool,
    /// Whether the user's keys are accepted.
    pub allow_authentication_token: bool,
    /// Whether the user may export data.
    pub enable_export_data: bool,
    /// What programs keep with the user.
    pub settings: Settings,
    /// The names of the user's groups.
    pub groups: Vec<Name>,
    /// The password, hashed elsewhere.
    pub password: Option<PasswordHash>,
    /// When the user was made, if known.
    pub created_at: Option<Timestamp>,
    /// The latest sign-in, if known.
    pub current_sign_in_at: Option<Timestamp>,
    /// The sign-in before the latest, if known.
    pub last_sign_in_at: Option<Timestamp>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// Where the row stands.
    pub line: u64,
    /// The field, and what is wrong with it.
    pub fault: FieldFault,
}

impl RowFault {
    /// A fault of a field.
    pub fn new(line: u64, field: &str, fault: Fault) -> Self {
        let field = field.to_owned();
        Self {
            line,
            fault: FieldFault { field, fault },
        }
    }
}

/// What came of an import, or would come of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Nothing was imported if there are any.
    pub faults: Vec<RowFault>,
    /// Those that are there already and were left as they are.
    pub skipped: Vec<u64>,
    /// How many users were added.
    pub users: usize,
    /// How many groups were added.
    pub groups: usize,
}

/// What stands in a row that another row before it has, where nobody may have the same.
pub fn repetitions(rows: &[Row]) -> Vec<RowFault> {
    let mut seen: HashMap<(&'static str, String), u64> = HashMap::new();
    let mut faults = Vec::new();
    for row in rows {
        let keys = match &row.entry {
            Entry::Group(group) => [
                Some(("name", format!("group {}", group.name.key()))),
                group.id.map(|id| ("id", format!("group {id}"))),
            ],
            Entry::User(user) => [
                Some(("email", user.email.key().to_owned())),
                user.id.map(|id| ("id", format!("user {id}"))),
            ],
        };
        for key in keys.into_iter().flatten() {
            let field = key.0;
            let first = *seen.entry(key).or_insert(row.line);
            if first != row.line {
                let fault = Fault {
                    code: "repeated",
                    message: format!("is the same as in line {first}").into(),
                };
                faults.push(RowFault::new(row.line, field, fault));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(line: u64, id: i64, name: &str) -> Row {
        let group = ImportedGroup {
            id: Some(GroupId(id)),
            name: Name::parse(name).unwrap(),
            created_at: None,
            updated_at: None,
        };
        let entry = Entry::Group(group);
        Row { line, entry }
    }

    #[test]
    fn what_is_said_twice_names_the_first_line() {
        let rows = [
            group(1, 5, "Sales"),
            group(2, 6, "Ops"),
            group(4, 5, "SALES"),
        ];
        let told: Vec<String> = repetitions(&rows)
            .iter()
            .map(|fault| format!("{} {}", fault.line, fault.fault))
            .collect();
        assert_eq!(
            told,
            [
                "4 name is the same as in line 1",
                "4 id is the same as in line 1"
            ]
        );
    }
}
