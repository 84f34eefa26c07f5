//! Rules of groups and of who is in them.

use crate::harness::on_both;

on_both! {
    /// Deleted users do not count; pending ones do.
    the_size_of_a_group_counts_users_that_are_there

    /// Role and memberships change together, or neither does.
    a_role_change_can_end_memberships

    /// A group's time of change is that of its name.
    a_group_changes_with_its_name

    /// A group may be renamed to its own name in other letters, and a name is free after its group.
    names_of_groups_are_compared_by_their_key
}

mod body {
    use crate::harness::{Api, Backend, TestServer, UserFixture};
    use crate::stored::user_of;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};

    pub(super) async fn the_size_of_a_group_counts_users_that_are_there(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let empty = tenant.group("Empty").await.unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let mut active = None;
        for (email, status) in [
            ("a@x.io", Status::Active),
            ("p@x.io", Status::Pending),
            ("d@x.io", Status::Deleted),
        ] {
            let fixture = UserFixture::active(email, Role::Viewer);
            let id = tenant
                .user(UserFixture { status, ..fixture })
                .await
                .unwrap();
            tenant.member(group, id).await.unwrap();
            active = active.or(Some(id));
        }
        let expect_size = async |size: i64| {
            let expected = json!([
                {"id": empty, "name": "Empty", "num_user": 0},
                {"id": group, "name": "Capital", "num_user": size},
            ]);
            assert_eq!(api.get("/groups.json").await.expect(200).json(), expected);
        };
        expect_size(2).await;
        let id = active.unwrap();
        api.delete(&format!("/users/{id}.json")).await.expect(200);
        expect_size(1).await;
        api.post("/users/restore.json", json!({"id": id}))
            .await
            .expect(200);
        expect_size(2).await;
        api.put(
            &format!("/groups/{group}/user/{}", tenant.admin.id),
            Value::Null,
        )
        .await
        .expect(200);
        expect_size(3).await;
        api.delete(&format!("/groups/{group}/user/{id}"))
            .await
            .expect(200);
        expect_size(2).await;
    }

    pub(super) async fn a_role_change_can_end_memberships(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let user = tenant
            .user(UserFixture::active("ana@x.io", Role::Analyst))
            .await
            .unwrap();
        let other = tenant.admin.id;
        for name in ["One", "Two"] {
            let group = tenant.group(name).await.unwrap();
            tenant.member(group, user).await.unwrap();
            tenant.member(group, other).await.unwrap();
        }
        let change = async |id, role: &str, remove: Value| {
            let body = json!({"id": id, "user": {"role": role, "remove_groups": remove}});
            api.post("/users/change_user_role.json", body).await
        };
        let sizes = async || {
            let list = api.get("/users.json").await.expect(200).json();
            ["ana@x.io", "admin@roster.example"]
                .map(|email| user_of(&list, email)["groups"].as_array().unwrap().len())
        };
        change(user, "explorer", json!(false)).await.expect(200);
        change(user, "viewer", json!(null)).await.expect(200);
        assert_eq!(sizes().await, [2, 2]);
        // The last admin keeps role and groups alike.
        change(other, "viewer", json!(true)).await.expect(422);
        assert_eq!(sizes().await, [2, 2]);
        change(user, "viewer", json!(true)).await.expect(200);
        assert_eq!(sizes().await, [0, 2]);
    }

    pub(super) async fn a_group_changes_with_its_name(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let body = json!({"group": {"name": "Capital"}});
        let made = api
            .post("/groups.json", body.clone())
            .await
            .expect(200)
            .json();
        let id = made["id"].as_i64().unwrap();
        let expected = |name: &str, updated: &str| {
            json!({"id": id, "name": name, "created_at": "2026-01-01T00:00:00.000Z",
                   "updated_at": updated, "tenant_id": tenant.id})
        };
        assert_eq!(made, expected("Capital", "2026-01-01T00:00:00.000Z"));
        server.advance_seconds(1);
        let membership = format!("/groups/{id}/user/{}", tenant.admin.id);
        api.put(&membership, Value::Null).await.expect(200);
        api.delete(&membership).await.expect(200);
        let path = format!("/groups/{id}.json");
        let same = api.put(&path, body).await.expect(200).json();
        assert_eq!(same, made);
        let renamed = api
            .put(&path, json!({"group": {"name": "Other"}}))
            .await
            .expect(200)
            .json();
        assert_eq!(renamed, expected("Other", "2026-01-01T00:00:01.000Z"));
        server.advance_seconds(1);
        api.put(&membership, Value::Null).await.expect(200);
        let list = api.get("/users.json").await.expect(200).json();
        assert_eq!(list[0]["groups"], json!([renamed]));
    }

    pub(super) async fn names_of_groups_are_compared_by_their_key(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let group = tenant.group("Capital").await.unwrap();
        let body = |name: &str| json!({"group": {"name": name}});
        let path = format!("/groups/{group}.json");
        for name in ["CAPITAL", " capital", "Ｃａｐｉｔａｌ"] {
            let renamed = api.put(&path, body(name)).await.expect(200).json();
            assert_eq!(renamed["name"], name.trim());
        }
        api.post("/groups.json", body("capital")).await.expect(422);
        // In another tenant the name is free.
        let other = server.tenant().await.unwrap();
        let other = api.with_server(&server.base_url(), &other.admin.key);
        other
            .post("/groups.json", body("capital"))
            .await
            .expect(200);
        let deleted = api.delete(&path).await.expect(200).json();
        assert_eq!(deleted, json!({"status": "OK"}));
        let made = api
            .post("/groups.json", body("capital"))
            .await
            .expect(200)
            .json();
        assert!(
            made["id"].as_i64().unwrap() > group.0,
            "ids are not used again"
        );
    }
}
