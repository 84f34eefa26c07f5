//! Changes that insist on a version.

use super::{client, fault, group, message, ok, only_request, sent, server, user};
use roster_client::{GroupId, UserId, Version, v2::UserUpdate};
use serde_json::json;
use wiremock::ResponseTemplate;

const USER: UserId = UserId(560);
const GROUP: GroupId = GroupId(33);

#[tokio::test]
async fn what_is_read_comes_with_its_version() {
    let tag = |answer: ResponseTemplate| answer.insert_header("ETag", "\"7\"");
    let users = server(tag(ok(json!({"user": user(560)})))).await;
    let read = client(&users.uri()).v2().users().get(USER).await.unwrap();
    assert_eq!(read.version, Some(Version::new("\"7\"")));
    let groups = server(tag(ok(json!({"group": group()})))).await;
    let read = client(&groups.uri()).v2().groups().get(GROUP).await;
    assert_eq!(read.unwrap().version.unwrap().as_str(), "\"7\"");
}

#[tokio::test]
async fn a_service_without_versions_tells_none() {
    let server = server(ok(user(560))).await;
    let users = client(&server.uri());
    let users = users.v2().users();
    let update = UserUpdate::default();
    let user = users.update(USER, &update, None).await.unwrap();
    assert_eq!(user.version, None);
    let request = only_request(&server).await;
    assert!(!request.headers.contains_key("if-match"));
}

#[tokio::test]
async fn a_change_insists_on_the_version_that_it_is_given() {
    let version = Version::new("\"7\"");
    macro_rules! insists {
        ($answer:expr, $v2:ident => $call:expr) => {{
            let server = server($answer).await;
            let client = client(&server.uri());
            let $v2 = client.v2();
            $call.await.unwrap();
            assert_eq!(only_request(&server).await.headers["if-match"], "\"7\"");
        }};
    }
    let update = UserUpdate::default();
    insists!(ok(user(560)), v2 => v2.users().update(USER, &update, Some(&version)));
    insists!(ok(message()), v2 => v2.users().delete(USER, Some(&version)));
    insists!(ok(json!({"group": group()})), v2 => v2.groups().rename(GROUP, "X", Some(&version)));
    insists!(ok(message()), v2 => v2.groups().delete(GROUP, Some(&version)));
}

#[tokio::test]
async fn a_stale_version_is_told_from_other_faults() {
    for (status, is_conflict) in [(412, true), (409, false), (422, false)] {
        let server = server(fault(status, "InvalidOperationError", "No")).await;
        let client = client(&server.uri());
        let version = Version::new("\"7\"");
        let error = client.v2().users().delete(USER, Some(&version)).await;
        assert_eq!(error.unwrap_err().is_version_conflict(), is_conflict);
    }
}

#[tokio::test]
async fn a_change_that_insists_is_not_repeated_because_it_would_be_refused() {
    let server = server(ResponseTemplate::new(503)).await;
    let client = client(&server.uri());
    let (update, version) = (UserUpdate::default(), Version::new("\"7\""));
    let users = client.v2().users();
    users
        .update(USER, &update, Some(&version))
        .await
        .unwrap_err();
    assert_eq!(sent(&server).await.len(), 1);
    users.update(USER, &update, None).await.unwrap_err();
    assert_eq!(sent(&server).await.len(), 1 + 3);
}
