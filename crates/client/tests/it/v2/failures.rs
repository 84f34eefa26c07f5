//! Which error a fault of v2 becomes.

use super::{client, fault, ok, server, v1_fault};
use crate::KEY;
use roster_client::{
    Error,
    v2::{ErrorType, InviteRequest, Role},
};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

async fn failure(answer: ResponseTemplate) -> Error {
    let server = server(answer).await;
    let client = client(&server.uri());
    let invitation = InviteRequest::new(["ana@example.com"], Role::Analyst);
    client.v2().users().invite(&invitation).await.unwrap_err()
}

async fn failure_of(status: u16, body: Value) -> Error {
    failure(ResponseTemplate::new(status).set_body_json(body)).await
}

fn kind(error: &Error) -> Option<&ErrorType> {
    error.details().map(|details| &details.kind)
}

#[tokio::test]
async fn the_service_s_own_words_are_kept() {
    let error = failure(fault(403, "PermissionDeniedError", "Only admins may")).await;
    assert_eq!(error.status(), Some(403));
    assert_eq!(
        error.to_string(),
        "the service answered 403: Only admins may"
    );
    assert_eq!(error.request_id(), Some("4711"));
    assert_eq!(kind(&error), Some(&ErrorType::PermissionDenied));
}

#[tokio::test]
async fn a_kind_that_is_not_known_is_kept() {
    let error = failure(fault(418, "TeapotError", "short and stout")).await;
    assert_eq!(
        kind(&error),
        Some(&ErrorType::Other("TeapotError".to_owned()))
    );
}

#[tokio::test]
async fn the_outer_fields_or_the_nested_ones_suffice() {
    let fields = json!({"type": "BaseError", "message": "Not found"});
    for body in [fields.clone(), json!({ "error": fields })] {
        let error = failure_of(404, body).await;
        assert_eq!(error.to_string(), "the service answered 404: Not found");
        assert_eq!(kind(&error), Some(&ErrorType::Base));
        assert_eq!(error.request_id(), None);
    }
}

#[tokio::test]
async fn faulty_fields_are_told_by_name() {
    let error = failure_of(
        422,
        json!({
            "type": "RecordError", "message": "role is required",
            "record": {"role": ["is required"], "user.name": ["is too long", "is no text"]}
        }),
    )
    .await;
    let details = error.details().unwrap();
    assert_eq!(details.record["role"], ["is required"]);
    assert_eq!(details.record["user.name"].len(), 2);
    assert!(details.refused_emails.is_empty());
}

#[tokio::test]
async fn refused_addresses_are_told_and_not_shown_by_debug() {
    let error = failure_of(
        422,
        json!({
            "type": "InvalidEmailsInvitationError", "message": "An address cannot be invited",
            "data": [{"email": "ana@example.com", "reason": "is taken"}]
        }),
    )
    .await;
    let refused = &error.details().unwrap().refused_emails;
    assert_eq!(refused[0].email, "ana@example.com");
    assert_eq!(refused[0].reason, "is taken");
    let shown = format!("{error:?}");
    assert!(shown.contains("InvalidEmailsInvitation"), "{shown}");
    assert!(!shown.contains("ana@"), "{shown}");
}

#[tokio::test]
async fn details_of_another_form_do_not_hide_the_rest() {
    let error = failure_of(
        422,
        json!({"type": "RecordError", "message": "No", "record": [1], "data": {"a": null}}),
    )
    .await;
    assert_eq!(error.to_string(), "the service answered 422: No");
    assert!(error.details().unwrap().record.is_empty());
}

#[tokio::test]
async fn a_body_of_another_form_is_kept() {
    for body in ["", "Bad Gateway", "[]", r#"{"error":"x"}"#, r#"{"type":1}"#] {
        let error = failure(ResponseTemplate::new(502).set_body_string(body)).await;
        assert_eq!(error.to_string(), "the service answered 502");
        assert_eq!(error.details(), None);
        match error {
            Error::Api { body: kept, .. } => assert_eq!(kept.as_str(), body),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_head_tells_the_request_where_the_body_does_not() {
    let answer = v1_fault(404, &["Not found"]).insert_header("X-Request-Id", "4712");
    let server = server(answer).await;
    let client = client(&server.uri());
    let error = client.users().me().await.unwrap_err();
    assert_eq!(error.request_id(), Some("4712"));
    assert_eq!(error.details(), None);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_keeps_its_body() {
    match failure(ok(json!({"job": {"id": "seven"}}))).await {
        Error::Decoding { status, body, .. } => {
            assert_eq!(status, 200);
            assert!(body.as_str().contains("\"seven\""));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_key_is_in_no_part_of_an_error() {
    let echo = format!("got {KEY}");
    let error = failure_of(
        422,
        json!({
            "type": echo, "message": echo, "record": {(echo.as_str()): [echo]},
            "data": [{"email": echo, "reason": echo}], "error": {"debug_id": echo}
        }),
    )
    .await;
    let details = error.details().unwrap();
    let shown = format!(
        "{error} {error:?} {:?} {:?} {:?} {:?}",
        details.kind,
        details.record,
        details.refused_emails,
        error.request_id()
    );
    assert_eq!(details.record["got [API key]"], ["got [API key]"]);
    assert!(!shown.contains(KEY), "{shown}");
}
