//! Users: what they are. How they become it is in `lifecycle`, what can be asked about them in `command`.

mod command;
mod lifecycle;
mod list;
mod settings;

pub use command::*;
pub use lifecycle::ensure_admin_remains;
#[cfg(test)]
pub(crate) use lifecycle::tests as lifecycle_tests;
pub use list::*;
pub use settings::Settings;

use crate::{
    email::Email,
    group::Group,
    id::{TenantId, UserId},
    name::Name,
    role::Role,
    text,
    time::Timestamp,
    version::Version,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Both stand in one row of an index, which PostgreSQL limits to 2,704 bytes. Only names of two hundred characters and more that take three
/// bytes each reach the first, and only such with an address of that kind the second.
const MAX_NAME_KEY_BYTES: usize = 720;
const MAX_SEARCH_KEY_BYTES: usize = 1_840;

/// A user of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id, never used again.
    pub id: UserId,
    /// The tenant the user belongs to.
    pub tenant_id: TenantId,
    /// The address, unique in the tenant, deleted users included.
    pub email: Email,
    /// The name, if one was given.
    pub name: Option<Name>,
    /// The title, if one was given.
    pub title: Option<Name>,
    /// The job title, if one was given.
    pub job_title: Option<Name>,
    /// The role.
    pub role: Role,
    /// Whether the user's API keys are accepted.
    pub allow_authentication_token: bool,
    /// Whether the user may export data.
    pub enable_export_data: bool,
    /// What programs keep with the user.
    pub settings: Settings,
    /// When the invitation was accepted.
    pub activated_at: Option<Timestamp>,
    /// When the user was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The latest sign-in.
    pub current_sign_in_at: Option<Timestamp>,
    /// The sign-in before the latest.
    pub last_sign_in_at: Option<Timestamp>,
    /// Rises with each change of what can be set, and of groups.
    pub version: i64,
    /// Links of an older generation than this are dead.
    pub invitation_generation: i64,
    /// When the user was invited.
    pub created_at: Timestamp,
    /// When an attribute of the user last changed.
    pub updated_at: Timestamp,
}

/// Where a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Invited, not accepted yet.
    Pending,
    /// May sign in.
    Active,
    /// Deleted; the row, the groups and the address are kept.
    Deleted,
}

impl Status {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Active, Self::Deleted];

    /// Reads the word for a state.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// The word for the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Deleted => "deleted",
        }
    }
}

impl User {
    /// Where the user stands.
    pub fn status(&self) -> Status {
        match (self.deleted_at, self.activated_at) {
            (Some(_), _) => Status::Deleted,
            (None, Some(_)) => Status::Active,
            (None, None) => Status::Pending,
        }
    }

    /// Whether the user counts as one of the admins of which a tenant keeps at least one.
    /// Switching API access off does not make an admin inactive.
    pub fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.status() == Status::Active
    }

    /// The name, or else the part of the address before the `@`.
    pub fn display_name(&self) -> &str {
        self.name
            .as_ref()
            .map_or(self.email.local_part(), Name::as_str)
    }

    /// The first two letters or digits of the name, or else of the address.
    pub fn initials(&self) -> String {
        self.name
            .as_ref()
            .and_then(|name| text::initials(name.as_str()))
            .or_else(|| text::initials(self.email.as_str()))
            .unwrap_or_default()
    }

    /// What lists are ordered by: the name, empty without one.
    pub fn name_key(&self) -> String {
        let key = self.name.as_ref().map(Name::key).unwrap_or_default();
        text::cut(key, MAX_NAME_KEY_BYTES)
    }

    /// What lists are ordered by: the initials.
    pub fn initials_key(&self) -> String {
        text::key(&self.initials())
    }

    /// What a search looks into: the address as it is compared and as it is shown, name and initials, which no term can span.
    pub fn search_key(&self) -> String {
        let (compared, shown) = (self.email.key(), text::key(self.email.as_str()));
        let name = self.name.as_ref().map(Name::key).unwrap_or_default();
        let initials = self.initials_key();
        let key = match shown == compared {
            true => format!("{compared}\n{initials}\n{name}"),
            false => format!("{compared}\n{shown}\n{initials}\n{name}"),
        };
        text::cut(key, MAX_SEARCH_KEY_BYTES)
    }

    /// What the audit trail says of a user: all that changes, nothing secret.
    pub fn audited(&self) -> Map<String, Value> {
        let name = |name: &Option<Name>| name.as_ref().map(Name::as_str).map(Value::from);
        Map::from_iter([
            ("email".to_owned(), self.email.as_str().into()),
            ("name".to_owned(), name(&self.name).into()),
            ("title".to_owned(), name(&self.title).into()),
            ("job_title".to_owned(), name(&self.job_title).into()),
            ("role".to_owned(), self.role.as_str().into()),
            ("status".to_owned(), self.status().as_str().into()),
            (
                "allow_authentication_token".to_owned(),
                self.allow_authentication_token.into(),
            ),
            (
                "enable_export_data".to_owned(),
                self.enable_export_data.into(),
            ),
            (
                "settings".to_owned(),
                self.settings.clone().into_object().into(),
            ),
        ])
    }
}

/// A user with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetails {
    /// The user.
    pub user: User,
    /// The groups it is in, ordered by id.
    pub groups: Vec<Arc<Group>>,
    /// Whether it has a key that has not expired, be API access on or off.
    pub has_authentication_token: bool,
}

impl UserDetails {
    /// The version that a caller sees.
    pub fn seen_version(&self) -> Version {
        Version {
            row: self.user.version,
            groups: i64::try_from(self.groups.len()).unwrap_or(i64::MAX),
        }
    }
}

/// What to set; `None` leaves a field alone, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChanges {
    /// The name.
    pub name: Option<Option<Name>>,
    /// The title.
    pub title: Option<Option<Name>>,
    /// The job title.
    pub job_title: Option<Option<Name>>,
    /// The role.
    pub role: Option<Role>,
    /// Whether the user's API keys are accepted.
    pub allow_authentication_token: Option<bool>,
    /// Whether the user may export data.
    pub enable_export_data: Option<bool>,
    /// What programs keep with the user.
    pub settings: Option<Settings>,
}

#[cfg(test)]
mod tests {
    use super::lifecycle::tests::pending;
    use super::{Email, MAX_NAME_KEY_BYTES, MAX_SEARCH_KEY_BYTES, Name, User};

    #[test]
    fn an_address_is_found_as_it_is_shown_and_as_it_is_compared() {
        let user = User {
            email: Email::parse("Ana@BÜCHER.example").unwrap(),
            ..pending()
        };
        for term in ["bücher", "xn--bcher-kva", "ana@b", "ana@x"] {
            assert!(user.search_key().contains(term), "{term}");
        }
    }

    #[test]
    fn keys_fit_into_an_index() {
        let name: String = (0..255_u32)
            .filter_map(|number| char::from_u32(0x2_0000 + number * 97))
            .collect();
        let user = User {
            email: Email::parse(&format!("{}@{}x.io", "ü".repeat(60), "bücher.".repeat(12)))
                .unwrap(),
            name: Some(Name::parse(&name).unwrap()),
            ..pending()
        };
        assert_eq!(user.name_key().len(), MAX_NAME_KEY_BYTES);
        assert!(name.starts_with(&user.name_key()));
        assert!(user.search_key().len() <= MAX_SEARCH_KEY_BYTES);
        assert!(user.search_key().ends_with(&name));
    }

    #[test]
    fn without_a_name_the_address_speaks() {
        assert_eq!(pending().display_name(), "ana");
        assert_eq!(pending().initials(), "An");
    }
}
