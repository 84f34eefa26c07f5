//! What changes of v2 leave behind: one event for each target, or nothing at all.

use crate::harness::on_both;

on_both! {
    /// audit-complete: one event for each target of a change, with what was before and after.
    each_change_leaves_its_events
    /// audit-complete: 50 invited are 50 events, and a PUT of role and groups is one.
    fifty_invited_are_fifty_events
    /// audit-complete: what changes nothing leaves no event.
    what_changes_nothing_leaves_no_event
    /// atomic: whichever table fails on the way, nothing of a change is kept.
    a_change_that_fails_leaves_nothing
}

mod body {
    use crate::harness::{Backend, KeyFixture, TestDatabase, TestTenant, UserFixture};
    use crate::stored::audit_trail;
    use crate::v2_calls::{all_rows, put, rows_of_changes, start};
    use reqwest::Method;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};

    /// A change: its request, and action, target, before and after of its event.
    struct Change {
        request: (Method, String, Value),
        event: (&'static str, (&'static str, i64), Value, Value),
    }

    async fn add(tenant: &TestTenant, email: &str, status: Status) -> i64 {
        let fixture = UserFixture::active(email, Role::Analyst);
        tenant
            .user(UserFixture { status, ..fixture })
            .await
            .unwrap()
            .0
    }

    /// All kinds of change but those that make something, each on rows of its own.
    async fn all(tenant: &TestTenant) -> Vec<Change> {
        let edited = add(tenant, "edited@x.io", Status::Active).await;
        let moved = add(tenant, "moved@x.io", Status::Active).await;
        let leaving = add(tenant, "leaving@x.io", Status::Active).await;
        let deleted = add(tenant, "deleted@x.io", Status::Deleted).await;
        let pending = add(tenant, "pending@x.io", Status::Pending).await;
        let owner = add(tenant, "owner@x.io", Status::Active).await;
        let id = roster_domain::id::UserId;
        tenant.key(id(owner), KeyFixture::Live).await.unwrap();
        tenant.key(id(leaving), KeyFixture::Live).await.unwrap();
        let mut groups = Vec::new();
        for name in ["Left", "Joined", "Renamed", "Gone", "Kept"] {
            groups.push(tenant.group(name).await.unwrap());
        }
        let [left, joined, renamed, gone, kept] = groups[..] else {
            unreachable!()
        };
        for group in [left, gone, kept] {
            tenant.member(group, id(moved)).await.unwrap();
        }
        tenant.member(kept, id(owner)).await.unwrap();
        let of_user = |path: &str, user: i64| format!("/api/v2/users/{user}{path}");
        let of_group =
            |path: &str, group: roster_domain::id::GroupId| format!("/api/v2/groups/{group}{path}");
        let none = Value::Null;
        let change = |method, path, body, action, target, before, after| Change {
            request: (method, path, body),
            event: (action, target, before, after),
        };
        vec![
            change(
                Method::PUT,
                of_user("", edited),
                json!({"user": {"name": "Ed", "enable_export_data": true, "settings": {"a": 1}, "title": null}}),
                "user.update",
                ("user", edited),
                json!({"name": null, "enable_export_data": false, "settings": {}}),
                json!({"name": "Ed", "enable_export_data": true, "settings": {"a": 1}}),
            ),
            change(
                Method::PUT,
                of_user("", moved),
                json!({"user": {"role": "explorer", "group_ids": [joined, kept]}}),
                "user.update",
                ("user", moved),
                json!({"role": "analyst", "groups": [left, gone, kept]}),
                json!({"role": "explorer", "groups": [joined, kept]}),
            ),
            change(
                Method::DELETE,
                of_user("", leaving),
                none.clone(),
                "user.delete",
                ("user", leaving),
                json!({"status": "active"}),
                json!({"status": "deleted"}),
            ),
            change(
                Method::POST,
                of_user("/restore", deleted),
                none.clone(),
                "user.restore",
                ("user", deleted),
                json!({"status": "deleted"}),
                json!({"status": "active"}),
            ),
            change(
                Method::POST,
                of_user("/resend_invite", pending),
                none.clone(),
                "user.resend_invitation",
                ("user", pending),
                json!({"invitation": 1}),
                json!({"invitation": 2}),
            ),
            change(
                Method::POST,
                of_user("/revoke_authentication_token", owner),
                none.clone(),
                "user.revoke_keys",
                ("user", owner),
                json!({"api_keys": 1}),
                json!({"api_keys": 0}),
            ),
            change(
                Method::PUT,
                of_group("", renamed),
                json!({"group": {"name": "Another"}}),
                "group.rename",
                ("group", renamed.0),
                json!({"name": "Renamed"}),
                json!({"name": "Another"}),
            ),
            change(
                Method::POST,
                of_group(&format!("/add_user/{owner}"), joined),
                none.clone(),
                "group.add_user",
                ("group", joined.0),
                none.clone(),
                json!({"user_id": owner}),
            ),
            change(
                Method::POST,
                of_group(&format!("/remove_user/{owner}"), kept),
                none.clone(),
                "group.remove_user",
                ("group", kept.0),
                json!({"user_id": owner}),
                none.clone(),
            ),
            change(
                Method::DELETE,
                of_group("", gone),
                none.clone(),
                "group.delete",
                ("group", gone.0),
                json!({"name": "Gone", "members": 0}),
                none,
            ),
        ]
    }

    pub(super) async fn each_change_leaves_its_events(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let changes = all(&tenant).await;
        for change in &changes {
            let earlier = audit_trail(server.database()).len();
            let (method, path, body) = &change.request;
            let answer = api.send(method.clone(), path, body).await.expect(200);
            let (action, target, before, after) = &change.event;
            let events = audit_trail(server.database());
            assert_eq!(events.len(), earlier + 1, "{path}");
            let event = events.last().unwrap();
            let id = answer.headers["x-request-id"].to_str().unwrap();
            for (field, expected) in [
                ("action", json!(action)),
                ("target_type", json!(target.0)),
                ("target_id", json!(target.1)),
                ("before_change", before.clone()),
                ("after_change", after.clone()),
                ("actor_id", json!(tenant.admin.id)),
                ("actor_email", json!(tenant.admin.email)),
                ("request_id", json!(id)),
                ("via", json!("v2")),
                ("ip", json!("127.0.0.1")),
            ] {
                assert_eq!(event[field], expected, "{field} of {path}");
            }
        }
    }

    pub(super) async fn fifty_invited_are_fifty_events(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let group = tenant.group("Capital").await.unwrap();
        let emails: Vec<String> = (0..50).map(|number| format!("u{number}@x.io")).collect();
        let body = json!({"emails": emails, "role": "explorer", "group_ids": [group], "enable_export_data": true});
        let answer = api.post("/api/v2/users/invite", body).await.expect(200);
        let events = audit_trail(server.database());
        let invited: Vec<&Value> = events
            .iter()
            .filter(|event| event["action"] == "user.invite")
            .collect();
        assert_eq!((invited.len(), events.len()), (50, 51));
        let mut labels: Vec<&str> = invited
            .iter()
            .map(|event| event["target_label"].as_str().unwrap())
            .collect();
        labels.sort_unstable();
        let mut expected: Vec<&str> = emails.iter().map(String::as_str).collect();
        expected.sort_unstable();
        assert_eq!(labels, expected);
        for event in invited {
            assert_eq!(event["after_change"]["groups"], json!([group]));
            assert_eq!(event["after_change"]["enable_export_data"], true);
            let id = answer.headers["x-request-id"].to_str().unwrap();
            assert_eq!(event["request_id"], id);
        }
        let body = json!({"group": {"name": "Made"}});
        let made = api.post("/api/v2/groups", body).await.expect(201).json();
        let event = audit_trail(server.database()).pop().unwrap();
        assert_eq!(
            (&event["action"], &event["target_id"]),
            (&json!("group.create"), &made["group"]["id"])
        );
    }

    pub(super) async fn what_changes_nothing_leaves_no_event(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let ana = add(&tenant, "ana@x.io", Status::Active).await;
        let group = tenant.group("Capital").await.unwrap();
        tenant
            .member(group, roster_domain::id::UserId(ana))
            .await
            .unwrap();
        let other = tenant.group("Other").await.unwrap();
        let before = rows_of_changes(&server);
        let fields =
            json!({"role": "analyst", "group_ids": [group, group], "settings": {}, "name": null});
        put(&api, ana, fields).await.expect(200);
        for path in [
            format!("/api/v2/groups/{group}/add_user/{ana}"),
            format!("/api/v2/groups/{other}/remove_user/{ana}"),
            format!("/api/v2/users/{ana}/revoke_authentication_token"),
        ] {
            api.post(&path, Value::Null).await.expect(200);
        }
        let body = json!({"group": {"name": "Capital"}});
        api.put(&format!("/api/v2/groups/{group}"), body)
            .await
            .expect(200);
        assert_eq!(rows_of_changes(&server), before);
    }

    /// Lets statements of this kind on a table fail.
    fn break_table(database: &TestDatabase, backend: Backend, table: &str, verb: &str) {
        let sql = match backend {
            Backend::Sqlite => format!(
                "CREATE TRIGGER broken BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END"
            ),
            Backend::Postgres => format!(
                "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'the disk is on fire'; END $$;
                 CREATE TRIGGER broken BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"
            ),
        };
        database.execute(&sql).unwrap();
    }

    fn mend_table(database: &TestDatabase, backend: Backend, table: &str) {
        let of = match backend {
            Backend::Sqlite => "",
            Backend::Postgres => &format!(" ON {table}"),
        };
        database
            .execute(&format!("DROP TRIGGER broken{of}"))
            .unwrap();
    }

    pub(super) async fn a_change_that_fails_leaves_nothing(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let database = server.database();
        let mut changes = all(&tenant).await;
        let group = tenant.group("Capital").await.unwrap();
        let event = ("", ("", 0), Value::Null, Value::Null);
        let body = json!({"emails": ["a@x.io", "b@x.io"], "role": "user", "group_ids": [group]});
        for (path, body) in [
            ("users/invite", body),
            ("groups", json!({"group": {"name": "Made"}})),
        ] {
            let request = (Method::POST, format!("/api/v2/{path}"), body);
            changes.push(Change {
                request,
                event: event.clone(),
            });
        }
        let before = all_rows(&server);
        for (table, verb, at_least) in [
            ("audit_events", "INSERT", 12),
            ("users", "INSERT", 1),
            ("users", "UPDATE", 7),
            ("groups", "INSERT", 1),
            ("groups", "UPDATE", 6),
            ("groups", "DELETE", 1),
            ("memberships", "INSERT", 3),
            ("memberships", "DELETE", 2),
            ("api_keys", "DELETE", 2),
            ("jobs", "INSERT", 2),
            ("outbox", "INSERT", 2),
        ] {
            break_table(database, backend, table, verb);
            let mut failed = 0;
            for change in &changes {
                let (method, path, body) = &change.request;
                // One that does not reach the broken table would be kept.
                let is_of = |words: &[&str]| words.iter().any(|word| path.contains(word));
                let reaches = match (table, verb) {
                    ("audit_events", _) => true,
                    ("users", "INSERT") | ("jobs" | "outbox", _) if path.ends_with("invite") => {
                        table != "users" || path.ends_with("users/invite")
                    }
                    ("users", "UPDATE") => {
                        !is_of(&["users/invite"]) && (is_of(&["users/", "_user/"]))
                    }
                    ("groups", "INSERT") => path.ends_with("/groups"),
                    ("groups", "UPDATE") => {
                        is_of(&["groups/", "users/invite"])
                            || body["user"].get("group_ids").is_some()
                    }
                    ("groups", "DELETE") => *method == Method::DELETE && is_of(&["groups/"]),
                    ("memberships", "INSERT") => {
                        is_of(&["add_user", "users/invite"])
                            || body["user"].get("group_ids").is_some()
                    }
                    ("memberships", "DELETE") => {
                        is_of(&["remove_user"]) || body["user"].get("group_ids").is_some()
                    }
                    ("api_keys", _) => {
                        is_of(&["revoke_auth"]) || (*method == Method::DELETE && is_of(&["users/"]))
                    }
                    _ => false,
                };
                if reaches {
                    failed += 1;
                    let answer = api.send(method.clone(), path, body).await.expect(500);
                    assert_eq!(
                        answer.fault(),
                        (
                            "InternalHolisticsError".to_owned(),
                            "Internal error".to_owned()
                        )
                    );
                    assert_eq!(all_rows(&server), before, "{table} {verb} {path}");
                }
            }
            assert!(failed >= at_least, "{table} {verb}: {failed}");
            mend_table(database, backend, table);
        }
        // It was nothing but that: now each of them works.
        for change in &changes {
            let (method, path, body) = &change.request;
            let answer = api.send(method.clone(), path, body).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text);
        }
    }
}
