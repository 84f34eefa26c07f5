//! Every kind of change that the account API knows, for the tests that hold for all of them.

use crate::caller::{Caller, OTHER_PASSWORD, PASSWORD, add, add_active};
use crate::harness::{Answer, KeyFixture, Method, TestServer, TestTenant};
use roster_domain::id::UserId;
use roster_domain::link::LinkKind;
use roster_domain::role::Role;
use roster_domain::user::Status;
use serde_json::{Value, json};

/// A user and what is its own.
pub(crate) struct Own {
    pub(crate) id: UserId,
    pub(crate) caller: Caller,
    pub(crate) session: i64,
    pub(crate) key: i64,
}

pub(crate) async fn own(server: &TestServer, tenant: &TestTenant, email: &str) -> Own {
    let id = add_active(tenant, email, Role::Analyst).await;
    let session = tenant.session(id).await.unwrap();
    tenant.key(id, KeyFixture::Live).await.unwrap();
    let sql = format!("SELECT id AS value FROM api_keys WHERE user_id = {id}");
    Own {
        id,
        caller: Caller::new(server).with(&session),
        session: session.id,
        key: server.database().count(&sql).unwrap(),
    }
}

/// One change: a request, and the events that have to come of it.
pub(crate) struct Change {
    pub(crate) route: (&'static str, &'static str),
    pub(crate) by: Caller,
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) status: u16,
    pub(crate) actor: Value,
    pub(crate) events: Vec<Expected>,
}

