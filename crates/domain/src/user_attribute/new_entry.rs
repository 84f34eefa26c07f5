//! An entry as a request has it, and what can be wrong with it by itself.

use super::{AttributeType, Input, InputType, Subject, Subjects, UserAttribute};
use crate::{error::Fault, id::UserAttributeId, name::Name};
use std::collections::HashMap;

/// The most values of an entry.
pub const MAX_VALUES: usize = 100;

/// An entry as a request has it, before anybody looked whether that can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// For whom.
    pub subject: Subject,
    /// The attribute's id; one of id and name suffices.
    pub attribute: Option<UserAttributeId>,
    /// The attribute's name.
    pub attribute_name: Option<Name>,
    /// Where the values come from.
    pub input_type: InputType,
    /// The values, if there are any.
    pub values: Option<Vec<String>>,
}

/// Attributes by what a request may call them.
pub(super) struct Attributes<'a> {
    by_id: HashMap<UserAttributeId, &'a UserAttribute>,
    by_key: HashMap<String, &'a UserAttribute>,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(attributes: &'a [UserAttribute]) -> Self {
        let by_id = attributes.iter().map(|attribute| (attribute.id, attribute));
        let by_key = attributes
            .iter()
            .map(|attribute| (attribute.name.key(), attribute));
        Self {
            by_id: by_id.collect(),
            by_key: by_key.collect(),
        }
    }
}

/// Faults of an entry, each with its field behind the entry's path.
pub(super) type Found = Vec<(String, Fault)>;

impl NewEntry {
    /// Collects what is wrong with the entry by itself; gives its attribute, if there is one that may be set.
    pub(super) fn resolve<'a>(
        &self,
        subjects: &Subjects,
        attributes: &Attributes<'a>,
        found: &mut Found,
    ) -> Option<&'a UserAttribute> {
        if let Err(fault) = subjects.check(self.subject) {
            found.push((".subject_id".to_owned(), fault));
        }
        if let (Subject::Group(_), InputType::Inherit) = (self.subject, self.input_type) {
            let fault = Fault::new(
                "group_inherits",
                "must be manual or all for a group, which has nobody to inherit from",
            );
            found.push((".input_type".to_owned(), fault));
        }
        let attribute = match self.attribute(attributes) {
            Ok(attribute) => Some(attribute),
            Err((field, fault)) => {
                found.push((format!(".{field}"), fault));
                None
            }
        };
        self.check_values(attribute.map(|attribute| attribute.attribute_type), found);
        attribute
    }

    fn attribute<'a>(
        &self,
        attributes: &Attributes<'a>,
    ) -> Result<&'a UserAttribute, (&'static str, Fault)> {
        const ID: &str = "user_attribute_id";
        const NAME: &str = "user_attribute_name";
        let unknown = |message| Fault::new("unknown", message);
        let by_id = match self.attribute {
            None => None,
            Some(id) => match attributes.by_id.get(&id) {
                Some(attribute) => Some(*attribute),
                None => return Err((ID, unknown("must be the id of a user attribute"))),
            },
        };
        let by_name = match &self.attribute_name {
            None => None,
            Some(name) => match attributes.by_key.get(&name.key()) {
                Some(attribute) => Some(*attribute),
                None => return Err((NAME, unknown("must be the name of a user attribute"))),
            },
        };
        let (field, attribute) = match (by_id, by_name) {
            (Some(of_id), Some(of_name)) if of_id.id != of_name.id => {
                let message = "must be the name of the attribute that user_attribute_id names";
                return Err((NAME, Fault::new("contradiction", message)));
            }
            (Some(attribute), _) => (ID, attribute),
            (None, Some(attribute)) => (NAME, attribute),
            (None, None) => {
                let message = "or user_attribute_name is required";
                return Err((ID, Fault::new("required", message)));
            }
        };
        match attribute.is_system {
            true => {
                let message =
                    "is an attribute of the system, which follows the user and cannot be set";
                Err((field, Fault::new("system_attribute", message)))
            }
            false => Ok(attribute),
        }
    }

    /// Values of an attribute that is not known are not looked at.
    fn check_values(&self, attribute_type: Option<AttributeType>, found: &mut Found) {
        let values = self.values.as_deref().unwrap_or_default();
        let mut refuse = |fault| found.push((".values".to_owned(), fault));
        if self.input_type != InputType::Manual {
            if !values.is_empty() {
                refuse(Fault::new(
                    "not_manual",
                    "must be empty unless input_type is manual",
                ));
            }
            return;
        }
        if self.values.is_none() {
            return refuse(Fault::REQUIRED);
        }
        if values.len() > MAX_VALUES {
            return refuse(Fault::new("too_many", "must have at most 100 values"));
        }
        if let Some(attribute_type) = attribute_type {
            let faults = values.iter().enumerate().filter_map(|(index, value)| {
                let fault = attribute_type.check(value).err()?;
                Some((format!(".values[{index}]"), fault))
            });
            found.extend(faults);
        }
    }

    pub(super) fn input(&self) -> Input {
        Input::from_stored(self.input_type, self.values.clone().unwrap_or_default())
    }
}
