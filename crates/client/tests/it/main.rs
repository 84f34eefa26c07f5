//! The client against servers on the loopback: what it sends, what it repeats, how it fails.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the lints' exemption for tests ends at the functions marked as tests"
)]

mod answers;
mod building;
mod failures;
mod keys;
mod raw;
mod requests;
mod retries;
mod secrecy;
mod v2;

use roster_client::{Client, ClientBuilder};
use serde_json::{Value, json};
use std::time::Duration;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

const KEY: &str = "5ecret-key";

/// A client that waits next to nothing before it sends again.
fn builder(url: &str) -> ClientBuilder {
    Client::builder(url, KEY).backoff(Duration::from_micros(1))
}

fn client(url: &str) -> Client {
    builder(url).build().unwrap()
}

/// A server that answers everything alike.
async fn server(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.expect("recording is on")
}

async fn only_request(server: &MockServer) -> Request {
    let mut requests = requests(server).await;
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn fault(status: u16, messages: &[&str]) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "errors": messages }))
}

fn user() -> Value {
    json!({
        "id": 1, "name": "Analyst", "email": "analyst@example.com", "role": "analyst", "initials": "An",
        "is_deleted": false, "is_activated": true, "has_authentication_token": true, "groups": [],
        "allow_authentication_token": true, "current_sign_in_at": "2018-10-23T03:35:47.353Z",
        "last_sign_in_at": null
    })
}

fn summary() -> Value {
    json!({"id": 1, "name": "Ana", "email": "ana@example.com", "role": "business", "title": null})
}
