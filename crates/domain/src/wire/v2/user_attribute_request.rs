//! What v2 clients send about user attributes, and how the server reads it.

use super::user_attribute_query::subject_type;
use super::{AttributeType, InputType, SubjectType};
use crate::{
    error::{Error, Fault},
    id::UserAttributeId,
    name::{Message, Name},
    user_attribute::{
        self, CreateUserAttribute, MAX_ENTRIES, NewEntry, UpdateUserAttribute, UpsertEntries,
        UserAttributeChanges,
    },
    wire::Body,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The body of `POST /user_attributes` and of `PUT /user_attributes/{id}`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttributeRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserAttributeRequest {
    /// The attribute.
    pub user_attribute: UserAttributeFields,
}

/// What can be set of a user attribute. A new one needs a name, a type and a label; what is left out does not change.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UserAttributeFields))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserAttributeFields {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub name: Option<String>,
    /// What its values are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute_type: Option<AttributeType>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub label: Option<String>,
    /// What it is for; an empty text takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub description: Option<String>,
}

const ATTRIBUTE_FIELDS: &[&str] = &["name", "attribute_type", "label", "description"];

fn in_envelope<T>(
    object: &Map<String, Value>,
    read: impl FnOnce(&Body<'_>) -> Option<T>,
) -> Result<T, Error> {
    let body = Body::new(object);
    body.refuse_others(&["user_attribute"]);
    let value = body.nested("user_attribute").and_then(|nested| {
        nested.refuse_others(ATTRIBUTE_FIELDS);
        let value = read(&nested);
        body.absorb(nested);
        value
    });
    body.finish(|| value)
}

/// Reads the body of `POST /user_attributes`.
///
/// # Errors
/// All faults of its fields.
pub fn create_user_attribute(object: &Map<String, Value>) -> Result<CreateUserAttribute, Error> {
    in_envelope(object, |body| {
        let name = body.field("name").required().text(Name::parse);
        let attribute_type = body.field("attribute_type").required();
        let attribute_type = attribute_type.text(user_attribute::AttributeType::parse);
        let label = body.field("label").required().text(Name::parse);
        let description = body.field("description").text(Message::parse_optional);
        Some(CreateUserAttribute {
            name: name?,
            attribute_type: attribute_type?,
            label: label?,
            description: description.flatten(),
        })
    })
}

/// Reads the body of `PUT /user_attributes/{id}`. A `null` description takes it away.
///
/// # Errors
/// All faults of its fields.
pub fn update_user_attribute(
    attribute: UserAttributeId,
    object: &Map<String, Value>,
) -> Result<UpdateUserAttribute, Error> {
    in_envelope(object, |body| {
        let description = || body.field("description").text(Message::parse_optional);
        let changes = UserAttributeChanges {
            name: body.field("name").text(Name::parse),
            attribute_type: body
                .field("attribute_type")
                .text(user_attribute::AttributeType::parse),
            label: body.field("label").text(Name::parse),
            description: body.has("description").then(|| description().flatten()),
        };
        Some(UpdateUserAttribute { attribute, changes })
    })
}

/// The body of `PUT /user_attribute_entries/upsert`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::UpsertEntriesRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpsertEntriesRequest {
    /// The entries, at most 100.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub user_attribute_entries: Vec<EntryRequest>,
}

/// An entry to be set. Of the attribute's id and name one suffices.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::EntryRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRequest {
    /// The attribute's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_attribute_id: Option<UserAttributeId>,
    /// The attribute's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_attribute_name: Option<String>,
    /// Where the values come from.
    pub input_type: InputType,
    /// The values, with the input type `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub values: Option<Vec<String>>,
    /// What the entry is about.
    pub subject_type: SubjectType,
    /// The id of the user or group.
    pub subject_id: i64,
}

/// Reads the body of `PUT /user_attribute_entries/upsert`.
///
/// # Errors
/// It has no list of at most 100 entries, or unknown fields. What is wrong with single entries goes with the command, to be
/// told with what is found when they are looked up.
pub fn upsert_entries(object: &Map<String, Value>) -> Result<UpsertEntries, Error> {
    const ENTRIES: &str = "user_attribute_entries";
    let body = Body::new(object);
    body.refuse_others(&[ENTRIES]);
    let entries = body.each(ENTRIES, read_entry);
    if entries.as_ref().is_some_and(|all| all.len() > MAX_ENTRIES) {
        body.refuse(
            ENTRIES,
            Fault::new("too_many", "must have at most 100 entries"),
        );
    }
    body.finish(|| Some(UpsertEntries { entries: entries? }))
}

