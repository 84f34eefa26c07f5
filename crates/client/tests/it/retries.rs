//! How often a call is sent.

use super::{
    KEY, builder, client, fault, ok,
    raw::{RawServer, nowhere},
    requests, server,
};
use roster_client::{
    Client, Error, GroupId, UserId,
    v1::{ChangeRoleRequest, InviteRequest, Role, RoleChange, UpdateUserRequest},
};
use serde_json::json;
use std::time::{Duration, Instant};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

fn invitation() -> InviteRequest {
    InviteRequest {
        name: None,
        email: "ana@example.com".to_owned(),
        role: Role::Admin,
        message: None,
    }
}

/// A server that fails once and then acknowledges everything.
async fn recovering(failure: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(failure)
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ok(json!({"status": "ok"})))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_call_is_repeated_until_it_succeeds() {
    for status in [500, 502, 503, 504] {
        let server = recovering(ResponseTemplate::new(status)).await;
        let groups = client(&server.uri());
        groups
            .groups()
            .add_user(GroupId(1), UserId(2))
            .await
            .unwrap();
        assert_eq!(requests(&server).await.len(), 2);
    }
}

#[tokio::test]
async fn the_last_failure_is_returned() {
    let server = server(fault(503, &["Database unreachable"])).await;
    let error = client(&server.uri()).users().list().await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert_eq!(requests(&server).await.len(), 3);
}

#[tokio::test]
async fn no_retries_are_one_request() {
    let server = server(ResponseTemplate::new(503)).await;
    let client = builder(&server.uri()).max_retries(0).build().unwrap();
    client.users().list().await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    for status in [400, 401, 403, 404, 409, 422, 501] {
        let server = server(fault(status, &["no"])).await;
        client(&server.uri()).users().list().await.unwrap_err();
        assert_eq!(requests(&server).await.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_not_repeated() {
    let server = server(ok(json!({}))).await;
    client(&server.uri()).users().list().await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_change_that_may_have_happened_is_repeated_only_where_that_does_no_harm() {
    let server = server(ResponseTemplate::new(503)).await;
    let client = client(&server.uri());
    let (users, groups) = (client.users(), client.groups());
    let (user, group) = (UserId(1), GroupId(2));
    let update = UpdateUserRequest::default();
    let change = ChangeRoleRequest {
        id: user,
        user: RoleChange {
            role: Role::Admin,
            remove_groups: false,
        },
    };
    // The counter's difference is taken between the calls, in their order.
    let mut sent = Vec::new();
    macro_rules! count {
        ($call:expr) => {{
            let before = requests(&server).await.len();
            $call.await.unwrap_err();
            sent.push(requests(&server).await.len() - before);
        }};
    }
    count!(users.update(user, &update));
    count!(users.revoke_authentication_token(user));
    count!(users.change_role(&change));
    count!(groups.rename(group, "Ana"));
    count!(groups.add_user(group, user));
    count!(groups.remove_user(group, user));
    assert_eq!(sent, [3; 6]);
    sent.clear();
    count!(users.invite(&invitation()));
    count!(users.resend_invitation(user));
    count!(users.delete(user));
    count!(users.restore(user));
    count!(groups.create("Ana"));
    count!(groups.delete(group));
    assert_eq!(sent, [1; 6]);
}

#[tokio::test]
async fn too_many_requests_are_repeated_whatever_the_call() {
    let server = recovering(fault(429, &["Too many requests"])).await;
    let client = client(&server.uri());
    client.users().invite(&invitation()).await.unwrap();
    let requests = requests(&server).await;
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[1].headers["x-holistics-key"], KEY);
    assert_eq!(requests[1].headers["content-type"], "application/json");
}

#[tokio::test]
async fn the_service_says_how_long_to_wait() {
    for (seconds, status) in [("0", 429), ("1", 503)] {
        let failure = ResponseTemplate::new(status).insert_header("Retry-After", seconds);
        let server = recovering(failure).await;
        let client = Client::builder(server.uri(), KEY)
            .backoff(Duration::from_secs(3600))
            .build()
            .unwrap();
        let started = Instant::now();
        client
            .groups()
            .remove_user(GroupId(1), UserId(2))
            .await
            .unwrap();
        assert!(started.elapsed() >= Duration::from_secs(seconds.parse().unwrap()));
        assert_eq!(requests(&server).await.len(), 2);
    }
}

#[tokio::test]
async fn too_long_a_wait_is_left_to_the_caller() {
    let answer = fault(429, &["Too many requests"]).insert_header("Retry-After", "61");
    let server = server(answer).await;
    match client(&server.uri()).users().list().await.unwrap_err() {
        Error::Api { retry_after, .. } => {
            assert_eq!(retry_after, Some(Duration::from_secs(61)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_wait_that_is_not_in_seconds_does_not_count() {
    for value in ["Wed, 21 Oct 2099 07:28:00 GMT", "-1", "soon"] {
        let failure = ResponseTemplate::new(429).insert_header("Retry-After", value);
        let server = recovering(failure).await;
        let client = client(&server.uri());
        client.users().invite(&invitation()).await.unwrap();
        assert_eq!(requests(&server).await.len(), 2);
    }
}

#[tokio::test]
async fn a_broken_connection_is_repeated_where_that_does_no_harm() {
    let server = RawServer::start("").await;
    let client = client(&server.url);
    let error = client.users().invite(&invitation()).await.unwrap_err();
    assert!(matches!(error, Error::Transport { .. }));
    assert_eq!(server.connections(), 1);
    client.users().list().await.unwrap_err();
    assert_eq!(server.connections(), 1 + 3);
}

#[tokio::test]
async fn a_list_that_breaks_off_is_asked_for_again() {
    let server = RawServer::start("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]").await;
    client(&server.url).users().list().await.unwrap_err();
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn connecting_is_tried_again_whatever_the_call() {
    // Refused connections leave no trace to count; the pauses between them do.
    let (_socket, url) = nowhere();
    let client = Client::builder(url, KEY)
        .backoff(Duration::from_millis(100))
        .build()
        .unwrap();
    let started = Instant::now();
    let error = client.users().invite(&invitation()).await.unwrap_err();
    assert!(matches!(error, Error::Transport { .. }));
    assert!(started.elapsed() >= Duration::from_millis(50 + 100));
}
