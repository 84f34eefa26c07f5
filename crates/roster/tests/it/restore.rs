//! Deleting and restoring: what comes back, and what stays dead.

use crate::harness::on_both;

on_both! {
    /// restore-exact: role, API access, title, sign-ins and groups are what they were; keys are gone.
    an_active_user_comes_back_as_it_was

    /// restore-exact: a group deleted meanwhile is gone, a renamed one has its new name.
    groups_are_what_they_became_meanwhile

    /// restore-exact: a pending user comes back pending, its links dead, and can be invited anew.
    a_pending_user_comes_back_pending

    /// restore-exact: while it is deleted nothing about a user changes, and its address stays taken.
    a_deleted_user_does_not_change
}

mod body {
    use crate::harness::{Api, Backend, KeyFixture, TestServer, UserFixture};
    use crate::stored::{everything, rows, user_of};
    use roster_domain::role::Role;
    use roster_domain::time::Timestamp;
    use roster_domain::user::Status;
    use serde_json::{Value, json};

    pub(super) async fn an_active_user_comes_back_as_it_was(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let group = tenant.group("Capital").await.unwrap();
        for (number, role) in Role::ALL.into_iter().enumerate() {
            for allowed in [true, false] {
                let email = format!("{number}{allowed}@x.io");
                let id = tenant
                    .user(UserFixture {
                        name: Some("Ana".to_owned()),
                        title: Some("Dr".to_owned()),
                        allow_authentication_token: allowed,
                        current_sign_in_at: Some(Timestamp::from_micros(2_000_000)),
                        last_sign_in_at: Some(Timestamp::from_micros(1_000_000)),
                        ..UserFixture::active(&email, role)
                    })
                    .await
                    .unwrap();
                tenant.member(group, id).await.unwrap();
                let old_key = tenant.key(id, KeyFixture::Live).await.unwrap();
                let user =
                    async || user_of(&api.get("/users.json").await.expect(200).json(), &email);
                let before = user().await;
                assert_eq!(before["has_authentication_token"], true);
                let owner = api.with_server(&server.base_url(), &old_key);
                let reached = owner.get("/users/info.json").await.status;
                assert_eq!(reached, if allowed { 200 } else { 401 });

                server.advance_seconds(60);
                api.delete(&format!("/users/{id}.json")).await.expect(200);
                let mut expected = before.clone();
                expected["is_deleted"] = json!(true);
                expected["has_authentication_token"] = json!(false);
                assert_eq!(user().await, expected);
                owner.get("/users/info.json").await.expect(401);

                let restored = api.post("/users/restore.json", json!({"id": id})).await;
                assert_eq!(restored.expect(200).json(), json!({"status": "ok"}));
                expected["is_deleted"] = json!(false);
                assert_eq!(user().await, expected);
                owner.get("/users/info.json").await.expect(401);
                let found = api
                    .get(&format!("/users/get_user.json/?email={email}"))
                    .await;
                assert_eq!(found.expect(200).json()["title"], "Dr");
                // A new key counts as much as an old one did.
                let key = tenant.key(id, KeyFixture::Live).await.unwrap();
                let owner = owner.with_server(&server.base_url(), &key);
                assert_eq!(owner.get("/users/info.json").await.status, reached);
                owner
                    .with_server(&server.base_url(), &old_key)
                    .get("/users/info.json")
                    .await
                    .expect(401);
            }
        }
    }

