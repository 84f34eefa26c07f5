//! What the client sends.

use super::{KEY, client, ok, only_request, server, summary, user};
use roster_client::{
    GroupId, UserId,
    v1::{InviteRequest, Role},
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_request_carries_the_key_and_asks_for_json() {
    let server = server(ok(json!([user()]))).await;
    client(&server.uri()).users().list().await.unwrap();
    let request = only_request(&server).await;
    assert_eq!(request.method.as_str(), "GET");
    assert_eq!(request.url.path(), "/users.json");
    assert_eq!(request.headers["x-holistics-key"], KEY);
    assert_eq!(request.headers["accept"], "application/json");
    let agent = request.headers["user-agent"].to_str().unwrap();
    assert!(agent.starts_with("roster-client/"));
    assert!(!request.headers.contains_key("content-type"));
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn a_body_is_json_without_what_is_not_set() {
    let server = server(ok(json!({"status": "ok"}))).await;
    let invitation = InviteRequest {
        name: None,
        email: "ana@example.com".to_owned(),
        role: Role::from("viewer"),
        message: Some("Hi".to_owned()),
    };
    client(&server.uri())
        .users()
        .invite(&invitation)
        .await
        .unwrap();
    let request = only_request(&server).await;
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(
        request.body_json::<Value>().unwrap(),
        json!({"email": "ana@example.com", "role": "viewer", "message": "Hi"})
    );
}

#[tokio::test]
async fn a_post_without_a_body_has_no_content_type() {
    let server = server(ok(json!({"status": "ok"}))).await;
    let user = UserId(560);
    client(&server.uri())
        .users()
        .resend_invitation(user)
        .await
        .unwrap();
    let request = only_request(&server).await;
    assert_eq!(request.url.path(), "/users/560/resend_invite.json");
    assert!(!request.headers.contains_key("content-type"));
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn a_membership_names_the_group_before_the_user() {
    let server = server(ok(json!({"status": "OK"}))).await;
    let client = client(&server.uri());
    client
        .groups()
        .add_user(GroupId(33), UserId(1))
        .await
        .unwrap();
    let request = only_request(&server).await;
    assert_eq!(request.method.as_str(), "PUT");
    assert_eq!(request.url.path(), "/groups/33/user/1");
}

#[tokio::test]
async fn an_address_arrives_as_it_is() {
    for (email, query) in [
        ("a+b@example.com", "email=a%2Bb%40example.com"),
        ("a&b=c@example.com", "email=a%26b%3Dc%40example.com"),
        ("50%25@example.com", "email=50%2525%40example.com"),
        ("o'neil#1@example.com", "email=o%27neil%231%40example.com"),
        ("ľuba@príklad.sk", "email=%C4%BEuba%40pr%C3%ADklad.sk"),
        ("../?x@example.com", "email=..%2F%3Fx%40example.com"),
        ("", "email="),
    ] {
        let server = server(ok(summary())).await;
        client(&server.uri())
            .users()
            .find_by_email(email)
            .await
            .unwrap();
        let url = only_request(&server).await.url;
        assert_eq!(url.path(), "/users/get_user.json/");
        assert_eq!(url.query(), Some(query));
        let (_, decoded) = url.query_pairs().next().unwrap();
        assert_eq!(decoded, email);
    }
}
