//! What v2's routes about user attributes do.

use super::dialect::Tag;
use super::operation::{Operation, operation};
use super::{parameter, samples};
use roster_domain::id::UserAttributeId;
use roster_domain::wire::v2;
use std::collections::BTreeMap;
use utoipa::PartialSchema;

pub(super) const TAG: Tag = Tag {
    name: "v2 user attributes",
    description: "What is known of users besides, and what it is for each user and group.",
};

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = attributes();
    operations.extend(entries());
    operations
}

fn attributes() -> Vec<Operation> {
    let sent = v2::UserAttributeRequest {
        user_attribute: v2::UserAttributeFields {
            name: Some("region".to_owned()),
            attribute_type: Some(v2::AttributeType::String),
            label: Some("Region".to_owned()),
            description: Some("Where the user works".to_owned()),
        },
    };
    let one = v2::UserAttributeAnswer {
        user_attribute: samples::user_attribute(),
    };
    let created = v2::UserAttributeCreated {
        user_attribute: samples::user_attribute(),
        status: "created".to_owned(),
    };
    let page = v2::UserAttributePage {
        user_attributes: vec![samples::user_attribute()],
        cursors: samples::cursors(),
    };
    let deleted = v2::Message {
        message: "User attribute deleted".to_owned(),
    };
    let mut list = operation(
        &TAG,
        ("GET", "/api/v2/user_attributes"),
        "v2_list_user_attributes",
        "List user attributes, page by page",
    )
    .describe("The system's own are in the list.");
    for parameter in parameter::paging() {
        list = list.query(parameter);
    }
    vec![
        list.gives(200, "A page of attributes", &page),
        operation(
            &TAG,
            ("POST", "/api/v2/user_attributes"),
            "v2_create_user_attribute",
            "Make a user attribute",
        )
        .describe("`name`, `attribute_type` and `label` have to be there.")
        .takes(&sent)
        .gives(200, "The attribute", &created),
        operation(
            &TAG,
            ("GET", "/api/v2/user_attributes/{id}"),
            "v2_get_user_attribute",
            "Get a user attribute",
        )
        .gives(200, "The attribute", &one),
        operation(
            &TAG,
            ("PUT", "/api/v2/user_attributes/{id}"),
            "v2_update_user_attribute",
            "Change a user attribute",
        )
        .describe("What is left out stays as it is. The system's own cannot be changed.")
        .takes(&sent)
        .gives(200, "The attribute", &one),
        operation(
            &TAG,
            ("DELETE", "/api/v2/user_attributes/{id}"),
            "v2_delete_user_attribute",
            "Delete a user attribute",
        )
        .describe("Its entries go with it.")
        .gives(200, "The attribute is gone", &deleted),
    ]
}

fn entries() -> Vec<Operation> {
    let subject = |operation: Operation| {
        let kind = v2::SubjectType::schema();
        let kind = parameter::query(
            "subject_type",
            kind,
            "Whether it is about a user or a group.",
        );
        let id = parameter::query(
            "subject_id",
            parameter::id(),
            "The id of the user or group.",
        );
        operation
            .query(parameter::required(kind, "User"))
            .query(parameter::required(id, 560))
            .or(&[404])
    };
    let sent = v2::UpsertEntriesRequest {
        user_attribute_entries: vec![v2::EntryRequest {
            user_attribute_id: Some(UserAttributeId(4)),
            user_attribute_name: Some("region".to_owned()),
            input_type: v2::InputType::Manual,
            values: Some(vec!["emea".to_owned()]),
            subject_type: v2::SubjectType::User,
            subject_id: 560,
        }],
    };
    let set = v2::UserAttributeEntries {
        user_attribute_entries: vec![samples::user_attribute_entry()],
    };
    let page = v2::UserAttributeEntryPage {
        user_attribute_entries: vec![samples::user_attribute_entry()],
        cursors: samples::cursors(),
    };
    let values = v2::UserAttributeValues {
        user_attribute_values: BTreeMap::from([("region".to_owned(), vec!["emea".to_owned()])]),
    };
    let list = operation(
        &TAG,
        ("GET", "/api/v2/user_attribute_entries"),
        "v2_list_user_attribute_entries",
        "List what attributes are for a user or a group, page by page",
    );
    let mut list = subject(list);
    for parameter in parameter::paging() {
        list = list.query(parameter);
    }
    let computed = operation(
        &TAG,
        ("GET", "/api/v2/user_attribute_entries/computed_values"),
        "v2_compute_user_attribute_values",
        "Get what all attributes are for a user or a group in the end",
    )
    .describe("A user's own values count before those of the groups; `[\"*\"]` is every value.");
    vec![
        list.gives(200, "A page of entries", &page),
        subject(computed).gives(200, "The values by the attributes' names", &values),
        operation(&TAG, ("PUT", "/api/v2/user_attribute_entries/upsert"), "v2_upsert_user_attribute_entries", "Set what attributes are for users and groups")
            .describe("All or none; at most 100 entries. Of `user_attribute_id` and `user_attribute_name` one suffices.")
            .takes(&sent)
            .gives(200, "The entries", &set)
            .or(&[404]),
    ]
}
