//! What is sent, and how answers are read.

use super::{client, group, job, message, ok, only_request, server, user, user_page};
use roster_client::{
    Client, Error, GroupId, JobId, UserId,
    v2::{
        Counters, GroupSort, InviteRequest, ListGroupsRequest, ListUsersRequest, NewPassword,
        Position, Role, SentMails, Status, UserSort, UserUpdate,
    },
};
use serde_json::{Map, Value, json};
use wiremock::Request;

const USER: UserId = UserId(560);
const GROUP: GroupId = GroupId(33);

/// Makes one call, and returns its line, its body if it has one, and what it came to.
pub(super) async fn call<T>(
    answer: Value,
    call: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) -> (String, Option<Value>, T) {
    let server = server(ok(answer)).await;
    let client = client(&server.uri());
    let outcome = call(&client).await.unwrap();
    let request = only_request(&server).await;
    (line(&request), request.body_json().ok(), outcome)
}

fn line(request: &Request) -> String {
    let query = request.url.query().map(|query| format!("?{query}"));
    let path = request.url.path();
    let line = format!("{} {path}{}", request.method, query.unwrap_or_default());
    assert_eq!(
        request.body.is_empty(),
        !request.headers.contains_key("content-type")
    );
    line
}

async fn users_query(request: ListUsersRequest, position: Position) -> String {
    let (line, _, _) = call(user_page(&[1], None), async |client| {
        client.v2().users().page(&request, &position).await
    })
    .await;
    line.strip_prefix("GET /api/v2/users").unwrap().to_owned()
}

#[tokio::test]
async fn a_list_that_asks_for_nothing_has_no_query() {
    let query = users_query(ListUsersRequest::default(), Position::Start).await;
    assert_eq!(query, "");
}

#[tokio::test]
async fn a_list_of_users_can_ask_for_everything() {
    let request = ListUsersRequest {
        search_term: Some("50% [a]&b=ľ+1".to_owned()),
        statuses: vec![Status::Active, Status::Pending],
        ids: Some(vec![UserId(1), UserId(2)]),
        role: Some(Role::Other("growth_admin".to_owned())),
        has_authentication_token: Some(false),
        exclude_deleted: true,
        sort: Some(UserSort::NameDescending),
        without_counters: true,
        limit: Some(7),
    };
    let query = users_query(request, Position::After("a+/b==".to_owned())).await;
    assert_eq!(
        query,
        "?search_term=50%25+%5Ba%5D%26b%3D%C4%BE%2B1\
         &statuses%5B%5D=active&statuses%5B%5D=pending&ids%5B%5D=1&ids%5B%5D=2&role=growth_admin\
         &has_authentication_token=false&exclude_deleted=true&sort=name_desc&counters=false\
         &limit=7&after=a%2B%2Fb%3D%3D"
    );
}

#[tokio::test]
async fn each_order_has_its_word() {
    for (sort, word) in [
        (UserSort::IdAscending, "id_asc"),
        (UserSort::IdDescending, "id_desc"),
        (UserSort::NameAscending, "name_asc"),
        (UserSort::NameDescending, "name_desc"),
        (UserSort::InitialsAscending, "initials_asc"),
        (UserSort::InitialsDescending, "initials_desc"),
    ] {
        let request = ListUsersRequest {
            sort: Some(sort),
            ..ListUsersRequest::default()
        };
        let query = users_query(request, Position::Start).await;
        assert_eq!(query, format!("?sort={word}"));
    }
}

#[tokio::test]
async fn a_page_comes_with_groups_counters_and_cursors() {
    let (_, _, page) = call(user_page(&[1], Some("x")), async |client| {
        let request = ListUsersRequest::default();
        client.v2().users().page(&request, &Position::Start).await
    })
    .await;
    assert_eq!(page.users[0].group_ids, [GROUP]);
    assert_eq!(page.groups[&GROUP].name, "Capital");
    assert_eq!(page.counters.unwrap().by_role["analyst"], 3);
    assert_eq!(page.cursors.next.as_deref(), Some("x"));
}

