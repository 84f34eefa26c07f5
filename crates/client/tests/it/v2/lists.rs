//! Lists that are followed page after page.

use super::{client, fault, ok, pages, sent, user_page};
use roster_client::{
    Error, TryStreamExt, UserId,
    v2::{Group, ListGroupsRequest, ListUsersRequest, Role, User},
};
use serde_json::json;
use wiremock::MockServer;

/// All that the stream gives, and the fault that ended it, if one did.
async fn users(server: &MockServer, request: &ListUsersRequest) -> (Vec<UserId>, Option<Error>) {
    let mut stream = client(&server.uri()).v2().users().list(request);
    let mut ids = Vec::new();
    loop {
        match stream.try_next().await {
            Ok(Some(User { id, .. })) => ids.push(id),
            Ok(None) => return (ids, None),
            Err(error) => {
                let rest = stream.try_next().await.unwrap();
                assert_eq!(rest, None, "nothing comes after a fault");
                return (ids, Some(error));
            }
        }
    }
}

async fn queries(server: &MockServer) -> Vec<String> {
    let requests = sent(server).await;
    requests
        .iter()
        .map(|request| request.url.query().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn a_list_goes_on_until_there_is_no_next_page() {
    let server = pages([
        (None, ok(user_page(&[1, 2], Some("a+b")))),
        (Some("a+b"), ok(user_page(&[3], Some("c")))),
        (Some("c"), ok(user_page(&[4], None))),
    ])
    .await;
    let request = ListUsersRequest {
        role: Some(Role::Analyst),
        ..ListUsersRequest::default()
    };
    let (ids, fault) = users(&server, &request).await;
    assert!(fault.is_none());
    assert_eq!(ids, [1, 2, 3, 4].map(UserId));
    assert_eq!(
        queries(&server).await,
        [
            "role=analyst&limit=100",
            "role=analyst&limit=100&after=a%2Bb",
            "role=analyst&limit=100&after=c",
        ]
    );
}

#[tokio::test]
async fn a_page_is_asked_for_when_it_is_needed() {
    let server = pages([
        (None, ok(user_page(&[1, 2], Some("b")))),
        (Some("b"), ok(user_page(&[3], None))),
    ])
    .await;
    let request = ListUsersRequest {
        limit: Some(2),
        ..ListUsersRequest::default()
    };
    let mut stream = client(&server.uri()).v2().users().list(&request);
    assert!(queries(&server).await.is_empty());
    for (id, asked) in [(1, 1), (2, 1), (3, 2)] {
        assert_eq!(stream.try_next().await.unwrap().unwrap().id, UserId(id));
        assert_eq!(queries(&server).await.len(), asked);
    }
    assert_eq!(queries(&server).await, ["limit=2", "limit=2&after=b"]);
}

#[tokio::test]
async fn an_empty_page_in_between_does_not_end_the_list() {
    let server = pages([
        (None, ok(user_page(&[], Some("b")))),
        (Some("b"), ok(user_page(&[3], None))),
    ])
    .await;
    let (ids, fault) = users(&server, &ListUsersRequest::default()).await;
    assert!(fault.is_none());
    assert_eq!(ids, [UserId(3)]);
}

#[tokio::test]
async fn a_page_that_fails_is_a_fault_and_not_the_end() {
    let failing = fault(400, "InvalidParameterError", "after must be a cursor");
    let server = pages([(None, ok(user_page(&[1], Some("b")))), (Some("b"), failing)]).await;
    let (ids, fault) = users(&server, &ListUsersRequest::default()).await;
    assert_eq!(ids, [UserId(1)]);
    assert_eq!(fault.unwrap().status(), Some(400));
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_a_fault_and_not_the_end() {
    let server = pages([
        (None, ok(user_page(&[1], Some("b")))),
        (Some("b"), ok(json!({"users": []}))),
    ])
    .await;
    let (ids, fault) = users(&server, &ListUsersRequest::default()).await;
    assert_eq!(ids, [UserId(1)]);
    assert!(matches!(fault, Some(Error::Decoding { .. })), "{fault:?}");
}

#[tokio::test]
async fn a_page_is_asked_for_again_like_any_call() {
    let server = pages([(None, fault(503, "MaintenanceError", "Busy"))]).await;
    let (ids, fault) = users(&server, &ListUsersRequest::default()).await;
    assert!(ids.is_empty());
    assert_eq!(fault.unwrap().status(), Some(503));
    assert_eq!(queries(&server).await.len(), 3);
}

#[tokio::test]
async fn a_circle_of_cursors_is_a_fault() {
    for (last, whole) in [("b", vec![1]), ("c", vec![1, 2])] {
        let server = pages([
            (None, ok(user_page(&[1], Some("b")))),
            (Some("b"), ok(user_page(&[2], Some(last)))),
            (Some("c"), ok(user_page(&[3], Some("b")))),
        ])
        .await;
        let (ids, fault) = users(&server, &ListUsersRequest::default()).await;
        assert!(matches!(fault, Some(Error::RepeatedCursor)), "{fault:?}");
        assert_eq!(ids, Vec::from_iter(whole.into_iter().map(UserId)));
    }
}

#[tokio::test]
async fn a_list_goes_to_any_task() {
    let server = pages([(None, ok(user_page(&[1], None)))]).await;
    let stream = client(&server.uri())
        .v2()
        .users()
        .list(&ListUsersRequest::default());
    let users: Vec<User> = tokio::spawn(stream.try_collect()).await.unwrap().unwrap();
    assert_eq!(users.len(), 1);
}

#[tokio::test]
async fn groups_are_listed_alike() {
    let page = |id, next: Option<&str>| {
        let group = json!({"id": id, "name": "Capital"});
        ok(json!({"groups": [group], "users": {}, "cursors": {"previous": null, "next": next}}))
    };
    let server = pages([(None, page(1, Some("b"))), (Some("b"), page(2, None))]).await;
    let groups = client(&server.uri())
        .v2()
        .groups()
        .list(&ListGroupsRequest::default());
    let groups: Vec<Group> = groups.try_collect().await.unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0].user_ids, None);
    assert_eq!(queries(&server).await, ["limit=100", "limit=100&after=b"]);
}