fn read_entry(body: &Body<'_>) -> Option<NewEntry> {
    body.refuse_others(&[
        "user_attribute_id",
        "user_attribute_name",
        "input_type",
        "values",
        "subject_type",
        "subject_id",
    ]);
    let attribute = body.field("user_attribute_id").integer();
    let attribute_name = body.field("user_attribute_name").text(Name::parse);
    let input_type = body.field("input_type").required();
    let input_type = input_type.text(user_attribute::InputType::parse);
    let values = body.field("values").texts();
    let to_subject = body.field("subject_type").required().text(subject_type);
    let subject_id = body.field("subject_id").required().integer();
    Some(NewEntry {
        subject: to_subject?(subject_id?),
        attribute: attribute.map(UserAttributeId),
        attribute_name,
        input_type: input_type?,
        values: values.map(|values| values.into_iter().map(str::to_owned).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{GroupId, UserId};
    use crate::user_attribute::Subject;
    use serde_json::json;

    fn object(body: Value) -> Map<String, Value> {
        body.as_object().unwrap().clone()
    }

    fn fields(error: Error) -> Vec<String> {
        let (Error::Invalid(faults) | Error::Parameter(faults)) = error else {
            panic!("{error:?}");
        };
        faults.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_new_attribute_needs_name_type_and_label() {
        let read = |body| create_user_attribute(&object(body)).map_err(fields);
        let full = json!({"user_attribute": {
            "name": " region ", "attribute_type": "string", "label": "Region", "description": null,
        }});
        let attribute = read(full).unwrap();
        assert_eq!(attribute.name.as_str(), "region");
        assert_eq!(attribute.description, None);
        let path = |field: &str| format!("user_attribute.{field}");
        assert_eq!(
            read(json!({"user_attribute": {"id": 1}})).unwrap_err(),
            ["id", "name", "attribute_type", "label"].map(path)
        );
        let faulty = json!({"user_attribute": {
            "name": "a\nb", "attribute_type": "text", "label": " ", "description": "a\u{0}b",
        }});
        assert_eq!(
            read(faulty).unwrap_err(),
            ["name", "attribute_type", "label", "description"].map(path)
        );
        assert_eq!(
            read(json!({"name": "region"})).unwrap_err(),
            ["name", "user_attribute"]
        );
    }

    #[test]
    fn a_change_has_what_is_given() {
        let read = |attribute: Value| {
            let body = object(json!({"user_attribute": attribute}));
            update_user_attribute(UserAttributeId(7), &body).map_err(fields)
        };
        let nothing = read(json!({"name": null})).unwrap().changes;
        assert_eq!((nothing.name, nothing.description), (None, None));
        for emptied in [json!(null), json!(""), json!(" ")] {
            let changes = read(json!({"description": emptied})).unwrap().changes;
            assert_eq!(changes.description, Some(None));
        }
        let changes = read(json!({"attribute_type": "datetime"})).unwrap().changes;
        assert_eq!(
            changes.attribute_type,
            Some(user_attribute::AttributeType::Datetime)
        );
        assert_eq!(
            read(json!({"label": "", "is_system_attribute": true})).unwrap_err(),
            ["user_attribute.is_system_attribute", "user_attribute.label"]
        );
    }

    #[test]
    fn entries_are_read_each_for_itself() {
        let body = json!({"user_attribute_entries": [
            {"user_attribute_id": 1, "input_type": "manual", "values": ["a"], "subject_type": "User", "subject_id": 2},
            {"user_attribute_name": "\u{0}", "input_type": "none", "values": [1], "subject_type": "user", "x": 1},
            7,
            {},
        ]});
        let command = upsert_entries(&object(body)).unwrap();
        let entry = NewEntry {
            subject: Subject::User(UserId(2)),
            attribute: Some(UserAttributeId(1)),
            attribute_name: None,
            input_type: user_attribute::InputType::Manual,
            values: Some(vec!["a".to_owned()]),
        };
        let [first, second, third, fourth] = &command.entries[..] else {
            panic!();
        };
        assert_eq!(first.as_ref(), Ok(&entry));
        let faults =
            |entry: &Result<NewEntry, _>| fields(Error::Invalid(entry.clone().unwrap_err()));
        let path = |index: usize, field: &str| format!("user_attribute_entries[{index}].{field}");
        let of_second = [
            "x",
            "user_attribute_name",
            "input_type",
            "values",
            "subject_type",
            "subject_id",
        ];
        assert_eq!(faults(second), of_second.map(|field| path(1, field)));
        assert_eq!(faults(third), ["user_attribute_entries[2]"]);
        let required = ["input_type", "subject_type", "subject_id"];
        assert_eq!(faults(fourth), required.map(|field| path(3, field)));
    }

    #[test]
    fn there_are_at_most_100_entries() {
        let read = |body| upsert_entries(&object(body)).map_err(fields);
        let entries = |count| json!({"user_attribute_entries": vec![json!({}); count]});
        for count in [0, 100] {
            assert_eq!(read(entries(count)).unwrap().entries.len(), count);
        }
        for body in [
            entries(101),
            json!({}),
            json!({"user_attribute_entries": null}),
            json!({"user_attribute_entries": {}}),
        ] {
            assert_eq!(read(body).unwrap_err(), ["user_attribute_entries"]);
        }
    }

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let request = UpsertEntriesRequest {
            user_attribute_entries: vec![EntryRequest {
                user_attribute_id: None,
                user_attribute_name: Some("region".to_owned()),
                input_type: InputType::All,
                values: None,
                subject_type: SubjectType::Group,
                subject_id: 3,
            }],
        };
        let body = serde_json::to_value(request).unwrap();
        let command = upsert_entries(&object(body)).unwrap();
        let entry = command.in_order().next().unwrap();
        assert_eq!(entry.subject, Subject::Group(GroupId(3)));
        assert_eq!(entry.input_type, user_attribute::InputType::All);
    }
}