/// What an event has to say. A target that is new has an id that nobody knows before.
pub(crate) struct Expected {
    pub(crate) action: &'static str,
    pub(crate) target: (&'static str, Value, Value),
    pub(crate) before: Value,
    pub(crate) after: Value,
}

fn event(
    action: &'static str,
    target: (&'static str, Value, Value),
    before: Value,
    after: Value,
) -> Expected {
    Expected {
        action,
        target,
        before,
        after,
    }
}

fn by(email: &str, id: UserId) -> Value {
    json!({"actor_kind": "user", "actor_id": id, "actor_email": email})
}

const EXPIRES: &str = "2026-04-01T00:00:00.000Z";

/// One change for each route that changes something, each by a user of its own.
pub(crate) async fn all(server: &TestServer, tenant: &TestTenant) -> Vec<Change> {
    let none = || Value::Null;
    let anybody = Caller::new(server);
    let user = |email: &str, id: UserId| ("user", json!(id), json!(email));
    let signer = own(server, tenant, "signer@x.io").await;
    let leaver = own(server, tenant, "leaver@x.io").await;
    let ender = own(server, tenant, "ender@x.io").await;
    let other = tenant.session(ender.id).await.unwrap();
    let changer = own(server, tenant, "changer@x.io").await;
    for _ in 0..2 {
        tenant.session(changer.id).await.unwrap();
    }
    let named = own(server, tenant, "named@x.io").await;
    let maker = own(server, tenant, "maker@x.io").await;
    let rotator = own(server, tenant, "rotator@x.io").await;
    let revoker = own(server, tenant, "revoker@x.io").await;
    let resetter = own(server, tenant, "resetter@x.io").await;
    let asker = own(server, tenant, "asker@x.io").await;
    let pending = add(tenant, "pending@x.io", Role::Viewer, Status::Pending).await;
    let invitation = tenant.link(pending, LinkKind::Invitation).await.unwrap();
    let reset = tenant
        .link(resetter.id, LinkKind::PasswordReset)
        .await
        .unwrap();
    let prefix = |key: i64| {
        let sql = format!("SELECT prefix AS value FROM api_keys WHERE id = {key}");
        json!(server.database().query(&sql).unwrap()[0])
    };
    let session = |id: i64| ("session", json!(id), json!(format!("session {id}")));
    let session_of = |id: UserId| json!({"user_id": id, "expires_at": EXPIRES});
    vec![
        Change {
            route: ("POST", "/api/account/session"),
            by: anybody.clone(),
            path: "/api/account/session".to_owned(),
            body: json!({"tenant": tenant.slug, "email": "SIGNER@x.io", "password": PASSWORD}),
            status: 200,
            actor: by("signer@x.io", signer.id),
            events: vec![event(
                "session.create",
                ("session", none(), none()),
                none(),
                session_of(signer.id),
            )],
        },
        Change {
            route: ("DELETE", "/api/account/session"),
            path: "/api/account/session".to_owned(),
            body: none(),
            status: 204,
            actor: by("leaver@x.io", leaver.id),
            events: vec![event(
                "session.end",
                session(leaver.session),
                json!({"user_id": leaver.id}),
                none(),
            )],
            by: leaver.caller,
        },
        Change {
            route: ("DELETE", "/api/account/sessions/{id}"),
            by: ender.caller,
            path: format!("/api/account/sessions/{}", other.id),
            body: none(),
            status: 204,
            actor: by("ender@x.io", ender.id),
            events: vec![event(
                "session.end",
                session(other.id),
                json!({"user_id": ender.id}),
                none(),
            )],
        },
        Change {
            route: ("POST", "/api/account/invitations/{token}"),
            by: anybody.clone(),
            path: format!("/api/account/invitations/{invitation}"),
            body: json!({"name": "Ana Souza", "password": PASSWORD}),
            status: 201,
            actor: by("pending@x.io", pending),
            events: vec![
                event(
                    "user.accept_invitation",
                    user("pending@x.io", pending),
                    json!({"name": "Ana", "status": "pending"}),
                    json!({"name": "Ana Souza", "status": "active"}),
                ),
                event(
                    "session.create",
                    ("session", none(), none()),
                    none(),
                    session_of(pending),
                ),
            ],
        },
        Change {
            route: ("POST", "/api/account/password_resets"),
            by: anybody.clone(),
            path: "/api/account/password_resets".to_owned(),
            body: json!({"tenant": tenant.slug, "email": "asker@x.io"}),
            status: 202,
            actor: json!({"actor_kind": "system", "actor_id": null, "actor_email": null}),
            events: vec![event(
                "password.request_reset",
                user("asker@x.io", asker.id),
                none(),
                json!({"mail": "queued"}),
            )],
        },
        Change {
            route: ("PUT", "/api/account/password_resets/{token}"),
            by: anybody,
            path: format!("/api/account/password_resets/{reset}"),
            body: json!({"password": OTHER_PASSWORD}),
            status: 204,
            actor: by("resetter@x.io", resetter.id),
            events: vec![event(
                "password.reset",
                user("resetter@x.io", resetter.id),
                none(),
                json!({"sessions_ended": 1}),
            )],
        },
        Change {
            route: ("PUT", "/api/account/password"),
            by: changer.caller,
            path: "/api/account/password".to_owned(),
            body: json!({"current_password": PASSWORD, "password": OTHER_PASSWORD}),
            status: 204,
            actor: by("changer@x.io", changer.id),
            events: vec![event(
                "password.change",
                user("changer@x.io", changer.id),
                none(),
                json!({"sessions_ended": 2}),
            )],
        },
        Change {
            route: ("PATCH", "/api/account/profile"),
            by: named.caller,
            path: "/api/account/profile".to_owned(),
            body: json!({"name": null, "title": "Dr", "job_title": "Cook"}),
            status: 200,
            actor: by("named@x.io", named.id),
            events: vec![event(
                "user.update",
                user("named@x.io", named.id),
                json!({"name": "Ana", "title": null, "job_title": null}),
                json!({"name": null, "title": "Dr", "job_title": "Cook"}),
            )],
        },
        Change {
            route: ("POST", "/api/account/keys"),
            by: maker.caller,
            path: "/api/account/keys".to_owned(),
            body: json!({"label": "laptop", "expires_in_days": 1}),
            status: 201,
            actor: by("maker@x.io", maker.id),
            events: vec![event(
                "key.create",
                ("key", none(), none()),
                none(),
                json!({"user_id": maker.id, "label": "laptop", "expires_at": "2026-01-02T00:00:00.000Z"}),
            )],
        },
        Change {
            route: ("POST", "/api/account/keys/{id}/rotate"),
            by: rotator.caller,
            path: format!("/api/account/keys/{}/rotate", rotator.key),
            body: none(),
            status: 201,
            actor: by("rotator@x.io", rotator.id),
            events: vec![event(
                "key.rotate",
                ("key", none(), none()),
                json!({"id": rotator.key, "prefix": prefix(rotator.key), "expires_at": "2026-01-01T01:00:00.000Z"}),
                json!({"user_id": rotator.id, "label": null, "expires_at": null}),
            )],
        },
        Change {
            route: ("DELETE", "/api/account/keys/{id}"),
            by: revoker.caller,
            path: format!("/api/account/keys/{}", revoker.key),
            body: none(),
            status: 204,
            actor: by("revoker@x.io", revoker.id),
            events: vec![event(
                "key.revoke",
                ("key", json!(revoker.key), prefix(revoker.key)),
                json!({"user_id": revoker.id}),
                none(),
            )],
        },
    ]
}

impl Change {
    /// Asks for it.
    pub(crate) async fn request(&self) -> Answer {
        let method: Method = self.route.0.parse().unwrap();
        self.by.send(method, &self.path, &self.body).await
    }
}
