//! Requests about user attributes that several tests send.

use crate::harness::{Answer, Api, Backend, TestServer, TestTenant, UserFixture};
use roster_domain::role::Role;
use serde_json::{Value, json};

pub(crate) const ATTRIBUTES: &str = "/api/v2/user_attributes";
pub(crate) const UPSERT: &str = "/api/v2/user_attribute_entries/upsert";

/// A server, a tenant and its admin.
pub(crate) async fn start(backend: Backend) -> (TestServer, TestTenant, Api) {
    let server = TestServer::start(backend).await.unwrap();
    let tenant = server.tenant().await.unwrap();
    let api = Api::admin(&server, &tenant);
    (server, tenant, api)
}

/// Adds a viewer and gives the id.
pub(crate) async fn add_user(tenant: &TestTenant, email: &str) -> i64 {
    let fixture = UserFixture::active(email, Role::Viewer);
    tenant.user(fixture).await.unwrap().0
}

/// The body that makes an attribute.
pub(crate) fn new_attribute(name: &str, attribute_type: &str) -> Value {
    json!({"user_attribute": {"name": name, "attribute_type": attribute_type, "label": name}})
}

/// Makes an attribute and gives its id.
pub(crate) async fn create(api: &Api, name: &str, attribute_type: &str) -> i64 {
    let answer = api
        .post(ATTRIBUTES, new_attribute(name, attribute_type))
        .await;
    answer.expect(200).json()["user_attribute"]["id"]
        .as_i64()
        .unwrap()
}

/// A user, by the id.
pub(crate) fn user(id: impl Into<Value>) -> Value {
    json!({"subject_type": "User", "subject_id": id.into()})
}

/// A group, by the id.
pub(crate) fn group(id: impl Into<Value>) -> Value {
    json!({"subject_type": "Group", "subject_id": id.into()})
}

/// An entry with values.
pub(crate) fn manual(subject: &Value, attribute: i64, values: &[&str]) -> Value {
    let mut entry = typed(subject, attribute, "manual");
    entry["values"] = json!(values);
    entry
}

/// An entry without values.
pub(crate) fn typed(subject: &Value, attribute: i64, input_type: &str) -> Value {
    let mut entry = subject.clone();
    entry["user_attribute_id"] = json!(attribute);
    entry["input_type"] = json!(input_type);
    entry
}

/// Sets entries.
pub(crate) async fn upsert(api: &Api, entries: &[Value]) -> Answer {
    api.put(UPSERT, json!({"user_attribute_entries": entries}))
        .await
}

fn query(subject: &Value) -> String {
    format!(
        "subject_type={}&subject_id={}",
        subject["subject_type"].as_str().unwrap(),
        subject["subject_id"]
    )
}

/// The first page of a subject's entries.
pub(crate) async fn entries(api: &Api, subject: &Value) -> Answer {
    api.get(&format!(
        "/api/v2/user_attribute_entries?{}",
        query(subject)
    ))
    .await
}

/// What the attributes are for a subject in the end.
pub(crate) async fn computed(api: &Api, subject: &Value) -> Answer {
    let path = "/api/v2/user_attribute_entries/computed_values";
    api.get(&format!("{path}?{}", query(subject))).await
}

/// The same of one attribute.
pub(crate) async fn computed_of(api: &Api, subject: &Value, name: &str) -> Value {
    computed(api, subject).await.expect(200).json()["user_attribute_values"][name].clone()
}
