//! How successful answers are read.

use super::{client, fault, ok, server, summary, user};
use roster_client::{
    Error, GroupId, UserId,
    v1::{Role, User, UserSummary},
};
use serde_json::json;
use wiremock::ResponseTemplate;

async fn me(answer: ResponseTemplate) -> Result<User, Error> {
    let server = server(answer).await;
    client(&server.uri()).users().me().await
}

async fn find(answer: ResponseTemplate) -> Result<Option<UserSummary>, Error> {
    let server = server(answer).await;
    let client = client(&server.uri());
    client.users().find_by_email("ana@example.com").await
}

async fn delete(answer: ResponseTemplate) -> Result<(), Error> {
    let server = server(answer).await;
    client(&server.uri()).users().delete(UserId(1)).await
}

#[tokio::test]
async fn fields_that_are_not_known_are_skipped() {
    let mut body = user();
    body["dashboards"] = json!([{"id": 1}]);
    body["groups"] = json!([{
        "id": 33, "name": "Capital", "created_at": "2015-06-29T03:22:14.842Z",
        "updated_at": "2015-06-29T03:22:14.842Z", "tenant_id": 5, "slug": "capital"
    }]);
    let user = me(ok(body)).await.unwrap();
    assert_eq!(user.groups[0].id, GroupId(33));
    let signed_in = user.current_sign_in_at.unwrap();
    assert_eq!(signed_in.to_string(), "2018-10-23T03:35:47.353Z");
}

#[tokio::test]
async fn a_role_that_is_not_known_is_kept() {
    let mut body = user();
    body["role"] = json!("growth_hacker");
    let user = me(ok(body)).await.unwrap();
    assert_eq!(user.role, Role::Other("growth_hacker".to_owned()));
}

#[tokio::test]
async fn nobody_is_found_only_when_the_service_says_so() {
    assert_eq!(
        find(ok(summary())).await.unwrap().map(|user| user.id),
        Some(UserId(1))
    );
    let nobody = find(fault(404, &["Resource not found"])).await.unwrap();
    assert_eq!(nobody, None);
    let page = ResponseTemplate::new(404).set_body_string("<h1>nginx</h1>");
    assert_eq!(find(page).await.unwrap_err().status(), Some(404));
    let refused = find(fault(401, &["API key is invalid"])).await;
    assert_eq!(refused.unwrap_err().status(), Some(401));
}

#[tokio::test]
async fn an_acknowledgement_is_any_object_or_nothing() {
    for body in [
        json!({"status": "OK"}),
        json!({"status": "deleted"}),
        json!({}),
    ] {
        delete(ok(body)).await.unwrap();
    }
    delete(ResponseTemplate::new(204)).await.unwrap();
}

#[tokio::test]
async fn a_page_is_no_acknowledgement() {
    for body in ["<h1>Sign in</h1>", "[]", "\"ok\"", "{\"status\""] {
        let answer = ResponseTemplate::new(200).set_body_string(body);
        match delete(answer).await.unwrap_err() {
            Error::Decoding {
                status, body: kept, ..
            } => assert_eq!((status, kept.as_str()), (200, body)),
            other => panic!("{other:?}"),
        }
    }
}
