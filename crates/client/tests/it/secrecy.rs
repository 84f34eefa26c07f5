//! Where neither the key nor an address shows.

use super::{KEY, builder, client, raw::nowhere, server, user};
use roster_client::{Client, Error};
use serde_json::json;
use std::error::Error as _;
use wiremock::ResponseTemplate;

/// All that a log could print of an error.
fn texts(error: &Error) -> String {
    let mut texts = format!("{error:?}");
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        texts.push_str(&format!("\n{error}\n{error:?}"));
        cause = error.source();
    }
    if let Error::Api { body, .. } | Error::Decoding { body, .. } = error {
        texts.push_str(body.as_str());
    }
    texts
}

#[test]
fn debug_output_holds_no_secret() {
    let builder = builder("https://example.com");
    assert!(!format!("{builder:?}").contains(KEY));
    let client = builder.build().unwrap();
    let shown = format!("{client:?} {:?} {:?}", client.users(), client.groups());
    assert!(shown.contains("example.com"));
    assert!(!shown.contains(KEY));
}

#[test]
fn a_refused_setting_is_not_repeated() {
    let key = format!("{KEY}\u{e9}");
    let error = Client::builder("https://example.com", key).build();
    assert!(!texts(&error.unwrap_err()).contains(KEY));
    for url in ["https://ana:pa55@example.com", "https://ana:pa55@:bad"] {
        assert!(!format!("{:?}", Client::builder(url, KEY)).contains("pa55"));
        let error = Client::builder(url, KEY).build().unwrap_err();
        assert!(!texts(&error).contains("pa55"));
    }
}

#[tokio::test]
async fn a_service_that_prints_the_request_does_not_give_the_key_away() {
    let echo = format!("X-Holistics-Key: {KEY}");
    let mut broken = user();
    broken["id"] = json!(echo);
    for answer in [
        ResponseTemplate::new(400).set_body_string(&echo),
        ResponseTemplate::new(400).set_body_json(json!({ "errors": [echo] })),
        ResponseTemplate::new(200).set_body_string(&echo),
        ResponseTemplate::new(200).set_body_json(broken),
    ] {
        let server = server(answer).await;
        let error = client(&server.uri()).users().me().await.unwrap_err();
        let texts = texts(&error);
        assert!(!texts.contains(KEY), "{texts}");
        assert!(texts.contains("[API key]"), "{texts}");
    }
}

#[tokio::test]
async fn an_address_that_is_looked_up_is_not_in_the_error() {
    let (_socket, url) = nowhere();
    let client = builder(&url).max_retries(0).build().unwrap();
    let error = client.users().find_by_email("ana@example.com").await;
    let error = error.unwrap_err();
    assert!(error.source().is_some());
    let texts = texts(&error);
    assert!(!texts.contains("ana"), "{texts}");
    assert!(!texts.contains(KEY), "{texts}");
}

#[tokio::test]
async fn debug_output_of_an_error_holds_no_body() {
    let answer = ResponseTemplate::new(200).set_body_string("[{\"email\":\"ana@example.com\"}]");
    let server = server(answer).await;
    let error = client(&server.uri()).users().list().await.unwrap_err();
    let shown = format!("{error:?}");
    assert!(shown.contains("AnswerBody(29 bytes)"), "{shown}");
    assert!(!shown.contains("ana@"), "{shown}");
}
