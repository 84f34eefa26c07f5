//! What an attribute is for a user or a group in the end.

use super::{Input, SystemAttribute, UserAttribute, UserAttributeEntry};
use crate::{id::UserAttributeId, name::Name, role::Role, user::User};
use std::collections::{HashMap, HashSet};

/// What an attribute is for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Computed {
    /// These values, each once; nothing where nobody said anything.
    Values(Vec<String>),
    /// Every value there is.
    Every,
    /// The user's role, which each dialect spells in its own way.
    Role(Role),
}

/// What each attribute is for a user: the user's own entry, and where that is missing or says to inherit, the entries of the
/// user's groups together. One group that has every value gives every value.
pub fn of_user(
    user: &User,
    attributes: Vec<UserAttribute>,
    own: Vec<UserAttributeEntry>,
    of_groups: Vec<UserAttributeEntry>,
) -> Vec<(UserAttribute, Computed)> {
    let mut own = by_attribute(own);
    let mut of_groups = by_attribute(of_groups);
    let compute = |attribute: &UserAttribute| {
        let is_named = |system: &SystemAttribute| system.name() == attribute.name.as_str();
        if attribute.is_system
            && let Some(system) = SystemAttribute::ALL.into_iter().find(is_named)
        {
            return follow(user, system);
        }
        let own = own.remove(&attribute.id).and_then(|mut own| own.pop());
        match own {
            Some(Input::Manual(values)) => unite(vec![Input::Manual(values)]),
            Some(Input::All) => Computed::Every,
            Some(Input::Inherit) | None => {
                unite(of_groups.remove(&attribute.id).unwrap_or_default())
            }
        }
    };
    computed(attributes, compute)
}

/// What each attribute is for a group: the group's own entry. The attributes of the system are not among them.
pub fn of_group(
    attributes: Vec<UserAttribute>,
    own: Vec<UserAttributeEntry>,
) -> Vec<(UserAttribute, Computed)> {
    let mut own = by_attribute(own);
    let attributes = attributes
        .into_iter()
        .filter(|attribute| !attribute.is_system)
        .collect();
    computed(attributes, |attribute| {
        unite(own.remove(&attribute.id).unwrap_or_default())
    })
}

fn computed(
    attributes: Vec<UserAttribute>,
    mut compute: impl FnMut(&UserAttribute) -> Computed,
) -> Vec<(UserAttribute, Computed)> {
    let computed = attributes.into_iter().map(|attribute| {
        let computed = compute(&attribute);
        (attribute, computed)
    });
    computed.collect()
}

fn by_attribute(entries: Vec<UserAttributeEntry>) -> HashMap<UserAttributeId, Vec<Input>> {
    let mut inputs: HashMap<_, Vec<Input>> = HashMap::new();
    for entry in entries {
        inputs.entry(entry.attribute).or_default().push(entry.input);
    }
    inputs
}

fn follow(user: &User, attribute: SystemAttribute) -> Computed {
    match attribute {
        SystemAttribute::Email => Computed::Values(vec![user.email.as_str().to_owned()]),
        SystemAttribute::Name => {
            let name = user.name.clone().map(Name::into_string);
            Computed::Values(name.into_iter().collect())
        }
        SystemAttribute::Role => Computed::Role(user.role),
    }
}

/// All values of all entries, each once, in the order in which they are said first.
fn unite(inputs: Vec<Input>) -> Computed {
    let mut seen = HashSet::new();
    let mut united = Vec::new();
    for input in inputs {
        match input {
            Input::All => return Computed::Every,
            Input::Inherit => {}
            Input::Manual(values) => {
                united.extend(
                    values
                        .into_iter()
                        .filter(|value| seen.insert(value.clone())),
                );
            }
        }
    }
    Computed::Values(united)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{GroupId, UserAttributeEntryId, UserId};
    use crate::user::lifecycle_tests::pending;
    use crate::user_attribute::{AttributeType, Subject, tests::attribute};

    fn entry(subject: Subject, input: Input) -> UserAttributeEntry {
        UserAttributeEntry {
            id: UserAttributeEntryId(1),
            attribute: UserAttributeId(7),
            attribute_name: Name::from_stored("region".to_owned()),
            subject,
            input,
        }
    }

    fn manual(values: &[&str]) -> Input {
        Input::Manual(values.iter().map(|value| (*value).to_owned()).collect())
    }

    fn values(values: &[&str]) -> Computed {
        Computed::Values(values.iter().map(|value| (*value).to_owned()).collect())
    }

    fn region(own: Option<Input>, of_groups: Vec<Input>) -> Computed {
        let own = own.map(|input| entry(Subject::User(UserId(1)), input));
        let of_groups = of_groups
            .into_iter()
            .map(|input| entry(Subject::Group(GroupId(1)), input));
        let mut computed = of_user(
            &pending(),
            vec![attribute(7, "region", AttributeType::String)],
            own.into_iter().collect(),
            of_groups.collect(),
        );
        computed.pop().unwrap().1
    }

    #[test]
    fn the_own_entry_counts_before_those_of_groups() {
        let groups = || vec![manual(&["eu", "us"]), manual(&["us", "asia"])];
        let union = values(&["eu", "us", "asia"]);
        assert_eq!(region(Some(manual(&["x", "x"])), groups()), values(&["x"]));
        assert_eq!(region(Some(manual(&[])), groups()), values(&[]));
        assert_eq!(region(Some(Input::All), groups()), Computed::Every);
        assert_eq!(region(Some(Input::Inherit), groups()), union);
        assert_eq!(region(None, groups()), union);
        assert_eq!(region(None, vec![]), values(&[]));
    }

    #[test]
    fn one_group_with_every_value_gives_every_value() {
        let groups = vec![manual(&["eu"]), Input::All, manual(&["us"])];
        assert_eq!(region(None, groups.clone()), Computed::Every);
        assert_eq!(region(Some(manual(&["x"])), groups), values(&["x"]));
    }

    #[test]
    fn those_of_the_system_follow_the_user() {
        let system = || {
            let of = |(id, system): (i64, SystemAttribute)| {
                attribute(id, system.name(), AttributeType::String)
            };
            (1..).zip(SystemAttribute::ALL).map(of).collect::<Vec<_>>()
        };
        let computed = |user: &User| -> Vec<Computed> {
            let all = of_user(user, system(), Vec::new(), Vec::new());
            all.into_iter().map(|(_, computed)| computed).collect()
        };
        let named = User {
            name: Some(Name::parse("Ana").unwrap()),
            ..pending()
        };
        let email = values(&[named.email.as_str()]);
        assert_eq!(
            computed(&named),
            [email.clone(), values(&["Ana"]), Computed::Role(named.role)]
        );
        let nameless = User {
            name: None,
            ..named
        };
        assert_eq!(computed(&nameless)[1], values(&[]));
        assert_eq!(of_group(system(), Vec::new()), []);
    }

    #[test]
    fn a_group_has_its_own_entry_only() {
        let region = || vec![attribute(7, "region", AttributeType::String)];
        let of = |own: Vec<Input>| {
            let own = own
                .into_iter()
                .map(|i| entry(Subject::Group(GroupId(1)), i));
            of_group(region(), own.collect()).pop().unwrap().1
        };
        assert_eq!(of(vec![]), values(&[]));
        assert_eq!(of(vec![manual(&["eu"])]), values(&["eu"]));
        assert_eq!(of(vec![Input::All]), Computed::Every);
    }
}
