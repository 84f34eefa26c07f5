//! Setting entries: what a request may say, and what is wrong with one that says something else.

use super::new_entry::Attributes;
use super::{Input, NewEntry, Subject, UserAttribute};
use crate::{
    error::{Error, Fault, FieldFault},
    group::Group,
    id::{GroupId, UserId},
    user::{Status, User},
};
use std::collections::{BTreeMap, HashMap};

/// The most entries that a request may set.
pub const MAX_ENTRIES: usize = 100;

/// Sets entries: all or none. Those that a subject has already are replaced.
#[derive(Debug, Clone)]
pub struct UpsertEntries {
    /// The entries, or what is wrong with one already, to be told with what else is found.
    pub entries: Vec<Result<NewEntry, Vec<FieldFault>>>,
}

/// Those subjects of a request that there are.
#[derive(Debug, Clone, Default)]
pub struct Subjects {
    /// The users, deleted ones included.
    pub users: BTreeMap<UserId, User>,
    /// The groups.
    pub groups: BTreeMap<GroupId, Group>,
}

impl Subjects {
    pub(super) fn check(&self, subject: Subject) -> Result<(), Fault> {
        let is_there = match subject {
            Subject::User(id) => match self.users.get(&id) {
                Some(user) if user.status() == Status::Deleted => {
                    return Err(Fault::new(
                        "user_deleted",
                        "is the id of a deleted user, who has to be restored first",
                    ));
                }
                found => found.is_some(),
            },
            Subject::Group(id) => self.groups.contains_key(&id),
        };
        match is_there {
            true => Ok(()),
            false => Err(Fault::new(
                "unknown",
                "must be the id of a user or group that there is, as subject_type says",
            )),
        }
    }
}

/// An entry that may be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedEntry<'a> {
    /// For whom.
    pub subject: Subject,
    /// Of which attribute.
    pub attribute: &'a UserAttribute,
    /// What it says.
    pub input: Input,
}

impl UpsertEntries {
    /// The entries that are in order so far.
    pub fn in_order(&self) -> impl Iterator<Item = &NewEntry> {
        self.entries.iter().flatten()
    }

    /// Finds out what the entries are about, given the subjects and attributes that there are of those they name.
    ///
    /// # Errors
    /// All faults of all entries, each at its path: `user_attribute_entries[3].values[0]`.
    pub fn resolve<'a>(
        &self,
        subjects: &Subjects,
        attributes: &'a [UserAttribute],
    ) -> Result<Vec<ResolvedEntry<'a>>, Error> {
        let attributes = Attributes::new(attributes);
        let mut faults = Vec::new();
        let mut resolved = Vec::with_capacity(self.entries.len());
        let mut first_at = HashMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let path = format!("user_attribute_entries[{index}]");
            let entry = match entry {
                Ok(entry) => entry,
                Err(known) => {
                    faults.extend(known.iter().cloned());
                    continue;
                }
            };
            let mut found = Vec::new();
            let attribute = entry.resolve(subjects, &attributes, &mut found);
            if let Some(attribute) = attribute {
                let first = *first_at
                    .entry((entry.subject, attribute.id))
                    .or_insert(index);
                if first != index {
                    found.push((String::new(), repeated(first)));
                }
                resolved.push(ResolvedEntry {
                    subject: entry.subject,
                    attribute,
                    input: entry.input(),
                });
            }
            faults.extend(found.into_iter().map(|(field, fault)| FieldFault {
                field: format!("{path}{field}"),
                fault,
            }));
        }
        match faults.is_empty() {
            true => Ok(resolved),
            false => Err(Error::Invalid(faults)),
        }
    }
}

