//! How v2 prints user attributes, their entries and what comes of them.

use super::Cursors;
use crate::{
    id::{UserAttributeEntryId, UserAttributeId},
    name::{Message, Name},
    role::Role,
    user_attribute::{self, Computed, EVERY_VALUE, Subject},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A user attribute.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttribute))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAttribute {
    /// The id.
    pub id: UserAttributeId,
    /// The name, which no other attribute has.
    pub name: String,
    /// What its values are.
    pub attribute_type: AttributeType,
    /// What people call it.
    pub label: String,
    /// What it is for, if that was said.
    pub description: Option<String>,
    /// Whether it follows the user by itself and cannot be changed.
    pub is_system_attribute: bool,
}

impl From<user_attribute::UserAttribute> for UserAttribute {
    fn from(attribute: user_attribute::UserAttribute) -> Self {
        Self {
            id: attribute.id,
            name: attribute.name.into_string(),
            attribute_type: attribute.attribute_type.into(),
            label: attribute.label.into_string(),
            description: attribute.description.map(Message::into_string),
            is_system_attribute: attribute.is_system,
        }
    }
}

/// What the values of an attribute are. Words that are not known are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttributeType {
    /// `string`
    String,
    /// `number`
    Number,
    /// `boolean`
    Boolean,
    /// `date`
    Date,
    /// `datetime`
    Datetime,
    /// Any other word
    #[serde(untagged)]
    Other(String),
}

impl From<user_attribute::AttributeType> for AttributeType {
    fn from(attribute_type: user_attribute::AttributeType) -> Self {
        match attribute_type {
            user_attribute::AttributeType::String => Self::String,
            user_attribute::AttributeType::Number => Self::Number,
            user_attribute::AttributeType::Boolean => Self::Boolean,
            user_attribute::AttributeType::Date => Self::Date,
            user_attribute::AttributeType::Datetime => Self::Datetime,
        }
    }
}

/// One user attribute.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttributeAnswer))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAttributeAnswer {
    /// The attribute.
    pub user_attribute: UserAttribute,
}

/// A user attribute that was made.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttributeCreated))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAttributeCreated {
    /// The attribute.
    pub user_attribute: UserAttribute,
    /// `created`
    pub status: String,
}

/// A page of user attributes.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttributePage))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAttributePage {
    /// The attributes, ordered by id.
    pub user_attributes: Vec<UserAttribute>,
    /// The pages beside it.
    pub cursors: Cursors,
}

/// What an attribute is for a user or a group.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttributeEntry))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAttributeEntry {
    /// The id.
    pub id: UserAttributeEntryId,
    /// The attribute's id.
    pub user_attribute_id: UserAttributeId,
    /// The attribute's name.
    pub user_attribute_name: String,
    /// Where the values come from.
    pub input_type: InputType,
    /// The values that are written down; empty unless the input type is `manual`. The original does not tell them.
    #[serde(default)]
    pub values: Vec<String>,
    /// What the entry is about.
    pub subject_type: SubjectType,
    /// The id of the user or group.
    pub subject_id: i64,
}

impl From<user_attribute::UserAttributeEntry> for UserAttributeEntry {
    fn from(entry: user_attribute::UserAttributeEntry) -> Self {
        let (subject_type, subject_id) = match entry.subject {
            Subject::User(id) => (SubjectType::User, id.0),
            Subject::Group(id) => (SubjectType::Group, id.0),
        };
        Self {
            id: entry.id,
            user_attribute_id: entry.attribute,
            user_attribute_name: entry.attribute_name.into_string(),
            input_type: entry.input.input_type().into(),
            values: entry.input.values().to_vec(),
            subject_type,
            subject_id,
        }
    }
}

/// Where the values of an entry come from. Words that are not known are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InputType {
    /// `manual`: they are written down.
    Manual,
    /// `inherit`: they are those of the user's groups.
    Inherit,
    /// `all`: they are all that there are.
    All,
    /// Any other word
    #[serde(untagged)]
    Other(String),
}

impl From<user_attribute::InputType> for InputType {
    fn from(input_type: user_attribute::InputType) -> Self {
        match input_type {
            user_attribute::InputType::Manual => Self::Manual,
            user_attribute::InputType::Inherit => Self::Inherit,
            user_attribute::InputType::All => Self::All,
        }
    }
}

/// What an entry is about. Words that are not known are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SubjectType {
    /// `User`
    User,
    /// `Group`
    Group,
    /// Any other word
    #[serde(untagged)]
    Other(String),
}

/// A page of a subject's entries.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttributeEntryPage))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAttributeEntryPage {
    /// The entries, ordered by attribute.
    pub user_attribute_entries: Vec<UserAttributeEntry>,
    /// The pages beside it.
    pub cursors: Cursors,
}

/// Entries that were set.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttributeEntries))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAttributeEntries {
    /// The entries, in the order of the request.
    pub user_attribute_entries: Vec<UserAttributeEntry>,
}

/// What each attribute is for a user or a group in the end.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttributeValues))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAttributeValues {
    /// The values by the attribute's name: `[]` where nobody said anything, `["*"]` for every value.
    pub user_attribute_values: BTreeMap<String, Vec<String>>,
}

impl From<Vec<(user_attribute::UserAttribute, Computed)>> for UserAttributeValues {
    fn from(computed: Vec<(user_attribute::UserAttribute, Computed)>) -> Self {
        let values = computed.into_iter().map(|(attribute, computed)| {
            let values = match computed {
                Computed::Values(values) => values,
                Computed::Every => vec![EVERY_VALUE.to_owned()],
                Computed::Role(role) => vec![role_word(role).to_owned()],
            };
            (Name::into_string(attribute.name), values)
        });
        Self {
            user_attribute_values: values.collect(),
        }
    }
}

/// The role as a user's `role` has it.
fn role_word(role: Role) -> &'static str {
    match role {
        Role::Viewer => "user",
        Role::Admin | Role::Analyst | Role::Explorer => role.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::v2;
    use serde_json::json;

    #[test]
    fn roles_are_spelled_as_users_have_them() {
        for role in Role::ALL {
            let of_user = serde_json::to_value(v2::Role::from(role)).unwrap();
            assert_eq!(of_user, role_word(role));
        }
    }

    #[test]
    fn unknown_words_are_kept() {
        let json = json!({
            "id": 1, "user_attribute_id": 2, "user_attribute_name": "region", "input_type": "guess",
            "values": [], "subject_type": "Robot", "subject_id": 3,
        });
        let entry: UserAttributeEntry = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(entry.input_type, InputType::Other("guess".to_owned()));
        assert_eq!(entry.subject_type, SubjectType::Other("Robot".to_owned()));
        assert_eq!(serde_json::to_value(entry).unwrap(), json);
        let kind: AttributeType = serde_json::from_value(json!("color")).unwrap();
        assert_eq!(kind, AttributeType::Other("color".to_owned()));
    }

    #[test]
    fn words_are_those_of_the_domain() {
        for kind in user_attribute::AttributeType::ALL {
            let word = serde_json::to_value(AttributeType::from(kind)).unwrap();
            assert_eq!(word, kind.as_str());
        }
        for kind in user_attribute::InputType::ALL {
            let word = serde_json::to_value(InputType::from(kind)).unwrap();
            assert_eq!(word, kind.as_str());
        }
    }
}
