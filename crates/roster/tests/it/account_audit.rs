//! The audit trail of the account API: one event for each change of each target, and none for what changed nothing.

use crate::harness::on_both;

on_both! {
    /// audit-complete: who, what, before and after, and by which request.
    each_change_leaves_one_event
    /// audit-complete: what is refused, or so already, leaves none, but for a refused sign-in.
    what_changes_nothing_leaves_no_event
    /// audit-complete: a refused sign-in says of whom, and why, as far as that is known.
    a_refused_sign_in_is_recorded
}

mod body {
    use crate::account_changes::{all, own};
    use crate::caller::{Caller, OTHER_PASSWORD, PASSWORD, add, add_active};
    use crate::harness::{Backend, Method, TestServer};
    use crate::stored::audit_trail;
    use roster_domain::id::UserId;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use roster_server::http::account::ROUTES;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    pub(super) async fn each_change_leaves_one_event(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        // An event stands in the tenant of its target.
        server.tenant().await.unwrap();
        let changes = all(&server, &tenant).await;
        let tried: BTreeSet<_> = changes.iter().map(|change| change.route).collect();
        let writes: BTreeSet<_> = ROUTES
            .iter()
            .filter(|route| route.method != "GET")
            .map(|route| (route.method, route.pattern))
            .collect();
        assert_eq!(tried, writes);
        let mut count = audit_trail(server.database()).len();
        for change in changes {
            let answer = change.request().await.expect(change.status);
            let events = audit_trail(server.database()).split_off(count);
            count += events.len();
            assert_eq!(events.len(), change.events.len(), "{:?}", change.route);
            let request_id = answer.headers["x-request-id"].to_str().unwrap();
            for (mut event, expected) in events.into_iter().zip(change.events) {
                let (kind, id, label) = expected.target;
                if id.is_null() {
                    assert!(event["target_id"].take().as_i64().unwrap() > 0);
                    let label = event["target_label"].take();
                    assert!(!label.as_str().unwrap().is_empty());
                }
                let mut whole = json!({
                    "tenant_id": tenant.id,
                    "occurred_at": TestServer::EPOCH_MICROS,
                    "action": expected.action,
                    "target_type": kind,
                    "target_id": id,
                    "target_label": label,
                    "before_change": expected.before,
                    "after_change": expected.after,
                    "request_id": request_id,
                    "ip": "127.0.0.1",
                    "via": "account",
                });
                let actor = change.actor.as_object().unwrap().clone();
                whole.as_object_mut().unwrap().extend(actor);
                assert_eq!(event, whole);
            }
        }
    }

    pub(super) async fn what_changes_nothing_leaves_no_event(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let changes = all(&server, &tenant).await;
        let before = audit_trail(server.database());
        for change in &changes {
            // By nobody, without the proof, with a faulty body.
            let is_for_anybody = change.by.cookie().is_empty();
            if !is_for_anybody {
                let method: Method = change.route.0.parse().unwrap();
                let body = &change.body;
                let nobody = Caller::new(&server);
                let answer = nobody.send(method.clone(), &change.path, body).await;
                answer.expect(401);
                let alone = change.by.unconfirmed();
                let answer = alone.send(method, &change.path, body).await;
                answer.expect(403);
            }
            if !change.body.is_null() {
                let method: Method = change.route.0.parse().unwrap();
                for body in [json!({"nonsense": 1}), json!([])] {
                    let answer = change.by.send(method.clone(), &change.path, &body).await;
                    assert!([400, 422].contains(&answer.status.as_u16()));
                }
            }
        }
        let ana = own(&server, &tenant, "ana@x.io").await.caller;
        for (method, path, body, status) in [
            ("DELETE", "sessions/4711", Value::Null, 404),
            ("DELETE", "keys/4711", Value::Null, 404),
            ("POST", "keys/4711/rotate", Value::Null, 404),
            (
                "PUT",
                "password",
                json!({"current_password": "x", "password": OTHER_PASSWORD}),
                422,
            ),
            (
                "PUT",
                "password",
                json!({"current_password": PASSWORD, "password": "12345678"}),
                422,
            ),
            ("PATCH", "profile", json!({"name": "\u{0}"}), 422),
            // So already.
            (
                "PATCH",
                "profile",
                json!({"name": "Ana", "title": null}),
                200,
            ),
            (
                "POST",
                "password_resets",
                json!({"tenant": tenant.slug, "email": "nobody@x.io"}),
                202,
            ),
        ] {
            let path = format!("/api/account/{path}");
            let answer = ana.send(method.parse().unwrap(), &path, &body).await;
            answer.expect(status);
        }
        for route in ROUTES.iter().filter(|route| route.method == "GET") {
            let path = route.pattern.replace("{token}", "4711");
            ana.get(&path).await;
        }
        assert_eq!(audit_trail(server.database()), before);
    }

    pub(super) async fn a_refused_sign_in_is_recorded(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let ana = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let bob = add(&tenant, "bob@x.io", Role::Viewer, Status::Pending).await;
        let eve = add(&tenant, "eve@x.io", Role::Viewer, Status::Deleted).await;
        let sql = format!("SELECT name AS value FROM tenants WHERE id = {}", tenant.id);
        let name = server.database().query(&sql).unwrap().remove(0);
        let of = |email: &str, id: UserId| ("user", json!(id), json!(email));
        let tenant_itself = ("tenant", json!(tenant.id), json!(name));
        let caller = Caller::new(&server);
        for (email, password, (kind, id, label), reason) in [
            (
                "ANA@x.io",
                OTHER_PASSWORD,
                of("ana@x.io", ana),
                "wrong password",
            ),
            ("bob@x.io", PASSWORD, of("bob@x.io", bob), "pending"),
            ("eve@x.io", PASSWORD, of("eve@x.io", eve), "deleted"),
            (
                "nobody@x.io",
                PASSWORD,
                tenant_itself.clone(),
                "unknown address",
            ),
            (PASSWORD, PASSWORD, tenant_itself, "unknown address"),
        ] {
            let count = audit_trail(server.database()).len();
            let answer = caller.sign_in(&tenant, email, password).await.expect(401);
            let events = audit_trail(server.database()).split_off(count);
            assert_eq!(
                Value::from(events),
                json!([{
                    "tenant_id": tenant.id, "occurred_at": TestServer::EPOCH_MICROS,
                    "actor_kind": "system", "actor_id": null, "actor_email": null,
                    "action": "session.refuse", "target_type": kind, "target_id": id,
                    "target_label": label, "before_change": null, "after_change": {"reason": reason},
                    "request_id": answer.headers["x-request-id"].to_str().unwrap(),
                    "ip": "127.0.0.1", "via": "account",
                }])
            );
        }
        // In a tenant that there is not, nobody reads of it.
        let count = audit_trail(server.database()).len();
        let body = json!({"tenant": "nowhere", "email": "ana@x.io", "password": PASSWORD});
        caller.post("/api/account/session", body).await.expect(401);
        assert_eq!(audit_trail(server.database()).len(), count);
    }
}
