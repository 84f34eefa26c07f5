//! The runner itself: what it says of a server that does not keep the contract.

use roster_contract::{ApiSetup, Case, Handle, Handles, Rows, Server, run_case};
use roster_domain::id::UserId;
use serde_json::json;
use std::process::{Command, Output};
use wiremock::matchers::{any, header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

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
    let mut handles = Handles::default();
    let admin = Handle::user(UserId(7), "admin@example.com").with("key", "the-key");
    handles.insert("admin", admin);
    let result = run_case(&case, &server, &mut setup, handles, Rows::Exact).await;
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

#[tokio::test]
async fn a_later_step_asks_again_and_shows_what_an_earlier_one_got() {
    let mock = MockServer::start().await;
    let json = |status, body| {
        ResponseTemplate::new(status)
            .set_body_raw(body, "application/json; charset=utf-8")
            .insert_header("Cache-Control", "no-store")
            .insert_header("Referrer-Policy", "no-referrer")
    };
    let signed_in = json(200, r#"{"csrf_token":"the-text"}"#);
    Mock::given(method("POST"))
        .respond_with(signed_in.insert_header("Set-Cookie", "roster_session=the-cookie; Path=/"))
        .mount(&mock)
        .await;
    Mock::given(method("GET"))
        .respond_with(json(200, "[]"))
        .up_to_n_times(2)
        .mount(&mock)
        .await;
    Mock::given(method("GET"))
        .and(header("cookie", "roster_session=the-cookie"))
        .respond_with(json(200, "[1]"))
        .mount(&mock)
        .await;
    Mock::given(method("PUT"))
        .and(header("x-csrf-token", "the-text"))
        .respond_with(json(401, "{}").insert_header("Set-Cookie", "roster_session=another"))
        .mount(&mock)
        .await;
    let case: Case = serde_json::from_value(json!({
        "name": "Somebody signs in",
        "as": "nobody",
        "request": {"method": "POST", "path": "/api/account/session"},
        "response": {
            "status": 200,
            "body": {"csrf_token": "<string>"},
            "keep": {"phone.session": "cookie", "phone.csrf_token": "/csrf_token"}
        },
        "then": [
            {
                "as": "phone's session",
                "request": {"method": "GET", "path": "/api/audit_events"},
                "response": {"status": 200, "eventually": true, "body": [1]}
            },
            {
                "as": "phone's session",
                "request": {"method": "PUT", "path": "/api/account/password"},
                "response": {"status": 401, "body": {}}
            }
        ]
    }))
    .unwrap();
    let server = Server::new(&mock.uri()).unwrap();
    let mut setup = ApiSetup::new(server.clone(), "the-key");
    let failure = run_case(&case, &server, &mut setup, Handles::default(), Rows::Exact)
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        failure,
        "    PUT /api/account/password\n      header set-cookie\n        expected  nothing\n        \
         got       roster_session=another"
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
fn the_program_knows_the_dialects_by_name() {
    let known = ["--base-url", "http://127.0.0.1:1", "--api-key", "the-key"];
    for (dialects, is_known) in [("v1,v2", true), ("account", true), ("v3", false)] {
        let run = program(&[&known[..], &["--dialect", dialects]].concat());
        let text = String::from_utf8(run.stderr).unwrap();
        assert_eq!(!text.contains("invalid value"), is_known, "{text}");
    }
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
