//! User attributes: what a tenant keeps of its users and groups beyond what Roster itself knows.
//!
//! A tenant defines attributes. An entry says what one of them is for one user or one group. What an attribute
//! is for a user in the end is computed of the user's own entry and those of its groups. The attributes of the system
//! follow the user and have no entries.

mod computed;
mod entry;
mod new_entry;
mod upsert;
mod value;

pub use computed::{Computed, of_group, of_user};
pub use entry::{Input, InputType, Subject, UserAttributeEntry};
pub use new_entry::{MAX_VALUES, NewEntry};
pub use upsert::{MAX_ENTRIES, ResolvedEntry, Subjects, UpsertEntries};
pub use value::{AttributeType, EVERY_VALUE};

use crate::{
    error::{Error, Fault},
    id::{TenantId, UserAttributeId},
    name::{Message, Name},
    page::Page,
};
use serde_json::{Map, Value};

/// A user attribute of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAttribute {
    /// The id, never used again.
    pub id: UserAttributeId,
    /// The tenant the attribute belongs to.
    pub tenant_id: TenantId,
    /// The name, unique in the tenant by its key.
    pub name: Name,
    /// What its values are.
    pub attribute_type: AttributeType,
    /// What people call it.
    pub label: Name,
    /// What it is for, if that was said.
    pub description: Option<Message>,
    /// Whether it follows the user by itself.
    pub is_system: bool,
}

impl UserAttribute {
    /// The attribute, if it may be changed or deleted.
    ///
    /// # Errors
    /// It is one of the system.
    pub fn changeable(self) -> Result<Self, Error> {
        match self.is_system {
            true => Err(Error::SystemAttribute),
            false => Ok(self),
        }
    }

    /// The attribute with these changes. Whether its values fit another type is for the caller to ask, by
    /// [`AttributeType::check`].
    ///
    /// # Errors
    /// It is one of the system.
    pub fn update(self, changes: UserAttributeChanges) -> Result<Self, Error> {
        let before = self.changeable()?;
        Ok(Self {
            name: changes.name.unwrap_or(before.name),
            attribute_type: changes.attribute_type.unwrap_or(before.attribute_type),
            label: changes.label.unwrap_or(before.label),
            description: changes.description.unwrap_or(before.description),
            ..before
        })
    }

    /// The refusal of a type that a value of the attribute does not fit.
    pub fn type_does_not_fit() -> Error {
        let fault = Fault::new(
            "does_not_fit",
            "must fit the values that the attribute has; change those first",
        );
        Error::field("user_attribute.attribute_type", fault)
    }

    /// What the audit trail says of an attribute.
    pub fn audited(&self) -> Map<String, Value> {
        let description = self.description.as_ref().map(Message::as_str);
        Map::from_iter([
            ("name".to_owned(), self.name.as_str().into()),
            (
                "attribute_type".to_owned(),
                self.attribute_type.as_str().into(),
            ),
            ("label".to_owned(), self.label.as_str().into()),
            ("description".to_owned(), description.into()),
        ])
    }
}

/// The attributes of the system, which every tenant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemAttribute {
    /// The user's address.
    Email,
    /// The user's name, if there is one.
    Name,
    /// The user's role.
    Role,
}

impl SystemAttribute {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Email, Self::Name, Self::Role];

    /// The name, which is its own key.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "h_email",
            Self::Name => "h_name",
            Self::Role => "h_role",
        }
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Name => "Name",
            Self::Role => "Role",
        }
    }
}

/// Reads a page of the tenant's user attributes, ordered by id.
#[derive(Debug, Clone)]
pub struct PageUserAttributes {
    /// Which of them.
    pub page: Page<UserAttributeId>,
}

/// Reads one user attribute.
#[derive(Debug, Clone)]
pub struct GetUserAttribute {
    /// Which.
    pub attribute: UserAttributeId,
}

/// Makes a user attribute.
#[derive(Debug, Clone)]
pub struct CreateUserAttribute {
    /// Its name.
    pub name: Name,
    /// What its values are.
    pub attribute_type: AttributeType,
    /// What people call it.
    pub label: Name,
    /// What it is for, if that is said.
    pub description: Option<Message>,
}

/// What changes of a user attribute: only what is there.
#[derive(Debug, Clone, Default)]
pub struct UserAttributeChanges {
    /// The name.
    pub name: Option<Name>,
    /// The type; the values that there are have to fit it.
    pub attribute_type: Option<AttributeType>,
    /// What people call it.
    pub label: Option<Name>,
    /// What it is for, which may become nothing.
    pub description: Option<Option<Message>>,
}

/// Changes a user attribute.
#[derive(Debug, Clone)]
pub struct UpdateUserAttribute {
    /// Which.
    pub attribute: UserAttributeId,
    /// What.
    pub changes: UserAttributeChanges,
}

/// Deletes a user attribute and all its entries for good.
#[derive(Debug, Clone)]
pub struct DeleteUserAttribute {
    /// Which.
    pub attribute: UserAttributeId,
}

/// Reads a page of a subject's entries, ordered by attribute.
#[derive(Debug, Clone)]
pub struct PageEntries {
    /// Whose.
    pub subject: Subject,
    /// Which of them.
    pub page: Page<UserAttributeId>,
}

/// Works out what each attribute is for a subject in the end.
#[derive(Debug, Clone)]
pub struct ComputeValues {
    /// For whom.
    pub subject: Subject,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn attribute(id: i64, name: &str, attribute_type: AttributeType) -> UserAttribute {
        UserAttribute {
            id: UserAttributeId(id),
            tenant_id: TenantId(1),
            name: Name::from_stored(name.to_owned()),
            attribute_type,
            label: Name::from_stored(name.to_owned()),
            description: None,
            is_system: SystemAttribute::ALL.iter().any(|s| s.name() == name),
        }
    }

    #[test]
    fn only_what_is_given_changes() {
        let before = UserAttribute {
            description: Message::parse_optional("Where").unwrap(),
            ..attribute(1, "region", AttributeType::String)
        };
        let same = before.clone().update(UserAttributeChanges::default());
        assert_eq!(same, Ok(before.clone()));
        let changes = UserAttributeChanges {
            label: Some(Name::parse("Region").unwrap()),
            description: Some(None),
            ..UserAttributeChanges::default()
        };
        let after = before.clone().update(changes).unwrap();
        assert_eq!(after.label.as_str(), "Region");
        assert_eq!(after.description, None);
        assert_eq!(after.name, before.name);
    }

    #[test]
    fn those_of_the_system_do_not_change() {
        for system in SystemAttribute::ALL {
            let attribute = attribute(1, system.name(), AttributeType::String);
            let refused = attribute.clone().update(UserAttributeChanges::default());
            assert_eq!(refused, Err(Error::SystemAttribute));
            assert_eq!(attribute.changeable(), Err(Error::SystemAttribute));
            // The migrations rely on it.
            assert_eq!(
                Name::parse(system.name()).unwrap().key(),
                system.name(),
                "the key of {system:?}"
            );
        }
    }
}