    pub(super) async fn groups_are_what_they_became_meanwhile(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let user = tenant
            .user_with_key("ana@x.io", Role::Analyst)
            .await
            .unwrap();
        let mut groups = Vec::new();
        for name in ["Kept", "Renamed", "Deleted", "Made anew"] {
            let group = tenant.group(name).await.unwrap();
            tenant.member(group, user.id).await.unwrap();
            groups.push(group.0);
        }
        let path = format!("/users/{}.json", user.id);
        api.delete(&path).await.expect(200);

        let body = json!({"group": {"name": "Another"}});
        api.put(&format!("/groups/{}.json", groups[1]), body)
            .await
            .expect(200);
        for gone in [groups[2], groups[3]] {
            api.delete(&format!("/groups/{gone}.json"))
                .await
                .expect(200);
        }
        // A group of the same name is not the group that was.
        let body = json!({"group": {"name": "Made anew"}});
        api.post("/groups.json", body).await.expect(200);

        api.post("/users/restore.json", json!({"id": user.id}))
            .await
            .expect(200);
        let list = api.get("/users.json").await.expect(200).json();
        let left: Vec<(Value, Value)> = user_of(&list, "ana@x.io")["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| (group["id"].clone(), group["name"].clone()))
            .collect();
        let expected = [
            (json!(groups[0]), json!("Kept")),
            (json!(groups[1]), json!("Another")),
        ];
        assert_eq!(left, expected);
    }

    pub(super) async fn a_pending_user_comes_back_pending(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let body = json!({"email": "ana@x.io", "role": "explorer", "message": "Hello"});
        api.post("/users/invite.json", body).await.expect(200);
        let list = api.get("/users.json").await.expect(200).json();
        let before = user_of(&list, "ana@x.io");
        let id = &before["id"];
        let mails = || {
            rows(
                server.database(),
                &["generation", "status", "message", "kind", "sender_id"],
                "outbox",
                "id",
            )
        };
        let mail = |generation: i64, status: &str| {
            json!({"generation": generation, "status": status, "message": "Hello",
                   "kind": "invitation", "sender_id": tenant.admin.id})
        };
        let generation = || {
            let sql = format!("SELECT invitation_generation AS value FROM users WHERE id = {id}");
            server.database().count(&sql).unwrap()
        };
        assert_eq!((generation(), mails()), (1, vec![mail(1, "queued")]));

        api.delete(&format!("/users/{id}.json")).await.expect(200);
        assert_eq!((generation(), mails()), (2, vec![mail(1, "cancelled")]));
        let resend = format!("/users/{id}/resend_invite.json");
        let refused = api.post(&resend, Value::Null).await.expect(422);
        assert_eq!(refused.errors(), ["User is deleted"]);

        api.post("/users/restore.json", json!({"user_id": id}))
            .await
            .expect(200);
        assert_eq!((generation(), mails()), (2, vec![mail(1, "cancelled")]));
        let list = api.get("/users.json").await.expect(200).json();
        assert_eq!(user_of(&list, "ana@x.io"), before);

        api.post(&resend, Value::Null).await.expect(200);
        assert_eq!(
            (generation(), mails()),
            (3, vec![mail(1, "cancelled"), mail(3, "queued")])
        );
    }

    pub(super) async fn a_deleted_user_does_not_change(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let fixture = UserFixture::active("ana@x.io", Role::Admin);
        let status = Status::Deleted;
        let id = tenant
            .user(UserFixture { status, ..fixture })
            .await
            .unwrap();
        let inside = tenant.group("Inside").await.unwrap();
        let outside = tenant.group("Outside").await.unwrap();
        tenant.member(inside, id).await.unwrap();
        tenant.key(id, KeyFixture::Live).await.unwrap();
        let before = everything(server.database());
        let user = format!("/users/{id}");
        let role = json!({"id": id, "user": {"role": "analyst", "remove_groups": true}});
        let same_role = json!({"id": id, "user": {"role": "admin"}});
        let refused = [
            api.patch(&format!("{user}.json"), json!({"title": "x"}))
                .await,
            api.patch(
                &format!("{user}.json"),
                json!({"allow_authentication_token": true}),
            )
            .await,
            api.post("/users/change_user_role.json", role).await,
            api.post("/users/change_user_role.json", same_role).await,
            api.post(&format!("{user}/resend_invite.json"), Value::Null)
                .await,
            api.post(
                &format!("{user}/revoke_authentication_token.json"),
                Value::Null,
            )
            .await,
            api.put(&format!("/groups/{outside}/user/{id}"), Value::Null)
                .await,
            api.put(&format!("/groups/{inside}/user/{id}"), Value::Null)
                .await,
            api.delete(&format!("/groups/{inside}/user/{id}")).await,
            api.delete(&format!("/groups/{outside}/user/{id}")).await,
        ];
        for (number, answer) in refused.into_iter().enumerate() {
            assert_eq!(answer.expect(422).errors(), ["User is deleted"], "{number}");
        }
        let again = api.delete(&format!("{user}.json")).await.expect(422);
        assert_eq!(again.errors(), ["User is already deleted"]);
        let invited = api
            .post(
                "/users/invite.json",
                json!({"email": "ANA@x.io", "role": "user"}),
            )
            .await;
        assert_eq!(invited.expect(422).errors(), ["Email already existed"]);
        assert_eq!(everything(server.database()), before);

        api.post("/users/restore.json", json!({"id": id}))
            .await
            .expect(200);
        let twice = api
            .post("/users/restore.json", json!({"id": id}))
            .await
            .expect(422);
        assert_eq!(twice.errors(), ["User is not deleted"]);
    }
}
