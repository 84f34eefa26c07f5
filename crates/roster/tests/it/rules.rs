//! Rules of single changes: they happen whole, or say why not.

use crate::harness::on_both;

on_both! {
    /// no-false-ok: what did not happen is not answered with 2xx, and changes nothing.
    what_did_not_happen_is_refused

    /// no-false-ok: what is so already may be asked for again.
    what_is_so_already_is_fine

    /// partial-update: each field by itself, and the others stay.
    an_update_touches_what_it_names

    /// partial-update: several fields, or one that is wrong: all or nothing.
    an_update_is_all_or_nothing
}

mod body {
    use crate::harness::{Api, Backend, KeyFixture, TestServer, UserFixture};
    use crate::stored::{everything, rows, user_of};
    use roster_domain::role::Role;
    use serde_json::{Value, json};

    pub(super) async fn what_did_not_happen_is_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let user = tenant
            .user(UserFixture::active("ana@x.io", Role::Analyst))
            .await
            .unwrap();
        let group = tenant.group("Capital").await.unwrap();
        tenant.group("Taken").await.unwrap();
        let before = everything(server.database());
        let none = 9_000_000;
        let role = |id: i64, change: Value| (id, change);
        for (id, change) in [
            role(none, json!({"role": "admin"})),
            role(user.0, json!({"role": "king"})),
            role(user.0, json!({"role": null})),
            role(user.0, json!({"remove_groups": true})),
            role(user.0, json!({"role": "admin", "remove_groups": "yes"})),
            role(user.0, json!("admin")),
        ] {
            let body = json!({"id": id, "user": change});
            let answer = api.post("/users/change_user_role.json", body).await;
            assert!([404, 422].contains(&answer.status.as_u16()), "{change}");
        }
        let bare = json!({"id": user, "role": "admin"});
        api.post("/users/change_user_role.json", bare)
            .await
            .expect(422);
        let path = format!("/users/{user}.json");
        for changes in [
            json!({}),
            json!({"user": {}}),
            json!({"role": "admin"}),
            json!({"email": "new@x.io"}),
            json!({"title": "x", "is_deleted": false}),
            json!({"allow_authentication_token": "true"}),
            json!({"allow_authentication_token": 1}),
            json!({"allow_authentication_token": null}),
            json!({"user": {"title": "x"}, "title": "y"}),
            json!({"name": ["x"]}),
        ] {
            api.patch(&path, changes).await.expect(422);
        }
        for missing in [
            api.patch(&format!("/users/{none}.json"), json!({"title": "x"}))
                .await,
            api.delete(&format!("/users/{none}.json")).await,
            api.post("/users/restore.json", json!({"id": none})).await,
            api.post(&format!("/users/{none}/resend_invite.json"), Value::Null)
                .await,
            api.post(
                &format!("/users/{none}/revoke_authentication_token.json"),
                Value::Null,
            )
            .await,
            api.put(
                &format!("/groups/{none}.json"),
                json!({"group": {"name": "x"}}),
            )
            .await,
            api.delete(&format!("/groups/{none}.json")).await,
            api.put(&format!("/groups/{none}/user/{user}"), Value::Null)
                .await,
            api.put(&format!("/groups/{group}/user/{none}"), Value::Null)
                .await,
            api.delete(&format!("/groups/{none}/user/{user}")).await,
            api.delete(&format!("/groups/{group}/user/{none}")).await,
        ] {
            assert_eq!(missing.expect(404).errors(), ["Resource not found"]);
        }
        let accepted = api
            .post(&format!("/users/{user}/resend_invite.json"), Value::Null)
            .await;
        assert_eq!(
            accepted.expect(422).errors(),
            ["Invitation is already accepted"]
        );
        let restored = api
            .post("/users/restore.json", json!({"id": user}))
            .await
            .expect(422);
        assert_eq!(restored.errors(), ["User is not deleted"]);
        for name in ["taken", " TAKEN ", "Ｔａｋｅｎ"] {
            let body = json!({"group": {"name": name}});
            let renamed = api
                .put(&format!("/groups/{group}.json"), body.clone())
                .await;
            assert_eq!(renamed.expect(422).errors(), ["Group name already existed"]);
            api.post("/groups.json", body).await.expect(422);
        }
        for name in [
            json!(" "),
            json!(""),
            json!(null),
            json!(1),
            json!("x".repeat(256)),
        ] {
            let body = json!({"group": {"name": name}});
            api.put(&format!("/groups/{group}.json"), body.clone())
                .await
                .expect(422);
            api.post("/groups.json", body).await.expect(422);
        }
        api.put(&format!("/groups/{group}.json"), json!({"name": "x"}))
            .await
            .expect(422);
        assert_eq!(everything(server.database()), before);
    }

    pub(super) async fn what_is_so_already_is_fine(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let user = tenant
            .user_with_key("ana@x.io", Role::Analyst)
            .await
            .unwrap()
            .id;
        let group = tenant.group("Capital").await.unwrap();
        let membership = format!("/groups/{group}/user/{user}");
        let revoke = format!("/users/{user}/revoke_authentication_token.json");
        let role = json!({"id": user, "user": {"role": "explorer"}});
        for _ in 0..2 {
            let added = api.put(&membership, Value::Null).await.expect(200);
            assert_eq!(added.json(), json!({"status": "OK"}));
        }
        for _ in 0..2 {
            let removed = api.delete(&membership).await.expect(200);
            assert_eq!(removed.json(), json!({"status": "OK"}));
            let revoked = api.post(&revoke, Value::Null).await.expect(200);
            assert_eq!(revoked.json(), json!({"status": "ok"}));
            api.post("/users/change_user_role.json", role.clone())
                .await
                .expect(200);
        }
        let list = api.get("/users.json").await.expect(200).json();
        let user = user_of(&list, "ana@x.io");
        assert_eq!(user["role"], "explorer");
        assert_eq!(user["has_authentication_token"], false);
        assert_eq!(user["groups"], json!([]));
    }

    pub(super) async fn an_update_touches_what_it_names(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let fixture = UserFixture {
            name: Some("Ana".to_owned()),
            title: Some("Dr".to_owned()),
            ..UserFixture::active("ana@x.io", Role::Explorer)
        };
        let id = tenant.user(fixture).await.unwrap();
        tenant.key(id, KeyFixture::Live).await.unwrap();
        let columns = [
            "email",
            "email_key",
            "name",
            "title",
            "role",
            "allow_authentication_token",
            "activated_at",
            "deleted_at",
            "invitation_generation",
            "created_at",
            "updated_at",
        ];
        let row = || {
            rows(
                server.database(),
                &columns,
                &format!("users WHERE id = {id}"),
                "id",
            )
            .remove(0)
        };
        let off = if backend == Backend::Sqlite {
            json!(0)
        } else {
            json!(false)
        };
        for (changes, column, value) in [
            (json!({"name": "Bea"}), "name", json!("Bea")),
            (json!({"user": {"title": "Prof"}}), "title", json!("Prof")),
            (
                json!({"allow_authentication_token": false}),
                "allow_authentication_token",
                off,
            ),
            (json!({"name": null}), "name", json!(null)),
            (json!({"title": " "}), "title", json!(null)),
        ] {
            let mut expected = row();
            server.advance_seconds(1);
            api.patch(&format!("/users/{id}.json"), changes.clone())
                .await
                .expect(200);
            expected[column] = value;
            expected["updated_at"] = json!(expected["updated_at"].as_i64().unwrap() + 1_000_000);
            assert_eq!(row(), expected, "{changes}");
            // The same again is no change.
            server.advance_seconds(1);
            api.patch(&format!("/users/{id}.json"), changes.clone())
                .await
                .expect(200);
            assert_eq!(row(), expected, "{changes}");
            server.advance_seconds(-1);
        }
    }

    pub(super) async fn an_update_is_all_or_nothing(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let id = tenant
            .user(UserFixture::active("ana@x.io", Role::Viewer))
            .await
            .unwrap();
        let path = format!("/users/{id}.json");
        let before = everything(server.database());
        let body = json!({"name": "Ana", "title": "a\0b", "allow_authentication_token": 0, "x": 1});
        let refused = api.patch(&path, body).await.expect(422).errors();
        assert_eq!(refused.len(), 3, "{refused:?}");
        assert_eq!(everything(server.database()), before);

        let body =
            json!({"user": {"name": "Ana", "title": "Dr", "allow_authentication_token": false}});
        api.patch(&path, body).await.expect(200);
        let list = api.get("/users.json").await.expect(200).json();
        let user = user_of(&list, "ana@x.io");
        assert_eq!(
            (&user["name"], &user["allow_authentication_token"]),
            (&json!("Ana"), &json!(false))
        );
        let found = api
            .get("/users/get_user.json/?email=ana@x.io")
            .await
            .expect(200)
            .json();
        let expected = json!({"id": id, "name": "Ana", "email": "ana@x.io", "role": "business", "title": "Dr"});
        assert_eq!(found, expected);
    }
}
