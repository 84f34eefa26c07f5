//! The runner itself: what it says of a server that does not keep the contract.

use roster_contract::{ApiSetup, Case, Handle, Rows, Server, run_case};
use roster_domain::id::UserId;
use serde_json::json;
use std::process::{Command, Output};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

async fn failure(answer: ResponseTemplate) -> String {
    let mock = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&mock).await;
    let case: Case = serde_json::from_value(json!({
        "name": "Somebody asks who it is",
        "request": {"method": "GET", "path": "/users/info.json"},
        "response": {"status": 200, "body": {"id": "{admin.id}", "name": "Ana"}}
    }))
    .unwrap();
    let server = Server::new(&mock.uri()).unwrap();
    let mut setup = ApiSetup::new(server.clone(), "the-key");
    let admin = Handle::User {
        id: UserId(7),
        email: "admin@example.com".to_owned(),
        key: Some("the-key".to_owned()),
    };
    let result = run_case(&case, &server, &mut setup, admin, Rows::Exact).await;
    result.map_or_else(|failure| failure.to_string(), |()| "passed".to_owned())
}

fn answer(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(
        r#"{"id":7,"name":"Ana"}"#,
        "application/json; charset=utf-8",
    )
}

#[tokio::test]
async fn the_answer_has_to_be_the_expected_one_to_the_last_header() {
    assert_eq!(
        failure(answer(200).insert_header("Status", "200 OK")).await,
        "passed"
    );
    let text = failure(answer(201).insert_header("Status", "200 OK")).await;
    assert!(
        text.contains("status\n        expected  200\n        got       201"),
        "{text}"
    );
    let text = failure(answer(200)).await;
    assert!(
        text.contains("header status\n        expected  200 OK"),
        "{text}"
    );
    let plain = ResponseTemplate::new(200)
        .insert_header("Status", "200 OK")
        .set_body_raw(r#"{"id":8,"name":"Ana"}"#, "application/json");
    let text = failure(plain).await;
    assert!(text.starts_with("    GET /users/info.json\n"), "{text}");
    assert!(text.contains("header content-type"), "{text}");
    assert!(
        text.contains("$.id\n        expected  7\n        got       8"),
        "{text}"
    );
}

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roster-contract"));
    command
        .env_remove("ROSTER_API_KEY")
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn the_program_exits_with_2_when_it_cannot_run() {
    let wrong_use = program(&["--base-url", "http://127.0.0.1:1"]);
    assert_eq!(wrong_use.status.code(), Some(2));
    let no_server = program(&["--base-url", "http://127.0.0.1:1", "--api-key", "the-key"]);
    assert_eq!(no_server.status.code(), Some(2));
    assert!(
        !String::from_utf8(no_server.stderr)
            .unwrap()
            .contains("the-key")
    );
}
