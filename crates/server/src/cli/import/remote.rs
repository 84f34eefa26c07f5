//! A tenant as another server's API tells it.

use super::numbered;
use crate::cli::Failure;
use roster_client::v2::{
    ListEntriesRequest, ListGroupsRequest, ListUserAttributesRequest, ListUsersRequest, Subject,
};
use roster_client::{Client, TryStreamExt, v1, v2};
use roster_domain::Fault;
use roster_domain::email::Email;
use roster_domain::id::GroupId;
use roster_domain::import::{Entry, ImportedGroup, ImportedUser, Row, RowFault};
use roster_domain::name::{Message, Name};
use roster_domain::role::Role;
use roster_domain::user::Settings;
use roster_domain::user_attribute::{AttributeType, CreateUserAttribute, InputType, NewEntry};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a tenant holds.
#[derive(Default)]
pub(super) struct Content {
    pub(super) rows: Vec<Row>,
    pub(super) faults: Vec<RowFault>,
    pub(super) attributes: Vec<CreateUserAttribute>,
    pub(super) entries: Vec<NewEntry>,
}

/// Reads all users, deleted and pending ones too, and all groups.
pub(super) async fn from_v1(client: &Client) -> Result<Content, Failure> {
    let (groups, users) = (client.groups().list().await?, client.users().list().await?);
    let mut known = BTreeMap::new();
    for group in users.iter().flat_map(|user| &user.groups) {
        known.insert(group.id, group.clone());
    }
    let mut content = Content::default();
    let mut entries = Vec::new();
    for group in groups {
        // Only a user's list says when a group was made.
        let told = known.remove(&group.id);
        entries.extend(content.group(group.id, &group.name, told.as_ref()));
    }
    for group in known.values() {
        entries.extend(content.group(group.id, &group.name, Some(group)));
    }
    for user in users {
        entries.extend(content.user_of_v1(&user));
    }
    content.rows = numbered(entries);
    Ok(content)
}

/// The same, with what only v2 tells.
pub(super) async fn from_v2(client: &Client) -> Result<Content, Failure> {
    let v2 = client.v2();
    let all = ListGroupsRequest::default();
    let groups: Vec<v2::Group> = v2.groups().list(&all).try_collect().await?;
    let without_counters = ListUsersRequest {
        without_counters: true,
        ..ListUsersRequest::default()
    };
    let users: Vec<v2::User> = v2.users().list(&without_counters).try_collect().await?;
    let all = ListUserAttributesRequest::default();
    let attributes: Vec<v2::UserAttribute> = v2.user_attributes().list(&all).try_collect().await?;
    let mut content = Content::default();
    let mut entries = Vec::new();
    let mut names = BTreeMap::new();
    let has_entries = attributes
        .iter()
        .any(|attribute| !attribute.is_system_attribute);
    for group in groups {
        entries.extend(content.group(group.id, &group.name, None));
        if has_entries {
            content.entries_of(client, Subject::Group(group.id)).await?;
        }
        names.insert(group.id, group.name);
    }
    for user in users {
        entries.extend(content.user_of_v2(&user, &names));
        // A deleted user has none to be set; docs/operations.md says so.
        if has_entries && !user.is_deleted {
            content.entries_of(client, Subject::User(user.id)).await?;
        }
    }
    for attribute in attributes.iter().filter(|one| !one.is_system_attribute) {
        content.attribute(attribute);
    }
    content.rows = numbered(entries);
    Ok(content)
}

