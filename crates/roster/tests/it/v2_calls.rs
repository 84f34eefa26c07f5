//! What the tests of v2 share: pages and those beside them, rows in quantity, and changes.

use crate::harness::{Answer, Api, Backend, Method, TestServer, TestTenant, read};
use crate::rows::dump;
use serde_json::{Value, json};

/// A server, a tenant of its own, and its admin.
pub(crate) async fn start(backend: Backend) -> (TestServer, TestTenant, Api) {
    let server = TestServer::start(backend).await.unwrap();
    let tenant = server.tenant().await.unwrap();
    let api = Api::admin(&server, &tenant);
    (server, tenant, api)
}

/// The address of the page beside another, if there is one.
fn beside(path: &str, page: &Value, cursor: &str, parameter: &str) -> Option<String> {
    let cursor = page["cursors"][cursor].as_str()?;
    let join = if path.contains('?') { '&' } else { '?' };
    Some(format!("{path}{join}{parameter}={cursor}"))
}

/// All pages of a list, the first one first.
pub(crate) async fn pages(api: &Api, path: &str) -> Vec<Value> {
    let mut pages = vec![api.get(path).await.expect(200).json()];
    assert_eq!(pages[0]["cursors"]["previous"], Value::Null, "{path}");
    while let Some(next) = beside(path, pages.last().unwrap(), "next", "after") {
        pages.push(api.get(&next).await.expect(200).json());
        assert!(pages.len() < 10_000, "{path} has no end");
    }
    pages
}

/// All pages that lie before one, read from there towards the first, and given in the list's order.
pub(crate) async fn pages_before(api: &Api, path: &str, page: &Value) -> Vec<Value> {
    let mut pages = vec![page.clone()];
    while let Some(previous) = beside(path, pages.last().unwrap(), "previous", "before") {
        pages.push(api.get(&previous).await.expect(200).json());
        assert!(pages.len() < 10_000, "{path} has no beginning");
    }
    pages.remove(0);
    pages.reverse();
    pages
}

/// The ids of all rows of pages.
pub(crate) fn ids(pages: &[Value], list: &str) -> Vec<i64> {
    pages
        .iter()
        .flat_map(|page| page[list].as_array().unwrap())
        .map(|row| row["id"].as_i64().unwrap())
        .collect()
}

/// The ids of all users that a query finds.
pub(crate) async fn found(api: &Api, query: &str) -> Vec<i64> {
    ids(
        &pages(api, &format!("/api/v2/users?{query}")).await,
        "users",
    )
}

/// A user as `GET /users/{id}` gives it.
pub(crate) async fn user(api: &Api, id: impl std::fmt::Display) -> Value {
    let answer = api.get(&format!("/api/v2/users/{id}")).await.expect(200);
    answer.json()["user"].clone()
}

/// The version of a row, as its `ETag` has it.
pub(crate) async fn version(api: &Api, path: &str) -> String {
    etag(&api.get(path).await.expect(200))
}

/// The `ETag` of an answer.
#[track_caller]
pub(crate) fn etag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

/// All rows of all tables as texts, but for when keys were used, which is written after the answer.
pub(crate) fn all_rows(server: &TestServer) -> Vec<String> {
    let database = server.database();
    let backend = match database.url().starts_with("sqlite:") {
        true => Backend::Sqlite,
        false => Backend::Postgres,
    };
    dump(backend, database, None)
}

/// All rows of all tables but the tenants', whose versions lock them.
pub(crate) fn rows_of_changes(server: &TestServer) -> Vec<String> {
    let rows = all_rows(server).into_iter();
    rows.filter(|row| !row.starts_with("tenants ")).collect()
}

/// Stops the test unless this is a fault of that status, kind and text.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, kind: &str, text: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    assert_eq!(answer.fault(), (kind.to_owned(), text.to_owned()));
}

/// Sets something of a user.
pub(crate) async fn put(api: &Api, id: impl std::fmt::Display, fields: Value) -> Answer {
    let body = json!({"user": fields});
    api.put(&format!("/api/v2/users/{id}"), body).await
}

/// Invites somebody; gives the job.
pub(crate) async fn invite(api: &Api, emails: &[&str]) -> Value {
    let body = json!({"emails": emails, "role": "user"});
    let answer = api.post("/api/v2/users/invite", body).await.expect(200);
    answer.json()["job"].clone()
}

/// Adds pending users `u1@x.io`, `u2@x.io`, … in one statement, all of one name. An expression of the number `i` says
/// what role each has.
pub(crate) fn add_users(server: &TestServer, tenant: &TestTenant, count: usize, role: &str) {
    let id = tenant.id;
    server
        .database()
        .execute(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             INSERT INTO users (tenant_id, email, email_key, name, name_key, initials_key, search_key, role,
                                allow_authentication_token, created_at, updated_at)
             SELECT {id}, 'u' || i || '@x.io', 'u' || i || '@x.io', 'Ana', 'ana', 'an',
                    'u' || i || '@x.io' || char_10 || 'ana' || char_10 || 'an', {role}, (1 = 0), 0, 0
             FROM n, (SELECT '
' AS char_10) c WHERE i <= {count}"
        ))
        .unwrap();
}

/// Sends a request that insists on a version.
pub(crate) async fn with_tag(
    api: &Api,
    method: Method,
    path: &str,
    tag: &str,
    body: &Value,
) -> Answer {
    let mut request = api.request(method, path).header("If-Match", tag);
    if !body.is_null() {
        request = request.json(body);
    }
    read(request).await
}
