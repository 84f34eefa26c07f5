//! The audit trail: one event for each change of each target, and none for what changed nothing.

use crate::harness::on_both;

on_both! {
    /// audit-complete: who, what, before and after, and by which request.
    each_change_leaves_one_event

    /// audit-complete: the table of changes above knows every action that a key can reach.
    every_action_of_the_dialect_is_tried

    /// audit-complete: many invitations are many events.
    fifty_invitations_are_fifty_events

    /// audit-complete: what is refused, or so already, leaves none.
    what_changes_nothing_leaves_no_event

    /// at-rest, audit-complete: no key, no hash of one.
    events_hold_no_secret
}

mod body {
    use crate::changes::{all, start};
    use crate::harness::{Backend, KeyFixture};
    use crate::stored::{audit_trail, everything};
    use roster_domain::credential::KeyHash;
    use roster_domain::role::Role;
    use roster_server::http::v1::ROUTES;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    pub(super) async fn each_change_leaves_one_event(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let changes = all(&tenant).await;
        // An event stands in the tenant of its target.
        server.tenant().await.unwrap();
        let mut events_before = audit_trail(server.database()).len();
        for change in changes {
            server.advance_seconds(1);
            let answer = change.request(&api).await.expect(200);
            let mut events = audit_trail(server.database());
            assert_eq!(events.len(), events_before + 1, "{}", change.action);
            events_before += 1;
            let mut event = events.pop().unwrap();
            let (kind, label, id) = change.target;
            let target_id = event["target_id"].take();
            match id {
                Some(id) => assert_eq!(target_id, id),
                None => assert!(target_id.as_i64().unwrap() > 0),
            }
            assert!(event["occurred_at"].take().as_i64().unwrap() > 1_767_225_600_000_000);
            let request_id = answer.headers["x-request-id"].to_str().unwrap();
            assert_eq!(
                event,
                json!({
                    "tenant_id": tenant.id,
                    "occurred_at": null,
                    "actor_kind": "user",
                    "actor_id": tenant.admin.id,
                    "actor_email": tenant.admin.email,
                    "action": change.action,
                    "target_type": kind,
                    "target_id": null,
                    "target_label": label,
                    "before_change": change.before,
                    "after_change": change.after,
                    "request_id": request_id,
                    "ip": "127.0.0.1",
                    "via": "v1",
                })
            );
            // The same again changes nothing, or is refused.
            if change.action != "user.resend_invitation" {
                let again = change.request(&api).await.status.as_u16();
                assert!([200, 404, 422].contains(&again), "{}", change.action);
                assert_eq!(
                    audit_trail(server.database()).len(),
                    events_before,
                    "{}",
                    change.action
                );
            }
        }
    }

    pub(super) async fn every_action_of_the_dialect_is_tried(backend: Backend) {
        let (_server, tenant, _api) = start(backend).await;
        let tried: BTreeSet<&str> = all(&tenant)
            .await
            .iter()
            .map(|change| change.action)
            .collect();
        let writes: BTreeSet<&str> = ROUTES
            .iter()
            .filter(|route| route.method != "GET")
            .map(|route| route.action)
            .collect();
        assert_eq!(tried, writes);
    }

    pub(super) async fn fifty_invitations_are_fifty_events(backend: Backend) {
        let (server, _tenant, api) = start(backend).await;
        let mut ids = BTreeSet::new();
        for number in 0..50 {
            let body = json!({"email": format!("u{number}@x.io"), "role": "user"});
            let answer = api.post("/users/invite.json", body).await.expect(200);
            ids.insert(answer.headers["x-request-id"].to_str().unwrap().to_owned());
        }
        let events: Vec<Value> = audit_trail(server.database())
            .into_iter()
            .filter(|event| event["action"] == "user.invite")
            .collect();
        let distinct = |field: &str| {
            let values = events.iter().map(|event| event[field].to_string());
            values.collect::<BTreeSet<_>>().len()
        };
        assert_eq!(events.len(), 50);
        assert_eq!((distinct("target_id"), distinct("target_label")), (50, 50));
        let recorded: BTreeSet<String> = events
            .iter()
            .map(|event| event["request_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(recorded, ids);
    }

    pub(super) async fn what_changes_nothing_leaves_no_event(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let viewer = tenant
            .user_with_key("viewer@x.io", Role::Viewer)
            .await
            .unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let changes = all(&tenant).await;
        let before = audit_trail(server.database());
        // Not allowed, not known, not well-formed.
        let viewer_api = api.with_server(&server.base_url(), &viewer.key);
        let stranger = api.with_server(&server.base_url(), "no key of ours");
        for change in &changes {
            change.request(&viewer_api).await.expect(403);
            change.request(&stranger).await.expect(401);
        }
        let admin = tenant.admin.id;
        for (path, body) in [
            (
                "/users/invite.json",
                json!({"email": "viewer@x.io", "role": "user"}),
            ),
            (
                "/users/invite.json",
                json!({"email": "new@x.io", "role": "king"}),
            ),
            ("/users/restore.json", json!({"id": admin})),
            (
                "/users/change_user_role.json",
                json!({"id": admin, "user": {"role": "user"}}),
            ),
            ("/groups.json", json!({"group": {"name": "capital"}})),
        ] {
            api.post(path, body).await.expect(422);
        }
        api.delete(&format!("/users/{admin}.json"))
            .await
            .expect(422);
        api.patch(&format!("/users/{admin}.json"), json!({"role": "user"}))
            .await
            .expect(422);
        api.delete("/groups/9000000.json").await.expect(404);
        // So already.
        let body = json!({"id": admin, "user": {"role": "admin", "remove_groups": true}});
        api.post("/users/change_user_role.json", body)
            .await
            .expect(200);
        let body = json!({"allow_authentication_token": true, "name": "Admin", "title": null});
        api.patch(&format!("/users/{admin}.json"), body)
            .await
            .expect(200);
        let body = json!({"group": {"name": "Capital"}});
        api.put(&format!("/groups/{group}.json"), body)
            .await
            .expect(200);
        api.delete(&format!("/groups/{group}/user/{admin}"))
            .await
            .expect(200);
        for path in ["/users.json", "/groups.json", "/users/info.json"] {
            api.get(path).await.expect(200);
        }
        assert_eq!(audit_trail(server.database()), before);
    }

    pub(super) async fn events_hold_no_secret(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let user = tenant.user_with_key("bea@x.io", Role::Admin).await.unwrap();
        let expired = tenant.key(user.id, KeyFixture::Expired).await.unwrap();
        for change in all(&tenant).await {
            change.request(&api).await.expect(200);
        }
        api.post(
            &format!("/users/{}/revoke_authentication_token.json", user.id),
            Value::Null,
        )
        .await
        .expect(200);
        api.delete(&format!("/users/{}.json", user.id))
            .await
            .expect(200);
        let rows = everything(server.database());
        for key in [&tenant.admin.key, &user.key, &expired] {
            let hash = KeyHash::of_presented(key).unwrap();
            let hash: String = hash
                .as_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            for row in &rows {
                assert!(!row.contains(key.as_str()), "a key in {row}");
                // Of a key its first 12 characters are shown, which leaves all that matters unknown.
                assert!(!row.contains(&key[4..20]), "part of a key in {row}");
                let is_hash = row.to_lowercase().contains(&hash);
                assert!(!is_hash || row.starts_with("api_keys "), "a hash in {row}");
            }
        }
    }
}
