//! Entries: what a user attribute is for one user or one group.

use crate::{
    error::Fault,
    id::{GroupId, UserAttributeEntryId, UserAttributeId, UserId},
    name::Name,
};
use serde_json::{Value, json};

/// What an entry is about. Users come before groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A user.
    User(UserId),
    /// A group, and so its members.
    Group(GroupId),
}

/// Where the values of an entry come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputType {
    /// They are written down.
    Manual,
    /// They are those of the user's groups, as if there were no entry. Groups have nobody to inherit from.
    Inherit,
    /// They are all that there are.
    All,
}

impl InputType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Manual, Self::Inherit, Self::All];

    /// Reads the word.
    ///
    /// # Errors
    /// It is none; the message lists those that there are.
    pub fn parse(word: &str) -> Result<Self, Fault> {
        let types = Self::ALL.into_iter();
        types
            .clone()
            .find(|kind| kind.as_str() == word)
            .ok_or(Fault::new("unknown", "must be one of manual, inherit, all"))
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Inherit => "inherit",
            Self::All => "all",
        }
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// These values. None at all is an answer too: nothing, whatever the groups say.
    Manual(Vec<String>),
    /// What the groups say.
    Inherit,
    /// Every value there is.
    All,
}

impl Input {
    /// Where the values come from.
    pub fn input_type(&self) -> InputType {
        match self {
            Self::Manual(_) => InputType::Manual,
            Self::Inherit => InputType::Inherit,
            Self::All => InputType::All,
        }
    }

    /// The values that are written down.
    pub fn values(&self) -> &[String] {
        match self {
            Self::Manual(values) => values,
            Self::Inherit | Self::All => &[],
        }
    }

    /// Rebuilds what was once accepted.
    pub fn from_stored(input_type: InputType, values: Vec<String>) -> Self {
        match input_type {
            InputType::Manual => Self::Manual(values),
            InputType::Inherit => Self::Inherit,
            InputType::All => Self::All,
        }
    }

    /// What the audit trail says of an entry.
    pub fn audited(&self) -> Value {
        json!({"input_type": self.input_type().as_str(), "values": self.values()})
    }
}

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAttributeEntry {
    /// The id.
    pub id: UserAttributeEntryId,
    /// Of which attribute.
    pub attribute: UserAttributeId,
    /// That attribute's name.
    pub attribute_name: Name,
    /// For whom.
    pub subject: Subject,
    /// What it says.
    pub input: Input,
}
