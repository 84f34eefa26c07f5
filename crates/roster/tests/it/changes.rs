//! Every kind of change that v1 knows, for the tests that hold for all of them.

use crate::harness::{Api, KeyFixture, TestServer, TestTenant, UserFixture};
use reqwest::Method;
use roster_domain::role::Role;
use roster_domain::user::Status;
use serde_json::{Value, json};

/// One change: a request, and the audit event that has to come of it.
pub(crate) struct Change {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) action: &'static str,
    /// The kind of target, its label, and its id where it is known before.
    pub(crate) target: (&'static str, &'static str, Option<i64>),
    pub(crate) before: Value,
    pub(crate) after: Value,
}

impl Change {
    pub(crate) async fn request(&self, api: &Api) -> crate::harness::Answer {
        api.send(self.method.clone(), &self.path, &self.body).await
    }
}

/// All kinds of change, each on rows of its own, so that their order does not matter.
pub(crate) async fn all(tenant: &TestTenant) -> Vec<Change> {
    let user = async |email: &str, status: Status| {
        let fixture = UserFixture::active(email, Role::Analyst);
        tenant
            .user(UserFixture { status, ..fixture })
            .await
            .unwrap()
    };
    let patched = user("patched@x.io", Status::Active).await;
    let deleted = user("deleted@x.io", Status::Deleted).await;
    let pending = user("pending@x.io", Status::Pending).await;
    let leaving = user("leaving@x.io", Status::Active).await;
    let promoted = user("promoted@x.io", Status::Active).await;
    let moved = user("moved@x.io", Status::Active).await;
    let owner = user("owner@x.io", Status::Active).await;
    let newcomer = user("newcomer@x.io", Status::Active).await;
    let member = user("member@x.io", Status::Active).await;
    for _ in 0..2 {
        tenant.key(owner, KeyFixture::Live).await.unwrap();
        tenant.key(leaving, KeyFixture::Live).await.unwrap();
    }
    let renamed = tenant.group("Renamed").await.unwrap();
    let kept = tenant.group("Kept").await.unwrap();
    let gone = tenant.group("Gone").await.unwrap();
    for (group, user) in [
        (kept, member),
        (kept, moved),
        (renamed, moved),
        (gone, member),
        (gone, newcomer),
        (gone, deleted),
    ] {
        tenant.member(group, user).await.unwrap();
    }
    let users = |path: &str| format!("/users/{path}");
    let change = |method, path, body, action, target, before, after| Change {
        method,
        path,
        body,
        action,
        target,
        before,
        after,
    };
    let none = Value::Null;
    vec![
        change(
            Method::POST,
            users("invite.json"),
            json!({"email": "Ana@x.io", "name": "Ana", "role": "user", "message": "Hello"}),
            "user.invite",
            ("user", "Ana@x.io", None),
            none.clone(),
            json!({"email": "Ana@x.io", "name": "Ana", "title": null, "job_title": null, "role": "viewer",
                   "status": "pending", "allow_authentication_token": false, "enable_export_data": false,
                   "settings": {}}),
        ),
        change(
            Method::POST,
            users(&format!("{pending}/resend_invite.json")),
            none.clone(),
            "user.resend_invitation",
            ("user", "pending@x.io", Some(pending.0)),
            json!({"invitation": 1}),
            json!({"invitation": 2}),
        ),
        change(
            Method::DELETE,
            users(&format!("{leaving}.json")),
            none.clone(),
            "user.delete",
            ("user", "leaving@x.io", Some(leaving.0)),
            json!({"status": "active"}),
            json!({"status": "deleted"}),
        ),
        change(
            Method::POST,
            users("restore.json"),
            json!({"id": deleted}),
            "user.restore",
            ("user", "deleted@x.io", Some(deleted.0)),
            json!({"status": "deleted"}),
            json!({"status": "active"}),
        ),
        change(
            Method::PATCH,
            users(&format!("{patched}.json")),
            json!({"allow_authentication_token": false, "name": "Pat", "title": null}),
            "user.update",
            ("user", "patched@x.io", Some(patched.0)),
            json!({"allow_authentication_token": true, "name": null}),
            json!({"allow_authentication_token": false, "name": "Pat"}),
        ),
        change(
            Method::POST,
            users("change_user_role.json"),
            json!({"id": promoted, "user": {"role": "admin"}}),
            "user.change_role",
            ("user", "promoted@x.io", Some(promoted.0)),
            json!({"role": "analyst"}),
            json!({"role": "admin"}),
        ),
        change(
            Method::POST,
            users("change_user_role.json"),
            json!({"id": moved, "user": {"role": "explorer", "remove_groups": true}}),
            "user.change_role",
            ("user", "moved@x.io", Some(moved.0)),
            json!({"role": "analyst", "groups": [renamed, kept]}),
            json!({"role": "explorer", "groups": []}),
        ),
        change(
            Method::POST,
            users(&format!("{owner}/revoke_authentication_token.json")),
            none.clone(),
            "user.revoke_keys",
            ("user", "owner@x.io", Some(owner.0)),
            json!({"api_keys": 2}),
            json!({"api_keys": 0}),
        ),
        change(
            Method::POST,
            "/groups.json".to_owned(),
            json!({"group": {"name": "Made"}}),
            "group.create",
            ("group", "Made", None),
            none.clone(),
            json!({"name": "Made"}),
        ),
        change(
            Method::PUT,
            format!("/groups/{renamed}.json"),
            json!({"group": {"name": "RENAMED"}}),
            "group.rename",
            ("group", "RENAMED", Some(renamed.0)),
            json!({"name": "Renamed"}),
            json!({"name": "RENAMED"}),
        ),
        change(
            Method::DELETE,
            format!("/groups/{gone}.json"),
            none.clone(),
            "group.delete",
            ("group", "Gone", Some(gone.0)),
            json!({"name": "Gone", "members": 3}),
            none.clone(),
        ),
        change(
            Method::PUT,
            format!("/groups/{kept}/user/{newcomer}"),
            none.clone(),
            "group.add_user",
            ("group", "Kept", Some(kept.0)),
            none.clone(),
            json!({"user_id": newcomer}),
        ),
        change(
            Method::DELETE,
            format!("/groups/{kept}/user/{member}"),
            none.clone(),
            "group.remove_user",
            ("group", "Kept", Some(kept.0)),
            json!({"user_id": member}),
            none,
        ),
    ]
}

/// A server and its only tenant.
pub(crate) async fn start(backend: crate::harness::Backend) -> (TestServer, TestTenant, Api) {
    let server = TestServer::start(backend).await.unwrap();
    let tenant = server.tenant().await.unwrap();
    let api = Api::admin(&server, &tenant);
    (server, tenant, api)
}
