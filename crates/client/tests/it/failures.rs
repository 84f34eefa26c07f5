//! Which error a failure becomes, and what the error holds.

use super::{builder, client, fault, ok, raw::RawServer, server, user};
use roster_client::{AnswerBody, Client, Error};
use serde_json::json;
use std::{error::Error as _, time::Duration};
use tokio::net::TcpListener;
use wiremock::{MockServer, ResponseTemplate};

async fn failure(client: &Client) -> Error {
    client.users().list().await.unwrap_err()
}

async fn failure_of(answer: ResponseTemplate) -> Error {
    let server = server(answer).await;
    let client = builder(&server.uri()).max_retries(0).build().unwrap();
    failure(&client).await
}

fn is_transport(error: &Error) -> bool {
    matches!(error, Error::Transport { .. })
}

#[tokio::test]
async fn the_service_s_own_words_are_kept() {
    let answer = fault(422, &["name is too long", "email is required"]);
    let error = failure_of(answer).await;
    assert_eq!(
        error.to_string(),
        "the service answered 422: name is too long; email is required"
    );
    match error {
        Error::Api {
            status,
            messages,
            retry_after,
            ..
        } => {
            assert_eq!(status, 422);
            assert_eq!(messages, ["name is too long", "email is required"]);
            assert_eq!(retry_after, None);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_body_of_another_form_is_kept() {
    for body in ["", "Bad Gateway", r#"{"errors":"x"}"#, r#"{"error":"x"}"#] {
        let answer = ResponseTemplate::new(502).set_body_string(body);
        let error = failure_of(answer).await;
        assert_eq!(error.to_string(), "the service answered 502");
        match error {
            Error::Api {
                messages,
                body: kept,
                ..
            } => {
                assert!(messages.is_empty());
                assert_eq!(kept.as_str(), body);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn long_bodies_are_cut() {
    let long = "x".repeat(3 * AnswerBody::LIMIT);
    for status in [200, 500] {
        let answer = ResponseTemplate::new(status).set_body_string(&long);
        match failure_of(answer).await {
            Error::Api { body, .. } | Error::Decoding { body, .. } => {
                assert_eq!(body.as_str().len(), AnswerBody::LIMIT);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = MockServer::start().await;
    let answer = ResponseTemplate::new(301).insert_header("Location", elsewhere.uri());
    let error = failure_of(answer).await;
    assert_eq!(error.status(), Some(301));
    assert!(error.to_string().ends_with("check the base URL"));
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_tells_where() {
    let mut broken = user();
    broken["id"] = json!("one");
    let error = failure_of(ok(json!([broken]))).await;
    assert_eq!(error.to_string(), "the answer of status 200 cannot be read");
    assert!(error.source().unwrap().to_string().contains("at line 1"));
    match error {
        Error::Decoding { body, .. } => assert!(body.as_str().contains("\"one\"")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_answer_in_chunks_that_breaks_off_is_an_error() {
    // What has arrived is a whole list, so that only the framing tells.
    let server = RawServer::start(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n",
    )
    .await;
    let error = failure(&client(&server.url)).await;
    assert!(is_transport(&error), "{error:?}");
}

#[tokio::test]
async fn an_answer_shorter_than_announced_is_an_error() {
    let server = RawServer::start("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]").await;
    let error = failure(&client(&server.url)).await;
    assert!(is_transport(&error), "{error:?}");
}

#[tokio::test]
async fn an_answer_without_a_length_that_breaks_off_is_an_error() {
    let server = RawServer::start("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[").await;
    let error = failure(&client(&server.url)).await;
    assert!(matches!(error, Error::Decoding { .. }), "{error:?}");
}

#[tokio::test]
async fn an_error_that_breaks_off_keeps_its_status() {
    let server = RawServer::start("HTTP/1.1 403 Forbidden\r\nContent-Length: 99\r\n\r\n{").await;
    assert_eq!(failure(&client(&server.url)).await.status(), Some(403));
}

#[tokio::test]
async fn silence_ends_with_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = builder(&url)
        .timeout(Duration::from_millis(50))
        .max_retries(0)
        .build()
        .unwrap();
    match failure(&client).await {
        Error::Transport { source, .. } => assert!(source.is_timeout()),
        other => panic!("{other:?}"),
    }
}
