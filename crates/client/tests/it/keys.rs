//! The `Idempotency-Key` of what is posted, and what is repeated for it.

use super::{KEY, builder, client, fault, ok, raw::RawServer, requests, server};
use roster_client::{
    Client, Error, GroupId, UserId,
    v1::{ChangeRoleRequest, InviteRequest, Role, RoleChange},
    v2,
};
use serde_json::json;
use std::collections::BTreeSet;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

const USER: UserId = UserId(560);
const GROUP: GroupId = GroupId(33);

fn key(request: &Request) -> Option<&str> {
    let key = request.headers.get("idempotency-key")?;
    Some(key.to_str().unwrap())
}

fn of_roster(url: &str) -> Client {
    builder(url).server_is_roster().build().unwrap()
}

/// Posts all that can be posted; each call fails.
async fn post_everything(client: &Client) {
    let invitation = InviteRequest {
        name: None,
        email: "ana@example.com".to_owned(),
        role: Role::Admin,
        message: None,
    };
    let user = RoleChange {
        role: Role::Admin,
        remove_groups: false,
    };
    let change = ChangeRoleRequest { id: USER, user };
    let (users, groups) = (client.users(), client.groups());
    users.invite(&invitation).await.unwrap_err();
    users.resend_invitation(USER).await.unwrap_err();
    users.restore(USER).await.unwrap_err();
    users.revoke_authentication_token(USER).await.unwrap_err();
    users.change_role(&change).await.unwrap_err();
    groups.create("Capital").await.unwrap_err();
    let invitation = v2::InviteRequest::new(["ana@example.com"], v2::Role::Admin);
    let (users, groups) = (client.v2().users(), client.v2().groups());
    users.invite(&invitation).await.unwrap_err();
    users.resend_invitation(USER).await.unwrap_err();
    users.restore(USER).await.unwrap_err();
    users.revoke_authentication_token(USER).await.unwrap_err();
    groups.create("Capital").await.unwrap_err();
    groups.add_user(GROUP, USER).await.unwrap_err();
    groups.remove_user(GROUP, USER).await.unwrap_err();
    let attributes = client.v2().user_attributes();
    let fields = v2::UserAttributeFields::default();
    attributes.create(&fields).await.unwrap_err();
}

const POSTS: usize = 14;

#[tokio::test]
async fn every_post_has_a_key_of_its_own() {
    let server = server(fault(404, &["no"])).await;
    post_everything(&client(&server.uri())).await;
    let requests = requests(&server).await;
    let keys: BTreeSet<&str> = requests.iter().filter_map(key).collect();
    assert_eq!(keys.len(), POSTS);
    for key in keys {
        assert_eq!(key.len(), 32);
        assert!(key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    }
}

#[tokio::test]
async fn what_is_not_posted_has_no_key() {
    let server = server(fault(404, &["no"])).await;
    let client = client(&server.uri()).with_idempotency_key("mine").unwrap();
    client.users().list().await.unwrap_err();
    client.groups().rename(GROUP, "X").await.unwrap_err();
    client.v2().users().delete(USER, None).await.unwrap_err();
    let update = v2::UserUpdate::default();
    let users = client.v2().users();
    users.update(USER, &update, None).await.unwrap_err();
    assert_eq!(requests(&server).await.iter().filter_map(key).count(), 0);
}

#[tokio::test]
async fn where_the_server_is_roster_each_post_is_repeated_under_its_key() {
    for status in [409, 500, 502, 503, 504] {
        let server = server(fault(status, &["no"])).await;
        post_everything(&of_roster(&server.uri())).await;
        let requests = requests(&server).await;
        assert_eq!(requests.len(), 3 * POSTS, "{status}");
        for attempts in requests.chunks(3) {
            assert!(key(&attempts[0]).is_some());
            for attempt in attempts {
                assert_eq!(key(attempt), key(&attempts[0]));
                assert_eq!(attempt.url, attempts[0].url);
                assert_eq!(attempt.body, attempts[0].body);
                assert_eq!(attempt.headers["x-holistics-key"], KEY);
            }
        }
    }
}

#[tokio::test]
async fn where_the_server_is_roster_a_refusal_is_still_final() {
    for status in [400, 401, 403, 404, 412, 422, 501] {
        let server = server(fault(status, &["no"])).await;
        post_everything(&of_roster(&server.uri())).await;
        assert_eq!(requests(&server).await.len(), POSTS, "{status}");
    }
}

#[tokio::test]
async fn where_the_server_is_not_known_nothing_depends_on_the_key() {
    let server = server(fault(503, &["no"])).await;
    let client = client(&server.uri()).with_idempotency_key("mine").unwrap();
    client.groups().create("Capital").await.unwrap_err();
    client.v2().groups().create("Capital").await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 2);
}

#[tokio::test]
async fn a_delete_is_not_repeated_even_by_roster() {
    let server = server(fault(503, &["no"])).await;
    let client = of_roster(&server.uri());
    client.users().delete(USER).await.unwrap_err();
    client.v2().users().delete(USER, None).await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 2);
}

#[tokio::test]
async fn a_post_whose_connection_broke_is_repeated_where_the_server_is_roster() {
    let server = RawServer::start("").await;
    let client = of_roster(&server.url);
    let error = client.v2().groups().create("Capital").await.unwrap_err();
    assert!(matches!(error, Error::Transport { .. }));
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn what_the_first_attempt_has_done_is_the_answer() {
    let server = MockServer::start().await;
    for failure in [503, 409] {
        Mock::given(any())
            .respond_with(ResponseTemplate::new(failure))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    let created = ok(json!({"group": {"id": 33, "name": "Capital"}}));
    let replayed = created.insert_header("Idempotency-Replayed", "true");
    Mock::given(any())
        .respond_with(replayed)
        .mount(&server)
        .await;
    let client = of_roster(&server.uri());
    let group = client.v2().groups().create("Capital").await.unwrap();
    assert_eq!(group.id, GROUP);
    assert_eq!(requests(&server).await.len(), 3);
}

#[tokio::test]
async fn a_caller_s_own_key_is_sent_as_it_is() {
    let server = server(fault(503, &["no"])).await;
    let roster = of_roster(&server.uri());
    let client = roster.with_idempotency_key("\"order 4711\"");
    assert!(client.is_err(), "a space cannot stand in a key");
    let client = roster.with_idempotency_key("\"order-4711\"").unwrap();
    client.v2().groups().create("Capital").await.unwrap_err();
    let sent = requests(&server).await;
    let keys: Vec<_> = sent.iter().filter_map(key).collect();
    assert_eq!(keys, ["\"order-4711\""; 3]);
    roster.v2().groups().create("Capital").await.unwrap_err();
    let sent = requests(&server).await;
    assert_ne!(key(sent.last().unwrap()), Some("\"order-4711\""));
}

#[test]
fn a_key_is_of_visible_ascii() {
    let client = client("http://localhost");
    let longest = "k".repeat(255);
    for key in ["k", "!~", &longest] {
        assert!(client.with_idempotency_key(key).is_ok(), "{key}");
    }
    let too_long = "k".repeat(256);
    for key in ["", "a b", "a\n", "kľúč", "\u{7f}", &too_long] {
        match client.with_idempotency_key(key).unwrap_err() {
            Error::Configuration { reason, .. } => assert_eq!(
                reason,
                "the idempotency key must be of 1 to 255 visible ASCII characters"
            ),
            other => panic!("{other:?}"),
        }
    }
}
