//! User attributes and their entries.

use super::{fault, ok, pages, requests::call, server};
use crate::client;
use roster_client::{
    GroupId, TryStreamExt, UserAttributeId, UserId,
    v2::{
        AttributeType, EntryRequest, InputType, ListEntriesRequest, ListUserAttributesRequest,
        Position, Subject, SubjectType, UserAttribute, UserAttributeEntry, UserAttributeFields,
    },
};
use serde_json::{Value, json};

const ATTRIBUTE: UserAttributeId = UserAttributeId(12);

fn attribute() -> Value {
    json!({
        "id": 12, "name": "region", "attribute_type": "string", "label": "Region",
        "description": null, "is_system_attribute": false
    })
}

fn entry() -> Value {
    json!({
        "id": 5, "user_attribute_id": 12, "user_attribute_name": "region", "input_type": "manual",
        "values": ["EMEA"], "subject_type": "User", "subject_id": 560
    })
}

fn page(name: &str, rows: Value, next: Option<&str>) -> Value {
    json!({(name): rows, "cursors": {"previous": null, "next": next}})
}

#[tokio::test]
async fn an_attribute_is_read_made_changed_and_deleted() {
    let fields = UserAttributeFields {
        name: Some("region".to_owned()),
        attribute_type: Some(AttributeType::Datetime),
        label: Some("Region".to_owned()),
        description: None,
    };
    let answer = json!({"user_attribute": attribute(), "status": "created"});
    let (line, body, created) = call(answer, async |client| {
        client.v2().user_attributes().create(&fields).await
    })
    .await;
    assert_eq!(line, "POST /api/v2/user_attributes");
    let sent = json!({"name": "region", "attribute_type": "datetime", "label": "Region"});
    assert_eq!(body.unwrap(), json!({"user_attribute": sent}));
    assert_eq!(created.id, ATTRIBUTE);

    let fields = UserAttributeFields {
        description: Some(String::new()),
        ..UserAttributeFields::default()
    };
    let (line, body, updated) = call(json!({"user_attribute": attribute()}), async |client| {
        let attributes = client.v2().user_attributes();
        attributes.update(ATTRIBUTE, &fields).await
    })
    .await;
    assert_eq!(line, "PUT /api/v2/user_attributes/12");
    assert_eq!(
        body.unwrap(),
        json!({"user_attribute": {"description": ""}})
    );
    assert_eq!(updated.label, "Region");

    let (line, _, read) = call(json!({"user_attribute": attribute()}), async |client| {
        client.v2().user_attributes().get(ATTRIBUTE).await
    })
    .await;
    assert_eq!(line, "GET /api/v2/user_attributes/12");
    assert_eq!(read, updated);

    let (line, body, ()) = call(json!({"message": "Deleted"}), async |client| {
        client.v2().user_attributes().delete(ATTRIBUTE).await
    })
    .await;
    assert_eq!(line, "DELETE /api/v2/user_attributes/12");
    assert_eq!(body, None);
}

#[tokio::test]
async fn a_type_that_is_not_known_is_kept() {
    let mut answer = attribute();
    answer["attribute_type"] = json!("color");
    let (_, _, read) = call(json!({ "user_attribute": answer }), async |client| {
        client.v2().user_attributes().get(ATTRIBUTE).await
    })
    .await;
    let color = AttributeType::Other("color".to_owned());
    assert_eq!(read.attribute_type, color);
}

#[tokio::test]
async fn attributes_are_listed_page_after_page() {
    let answer = |next| ok(page("user_attributes", json!([attribute()]), next));
    let server = pages([(None, answer(Some("b"))), (Some("b"), answer(None))]).await;
    let request = ListUserAttributesRequest { limit: Some(1) };
    let list = client(&server.uri()).v2().user_attributes().list(&request);
    let attributes: Vec<UserAttribute> = list.try_collect().await.unwrap();
    assert_eq!(attributes.len(), 2);
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[1].url.query(), Some("limit=1&after=b"));
}

#[tokio::test]
async fn entries_are_those_of_a_user_or_a_group() {
    for (subject, query) in [
        (
            Subject::User(UserId(560)),
            "subject_type=User&subject_id=560",
        ),
        (
            Subject::Group(GroupId(33)),
            "subject_type=Group&subject_id=33",
        ),
    ] {
        let answer = page("user_attribute_entries", json!([entry()]), None);
        let (line, _, page) = call(answer, async |client| {
            let request = ListEntriesRequest {
                subject,
                limit: None,
            };
            let entries = client.v2().user_attribute_entries();
            entries.page(&request, &Position::Start).await
        })
        .await;
        assert_eq!(line, format!("GET /api/v2/user_attribute_entries?{query}"));
        assert_eq!(page.user_attribute_entries[0].values, ["EMEA"]);

        let answer = json!({"user_attribute_values": {"region": ["EMEA"], "h_role": []}});
        let (line, _, values) = call(answer, async |client| {
            let entries = client.v2().user_attribute_entries();
            entries.computed_values(subject).await
        })
        .await;
        let path = "/api/v2/user_attribute_entries/computed_values";
        assert_eq!(line, format!("GET {path}?{query}"));
        assert_eq!(values["region"], ["EMEA"]);
    }
}

#[tokio::test]
async fn a_list_of_entries_that_fails_is_a_fault_and_not_the_end() {
    let mut original = entry();
    original.as_object_mut().unwrap().remove("values");
    let answer = page("user_attribute_entries", json!([original]), Some("b"));
    let failing = fault(404, "BaseError", "Not found");
    let server = pages([(None, ok(answer)), (Some("b"), failing)]).await;
    let request = ListEntriesRequest {
        subject: Subject::User(UserId(560)),
        limit: None,
    };
    let client = client(&server.uri());
    let mut entries = client.v2().user_attribute_entries().list(&request);
    let first: UserAttributeEntry = entries.try_next().await.unwrap().unwrap();
    assert!(first.values.is_empty());
    let error = entries.try_next().await.unwrap_err();
    assert_eq!(error.status(), Some(404));
}

#[tokio::test]
async fn entries_are_set_in_one_call_that_may_be_repeated() {
    let entries = [EntryRequest {
        user_attribute_id: None,
        user_attribute_name: Some("region".to_owned()),
        input_type: InputType::Manual,
        values: Some(vec!["EMEA".to_owned()]),
        subject_type: SubjectType::User,
        subject_id: 560,
    }];
    let answer = json!({"user_attribute_entries": [entry()]});
    let (line, body, set) = call(answer, async |client| {
        client.v2().user_attribute_entries().upsert(&entries).await
    })
    .await;
    assert_eq!(line, "PUT /api/v2/user_attribute_entries/upsert");
    let sent = json!({
        "user_attribute_name": "region", "input_type": "manual", "values": ["EMEA"],
        "subject_type": "User", "subject_id": 560
    });
    assert_eq!(body.unwrap(), json!({"user_attribute_entries": [sent]}));
    assert_eq!(set[0].subject_id, 560);

    let server = server(fault(503, "MaintenanceError", "Busy")).await;
    let client = client(&server.uri());
    let upsert = client.v2().user_attribute_entries().upsert(&entries).await;
    upsert.unwrap_err();
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}