impl Content {
    /// The value; or else `None`, with the fault kept of what it belongs to.
    fn keep<T>(&mut self, of: &str, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.faults.push(RowFault::new(0, of, fault)))
            .ok()
    }

    fn group(&mut self, id: GroupId, name: &str, told: Option<&v1::Group>) -> Option<Entry> {
        let name = self.keep(&format!("the name of group {id}"), Name::parse(name))?;
        Some(Entry::Group(ImportedGroup {
            id: Some(id),
            name,
            created_at: told.map(|group| group.created_at),
            updated_at: told.map(|group| group.updated_at),
        }))
    }

    fn user_of_v1(&mut self, user: &v1::User) -> Option<Entry> {
        let of = |field: &str| format!("the {field} of user {}", user.id);
        let email = self.keep(&of("email"), Email::parse(&user.email));
        let role = self.keep(&of("role"), Role::parse(user.role.as_str()));
        let name = self.keep(&of("name"), Name::parse_optional(&user.name));
        let groups = user.groups.iter().map(|group| group.name.as_str());
        let groups = self.groups(&of("groups"), groups);
        let (email, role, name) = (email?, role?, name?);
        Some(Entry::User(Box::new(ImportedUser {
            id: Some(user.id),
            // v1 shows the address's first part for a user without a name.
            name: name.filter(|name| name.as_str() != email.local_part()),
            email,
            title: None,
            job_title: None,
            role,
            is_activated: user.is_activated,
            is_deleted: user.is_deleted,
            allow_authentication_token: user.allow_authentication_token,
            enable_export_data: false,
            settings: Settings::default(),
            groups,
            password: None,
            created_at: None,
            current_sign_in_at: user.current_sign_in_at,
            last_sign_in_at: user.last_sign_in_at,
        })))
    }

    fn user_of_v2(
        &mut self,
        user: &v2::User,
        group_names: &BTreeMap<GroupId, String>,
    ) -> Option<Entry> {
        let of = |field: &str| format!("the {field} of user {}", user.id);
        let mut text = |field: &str, text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default();
            self.keep(&of(field), Name::parse_optional(text))
        };
        let name = text("name", &user.name);
        let title = text("title", &user.title);
        let job_title = text("job_title", &user.job_title);
        let email = self.keep(&of("email"), Email::parse(&user.email));
        let role = self.keep(&of("role"), Role::parse(user.role.as_str()));
        let settings = self.keep(&of("settings"), Settings::new(user.settings.clone()));
        let groups = user.group_ids.iter().filter_map(|id| group_names.get(id));
        let groups = self.groups(&of("groups"), groups.map(String::as_str));
        Some(Entry::User(Box::new(ImportedUser {
            id: Some(user.id),
            email: email?,
            name: name?,
            title: title?,
            job_title: job_title?,
            role: role?,
            is_activated: user.is_activated,
            is_deleted: user.is_deleted,
            allow_authentication_token: user.allow_authentication_token,
            enable_export_data: user.enable_export_data,
            settings: settings?,
            groups,
            password: None,
            created_at: Some(user.created_at),
            current_sign_in_at: user.current_sign_in_at,
            last_sign_in_at: user.last_sign_in_at,
        })))
    }

    fn groups<'a>(&mut self, of: &str, names: impl Iterator<Item = &'a str>) -> Vec<Name> {
        names
            .filter_map(|name| self.keep(of, Name::parse(name)))
            .collect()
    }

    fn attribute(&mut self, attribute: &v2::UserAttribute) {
        let of = format!("the user attribute {}", attribute.id);
        let name = self.keep(&of, Name::parse(&attribute.name));
        let label = self.keep(&of, Name::parse(&attribute.label));
        let kind = self.keep(&of, AttributeType::parse(&word(&attribute.attribute_type)));
        let description = attribute.description.as_deref().unwrap_or_default();
        let description = self.keep(&of, Message::parse_optional(description));
        if let (Some(name), Some(label), Some(attribute_type), Some(description)) =
            (name, label, kind, description)
        {
            self.attributes.push(CreateUserAttribute {
                name,
                attribute_type,
                label,
                description,
            });
        }
    }

    /// Asks what the attributes are for one user or group.
    async fn entries_of(&mut self, client: &Client, subject: Subject) -> Result<(), Failure> {
        let request = ListEntriesRequest {
            subject,
            limit: None,
        };
        let mut entries = client.v2().user_attribute_entries().list(&request);
        while let Some(entry) = entries.try_next().await? {
            let of = format!("the user attribute entry {}", entry.id);
            let name = self.keep(&of, Name::parse(&entry.user_attribute_name));
            let kind = self.keep(&of, InputType::parse(&word(&entry.input_type)));
            if let (Some(attribute_name), Some(input_type)) = (name, kind) {
                let is_manual = input_type == InputType::Manual;
                self.entries.push(NewEntry {
                    subject,
                    attribute: None,
                    attribute_name: Some(attribute_name),
                    input_type,
                    values: is_manual.then_some(entry.values),
                });
            }
        }
        Ok(())
    }
}

/// The word of the wire.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