#[tokio::test]
async fn nobody_is_not_everybody() {
    let server = server(ok(user_page(&[1], None))).await;
    let client = client(&server.uri());
    let request = ListUsersRequest {
        ids: Some(vec![]),
        ..ListUsersRequest::default()
    };
    let page = client.v2().users().page(&request, &Position::Start).await;
    let page = page.unwrap();
    assert_eq!(
        (page.users, page.counters),
        (vec![], Some(Counters::default()))
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_list_of_groups_can_ask_for_everything() {
    let answer = json!({
        "groups": [group()], "users": {"1": user(1)}, "cursors": {"previous": "p", "next": null}
    });
    let request = ListGroupsRequest {
        sort: Some(GroupSort::IdDescending),
        include_users: true,
        limit: Some(100),
    };
    let (line, _, page) = call(answer, async |client| {
        let position = Position::Before("c".to_owned());
        client.v2().groups().page(&request, &position).await
    })
    .await;
    assert_eq!(
        line,
        "GET /api/v2/groups?sort=id_desc&include_users=true&limit=100&before=c"
    );
    assert_eq!(page.groups[0].user_ids, Some(vec![UserId(1), UserId(2)]));
    assert_eq!(page.users[&UserId(1)].id, UserId(1));
}

#[tokio::test]
async fn an_update_tells_null_from_nothing() {
    let update = UserUpdate {
        password: Some(NewPassword("correct horse".to_owned())),
        name: Some(None),
        title: Some(Some("Dr.".to_owned())),
        role: Some(Role::User),
        group_ids: Some(vec![]),
        settings: Some(Map::new()),
        ..UserUpdate::default()
    };
    let (line, body, user) = call(user(560), async |client| {
        client.v2().users().update(USER, &update, None).await
    })
    .await;
    assert_eq!(line, "PUT /api/v2/users/560");
    let set = json!({
        "password": "correct horse", "name": null, "title": "Dr.", "role": "user", "group_ids": [],
        "settings": {}
    });
    assert_eq!(body.unwrap(), json!({ "user": set }));
    assert_eq!(user.value.id, USER);
}

#[tokio::test]
async fn an_invitation_says_what_is_set_and_gives_a_job() {
    let invitation = InviteRequest {
        allow_authentication_token: Some(true),
        group_ids: Some(vec![GROUP]),
        ..InviteRequest::new(["ana@example.com", "eva@example.com"], Role::Explorer)
    };
    let (line, body, job) = call(json!({"job": job()}), async |client| {
        client.v2().users().invite(&invitation).await
    })
    .await;
    assert_eq!(line, "POST /api/v2/users/invite");
    let expected = json!({
        "emails": ["ana@example.com", "eva@example.com"], "role": "explorer",
        "allow_authentication_token": true, "group_ids": [33]
    });
    assert_eq!(body.unwrap(), expected);
    assert_eq!((job.id, job.status.as_str()), (JobId(7), "queued"));
}

#[tokio::test]
async fn the_job_of_the_original_has_three_fields() {
    let answer = json!({"job": {"id": 7, "status": "created", "existing_job_id": null}});
    let (line, body, job) = call(answer, async |client| {
        client.v2().users().resend_invitation(USER).await
    })
    .await;
    assert_eq!(line, "POST /api/v2/users/560/resend_invite");
    assert_eq!(body, None);
    assert_eq!(job.status, "created");
}

#[tokio::test]
async fn calls_without_a_body_are_a_line() {
    macro_rules! line {
        ($answer:expr, $v2:ident => $call:expr) => {{
            let (line, body, _) = call($answer, async |client| {
                let $v2 = client.v2();
                $call.await
            })
            .await;
            assert_eq!(body, None);
            line
        }};
    }
    let lines = [
        line!(json!({"user": user(1)}), v2 => v2.users().get(USER)),
        line!(json!({"user": user(1)}), v2 => v2.users().me()),
        line!(message(), v2 => v2.users().delete(USER, None)),
        line!(message(), v2 => v2.users().restore(USER)),
        line!(message(), v2 => v2.users().revoke_authentication_token(USER)),
        line!(json!({"group": group()}), v2 => v2.groups().get(GROUP)),
        line!(json!({"group": group()}), v2 => v2.groups().get_with_users(GROUP)),
        line!(message(), v2 => v2.groups().delete(GROUP, None)),
        line!(message(), v2 => v2.groups().add_user(GROUP, USER)),
        line!(message(), v2 => v2.groups().remove_user(GROUP, USER)),
        line!(json!({"job": job()}), v2 => v2.jobs().get(JobId(7))),
        line!(json!({"jobs": [job()]}), v2 => v2.jobs().list(&[JobId(7), JobId(8)])),
    ];
    assert_eq!(
        lines,
        [
            "GET /api/v2/users/560",
            "GET /api/v2/users/me",
            "DELETE /api/v2/users/560",
            "POST /api/v2/users/560/restore",
            "POST /api/v2/users/560/revoke_authentication_token",
            "GET /api/v2/groups/33",
            "GET /api/v2/groups/33?include_users=true",
            "DELETE /api/v2/groups/33",
            "POST /api/v2/groups/33/add_user/560",
            "POST /api/v2/groups/33/remove_user/560",
            "GET /api/v2/jobs/7",
            "GET /api/v2/jobs?ids%5B%5D=7&ids%5B%5D=8",
        ]
    );
}

#[tokio::test]
async fn an_address_arrives_as_it_is() {
    let (line, _, taken) = call(json!({"is_already_user": true}), async |client| {
        let users = client.v2().users();
        users.is_already_user("a+b&c@príklad.sk").await
    })
    .await;
    let query = "email=a%2Bb%26c%40pr%C3%ADklad.sk";
    assert_eq!(
        line,
        format!("GET /api/v2/users/check_holistics_user?{query}")
    );
    assert!(taken);
}

#[tokio::test]
async fn a_group_is_named_in_an_envelope() {
    let named = json!({"group": {"name": "Capital"}});
    let (line, body, created) = call(json!({"group": group()}), async |client| {
        client.v2().groups().create("Capital").await
    })
    .await;
    assert_eq!(line, "POST /api/v2/groups");
    assert_eq!((body.as_ref(), created.id), (Some(&named), GROUP));
    let (line, body, renamed) = call(json!({"group": group()}), async |client| {
        client.v2().groups().rename(GROUP, "Capital", None).await
    })
    .await;
    assert_eq!(line, "PUT /api/v2/groups/33");
    assert_eq!((body.as_ref(), renamed.value.id), (Some(&named), GROUP));
}

#[tokio::test]
async fn a_job_tells_what_happened_and_what_came_of_it() {
    let log = json!({"level": "INFO", "message": "Sent", "timestamp": "2018-10-23T03:35:47.353Z"});
    let (line, _, logs) = call(json!({"job_logs": [log]}), async |client| {
        client.v2().jobs().logs(JobId(7)).await
    })
    .await;
    assert_eq!(line, "GET /api/v2/jobs/7/logs");
    assert_eq!(logs[0].message, "Sent");
    let answer = json!({"status": "success", "error": null, "result": {"sent": 2}});
    let (line, _, result) = call(answer, async |client| {
        client.v2().jobs().result(JobId(7)).await
    })
    .await;
    assert_eq!(line, "GET /api/v2/jobs/7/result");
    assert_eq!(result.result, Some(SentMails { sent: 2 }));
}

#[tokio::test]
async fn what_is_not_known_is_kept_or_skipped() {
    let mut answer = user(1);
    answer["role"] = json!("it_admin");
    answer["dashboards"] = json!([1]);
    answer.as_object_mut().unwrap().remove("group_ids");
    let (_, _, user) = call(json!({ "user": answer }), async |client| {
        client.v2().users().me().await
    })
    .await;
    assert_eq!(user.role, Role::Other("it_admin".to_owned()));
    assert_eq!(user.group_ids, []);
}