fn repeated(first: usize) -> Fault {
    Fault {
        code: "repeated",
        message: format!(
            "must not set what user_attribute_entries[{first}] sets: the same attribute of the same subject"
        )
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{TenantId, UserAttributeId};
    use crate::name::Name;
    use crate::time::Timestamp;
    use crate::user::lifecycle_tests::pending;
    use crate::user_attribute::tests::attribute;
    use crate::user_attribute::{AttributeType, InputType};

    fn subjects() -> Subjects {
        let now = Timestamp::from_micros(1);
        let deleted = User {
            deleted_at: Some(now),
            ..pending()
        };
        let group = Group {
            id: GroupId(1),
            tenant_id: TenantId(1),
            name: Name::from_stored("Capital".to_owned()),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        Subjects {
            users: BTreeMap::from([(UserId(1), pending()), (UserId(2), deleted)]),
            groups: BTreeMap::from([(GroupId(1), group)]),
        }
    }

    fn attributes() -> Vec<UserAttribute> {
        vec![
            attribute(1, "h_email", AttributeType::String),
            attribute(2, "Region", AttributeType::String),
            attribute(3, "age", AttributeType::Number),
        ]
    }

    fn manual(subject: Subject, attribute: i64, values: &[&str]) -> NewEntry {
        NewEntry {
            subject,
            attribute: Some(UserAttributeId(attribute)),
            attribute_name: None,
            input_type: InputType::Manual,
            values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
        }
    }

    const USER: Subject = Subject::User(UserId(1));
    const GROUP: Subject = Subject::Group(GroupId(1));

    fn faults(entries: Vec<NewEntry>) -> Vec<String> {
        let command = UpsertEntries {
            entries: entries.into_iter().map(Ok).collect(),
        };
        match command.resolve(&subjects(), &attributes()) {
            Ok(_) => Vec::new(),
            Err(Error::Invalid(faults)) => faults
                .iter()
                .map(|f| format!("{} {}", f.field, f.fault.code))
                .collect(),
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn what_is_in_order_is_resolved() {
        let named = NewEntry {
            attribute: None,
            attribute_name: Some(Name::parse("REGION").unwrap()),
            input_type: InputType::All,
            values: None,
            ..manual(GROUP, 2, &[])
        };
        let both = NewEntry {
            attribute: Some(UserAttributeId(2)),
            input_type: InputType::Inherit,
            values: Some(Vec::new()),
            subject: USER,
            ..named.clone()
        };
        let command = UpsertEntries {
            entries: vec![Ok(manual(USER, 3, &["1", "-2.5"])), Ok(named), Ok(both)],
        };
        let attributes = attributes();
        let resolved = command.resolve(&subjects(), &attributes).unwrap();
        let inputs: Vec<_> = resolved
            .iter()
            .map(|entry| (entry.subject, entry.attribute.id.0, entry.input.clone()))
            .collect();
        let values = vec!["1".to_owned(), "-2.5".to_owned()];
        assert_eq!(
            inputs,
            [
                (USER, 3, Input::Manual(values)),
                (GROUP, 2, Input::All),
                (USER, 2, Input::Inherit),
            ]
        );
    }

    #[test]
    fn every_fault_has_its_path() {
        let inherit = |subject| NewEntry {
            input_type: InputType::Inherit,
            ..manual(subject, 2, &[])
        };
        let unnamed = NewEntry {
            attribute: None,
            ..manual(USER, 2, &[])
        };
        let named = |name: &str| NewEntry {
            attribute_name: Some(Name::parse(name).unwrap()),
            ..manual(USER, 2, &[])
        };
        let all_with_values = NewEntry {
            input_type: InputType::All,
            ..manual(USER, 2, &["a"])
        };
        let without_values = NewEntry {
            values: None,
            ..manual(USER, 2, &[])
        };
        let many = vec!["1"; 101];
        for (entry, expected) in [
            (
                manual(Subject::User(UserId(9)), 2, &[]),
                vec!["subject_id unknown"],
            ),
            (
                manual(Subject::Group(GroupId(2)), 2, &[]),
                vec!["subject_id unknown"],
            ),
            (
                manual(Subject::User(UserId(2)), 2, &[]),
                vec!["subject_id user_deleted"],
            ),
            (manual(USER, 9, &["\0"]), vec!["user_attribute_id unknown"]),
            (
                manual(USER, 1, &["a"]),
                vec!["user_attribute_id system_attribute"],
            ),
            (named("nothing"), vec!["user_attribute_name unknown"]),
            (named("age"), vec!["user_attribute_name contradiction"]),
            (
                NewEntry {
                    attribute: None,
                    ..named("h_email")
                },
                vec!["user_attribute_name system_attribute"],
            ),
            (unnamed, vec!["user_attribute_id required"]),
            (inherit(GROUP), vec!["input_type group_inherits"]),
            (all_with_values, vec!["values not_manual"]),
            (without_values, vec!["values required"]),
            (manual(USER, 3, &many), vec!["values too_many"]),
            (
                manual(Subject::User(UserId(9)), 3, &["1", "x", "2", ""]),
                vec!["subject_id unknown", "values[1] value", "values[3] blank"],
            ),
        ] {
            let expected: Vec<String> = expected
                .iter()
                .map(|fault| format!("user_attribute_entries[1].{fault}"))
                .collect();
            let entries = vec![manual(GROUP, 3, &["7"]), entry];
            assert_eq!(faults(entries), expected);
        }
        assert_eq!(faults(vec![inherit(USER)]), Vec::<String>::new());
    }

    #[test]
    fn nothing_is_set_twice_whatever_it_is_called() {
        let named = NewEntry {
            attribute: None,
            attribute_name: Some(Name::parse("region").unwrap()),
            ..manual(USER, 2, &["b"])
        };
        let entries = vec![
            manual(USER, 2, &["a"]),
            manual(GROUP, 2, &["a"]),
            named,
            manual(USER, 2, &["a"]),
        ];
        assert_eq!(
            faults(entries),
            [
                "user_attribute_entries[2] repeated",
                "user_attribute_entries[3] repeated"
            ]
        );
    }

    #[test]
    fn faults_that_were_known_come_with_the_others_in_their_order() {
        let known = FieldFault {
            field: "user_attribute_entries[1].input_type".to_owned(),
            fault: Fault::REQUIRED,
        };
        let command = UpsertEntries {
            entries: vec![
                Ok(manual(USER, 9, &[])),
                Err(vec![known]),
                Ok(manual(USER, 3, &["x"])),
            ],
        };
        let Err(Error::Invalid(faults)) = command.resolve(&subjects(), &attributes()) else {
            panic!();
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "user_attribute_entries[0].user_attribute_id",
                "user_attribute_entries[1].input_type",
                "user_attribute_entries[2].values[0]",
            ]
        );
    }
}
