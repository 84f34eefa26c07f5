//! Users of v2: what a PUT sets and what it leaves alone, and what is refused.

use crate::harness::on_both;

on_both! {
    /// partial-update: a PUT with one field touches that field; null empties texts and leaves the rest alone.
    a_put_touches_what_it_names
    /// no-false-ok: what a PUT cannot do is refused, and nothing of it is done.
    a_put_that_cannot_be_is_refused_whole
    /// A password ends the user's sessions, not the keys.
    a_password_ends_sessions_and_no_keys
    /// no-false-ok: a deleted user can be restored and nothing else; deleting again finds nobody.
    a_deleted_user_can_only_be_restored
    /// address-odd: any characters in an address, asked in a query.
    odd_addresses_are_found_or_refused
    /// huge-input: the longest name with the longest address are kept, listed and found.
    the_longest_names_are_kept
}

mod body {
    use crate::caller::{Caller, OTHER_PASSWORD, PASSWORD, add_active};
    use crate::harness::{Backend, KeyFixture, UserFixture};
    use crate::v2_calls::{all_rows, found, put, refused, rows_of_changes, start, user};
    use form_urlencoded::byte_serialize;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};

    pub(super) async fn a_put_touches_what_it_names(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let group = tenant.group("Capital").await.unwrap();
        let other = tenant.group("Other").await.unwrap();
        let ana = UserFixture {
            name: Some("Ana".to_owned()),
            title: Some("Dr".to_owned()),
            ..UserFixture::active("ana@x.io", Role::Analyst)
        };
        let ana = tenant.user(ana).await.unwrap();
        tenant.member(group, ana).await.unwrap();
        let all = json!({"job_title": "Chief", "enable_export_data": true,
                         "settings": {"theme": "dark", "deep": [1, {"a": null}]}});
        let mut expected = user(&api, ana).await;
        let answer = put(&api, ana, all.clone()).await.expect(200).json();
        for (field, value) in all.as_object().unwrap() {
            expected[field] = value.clone();
        }
        assert_eq!(answer, expected, "the bare user");
        for (field, value) in [
            ("name", json!("Anna Bo")),
            ("title", json!("Prof.")),
            ("job_title", json!("Deputy")),
            ("role", json!("explorer")),
            ("allow_authentication_token", json!(false)),
            ("enable_export_data", json!(false)),
            ("group_ids", json!([other, group, other])),
            ("settings", json!({"only": "this"})),
            ("group_ids", json!([])),
            ("settings", json!({})),
            ("role", json!("business")),
            ("name", json!(null)),
            ("title", json!(null)),
            ("job_title", json!(null)),
            ("name", json!("  ")),
        ] {
            let answer = put(&api, ana, json!({field: value})).await.expect(200);
            expected[field] = match (field, value.as_str()) {
                ("group_ids", _) if value.as_array().unwrap().len() > 1 => json!([group, other]),
                ("role", Some("business")) => json!("user"),
                ("name", Some("  ")) => Value::Null,
                _ => value,
            };
            // Those of the address are the same.
            expected["initials"] = json!("An");
            assert_eq!(answer.json(), expected, "{field}");
            assert_eq!(user(&api, ana).await, expected, "{field}");
        }
        // What cannot be empty is left alone by a null, and by nothing at all.
        let before = rows_of_changes(&server);
        for fields in [
            json!({}),
            json!({"role": null, "allow_authentication_token": null, "enable_export_data": null,
                   "group_ids": null, "settings": null, "password": null}),
            json!({"role": "user", "settings": {}, "group_ids": []}),
        ] {
            let answer = put(&api, ana, fields).await.expect(200);
            assert_eq!(answer.json(), expected);
        }
        assert_eq!(rows_of_changes(&server), before);
        assert!(answer["id"].is_i64() && answer["group_ids"][0].is_i64());
    }

    pub(super) async fn a_put_that_cannot_be_is_refused_whole(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let ana = UserFixture::active("ana@x.io", Role::Analyst);
        let ana = tenant.user(ana).await.unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let pending = UserFixture {
            status: Status::Pending,
            ..UserFixture::active("pending@x.io", Role::Viewer)
        };
        let pending = tenant.user(pending).await.unwrap();
        let before = all_rows(&server);
        let long = "a".repeat(256);
        for (fields, record) in [
            (
                json!({"role": "explorer", "email": "new@x.io"}),
                json!({"user.email": ["is not a known field"]}),
            ),
            (
                json!({"role": "explorer", "group_ids": [group, 4711]}),
                json!({"user.group_ids": ["must be ids of groups that there are"]}),
            ),
            (
                json!({"name": long, "title": "a\u{0}", "role": "it_admin"}),
                json!({
                    "user.name": ["must have at most 255 characters"],
                    "user.title": ["must not contain control characters"],
                    "user.role": ["must be one of admin, analyst, explorer, viewer, user, business, business_user"],
                }),
            ),
            (
                json!({"role": 1, "group_ids": "1", "allow_authentication_token": "true", "settings": []}),
                json!({
                    "user.role": ["must be a string"],
                    "user.group_ids": ["must be an array of integers"],
                    "user.allow_authentication_token": ["must be true or false"],
                    "user.settings": ["must be an object"],
                }),
            ),
            (
                json!({"settings": {"a": "x".repeat(16_384)}}),
                json!({"user.settings": ["must have at most 16384 bytes"]}),
            ),
            (
                json!({"group_ids": [1.5], "name": "Ana"}),
                json!({"user.group_ids": ["must be an array of integers"]}),
            ),
            (
                json!({"name": "Ana", "password": "short"}),
                json!({"user.password": ["must have at least 8 characters"]}),
            ),
        ] {
            let answer = put(&api, ana, fields.clone()).await.expect(422);
            assert_eq!(answer.fault().0, "RecordError", "{fields}");
            assert_eq!(answer.json()["record"], record, "{fields}");
            assert_eq!(all_rows(&server), before, "{fields}");
        }
        for (body, record) in [
            (json!({}), json!({"user": ["is required"]})),
            (json!({"user": null}), json!({"user": ["is required"]})),
            (json!({"user": 1}), json!({"user": ["must be an object"]})),
            (
                json!({"user": {}, "role": "admin"}),
                json!({"role": ["is not a known field"]}),
            ),
        ] {
            let answer = api
                .put(&format!("/api/v2/users/{ana}"), body)
                .await
                .expect(422);
            assert_eq!(answer.json()["record"], record);
        }
        let fields = json!({"role": "admin", "password": PASSWORD});
        let answer = put(&api, pending, fields).await;
        let text = "A user who has not accepted the invitation has no password to change";
        refused(&answer, 422, "InvalidOperationError", text);
        let demoted = json!({"role": "user", "name": "Gone"});
        let answer = put(&api, tenant.admin.id, demoted).await;
        let text = "The last admin cannot be removed";
        refused(&answer, 422, "InvalidOperationError", text);
        assert_eq!(all_rows(&server), before);
    }

    pub(super) async fn a_password_ends_sessions_and_no_keys(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let ana = add_active(&tenant, "ana@x.io", Role::Analyst).await;
        let key = tenant.key(ana, KeyFixture::Live).await.unwrap();
        let session = tenant.session(ana).await.unwrap();
        let caller = Caller::new(&server).with(&session);
        assert!(caller.is_in().await);
        let path = format!("/api/v2/users/{ana}");
        let before = crate::v2_calls::version(&api, &path).await;
        put(&api, ana, json!({"password": OTHER_PASSWORD}))
            .await
            .expect(200);
        assert_ne!(crate::v2_calls::version(&api, &path).await, before);
        assert!(!caller.is_in().await);
        api.with_server(&server.base_url(), &key)
            .get("/api/v2/users/me")
            .await
            .expect(200);
        caller
            .sign_in(&tenant, "ana@x.io", PASSWORD)
            .await
            .expect(401);
        caller
            .sign_in(&tenant, "ana@x.io", OTHER_PASSWORD)
            .await
            .expect(200);
    }

    pub(super) async fn a_deleted_user_can_only_be_restored(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let ana = tenant
            .user_with_key("ana@x.io", Role::Analyst)
            .await
            .unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let path = format!("/api/v2/users/{}", ana.id);
        let answer = api.post(&format!("{path}/restore"), Value::Null).await;
        refused(&answer, 422, "InvalidOperationError", "User is not deleted");
        let answer = api.delete(&path).await.expect(200);
        assert_eq!(answer.json(), json!({"message": "User deleted"}));
        let before = all_rows(&server);
        refused(
            &api.delete(&path).await,
            404,
            "BaseError",
            "User is already deleted",
        );
        let deleted = "User is deleted";
        for answer in [
            put(&api, ana.id, json!({"role": "admin"})).await,
            put(&api, ana.id, json!({"password": PASSWORD})).await,
            put(&api, ana.id, json!({})).await,
            api.post(&format!("{path}/resend_invite"), Value::Null)
                .await,
            api.post(&format!("{path}/revoke_authentication_token"), Value::Null)
                .await,
            api.post(
                &format!("/api/v2/groups/{group}/add_user/{}", ana.id),
                Value::Null,
            )
            .await,
            api.post(
                &format!("/api/v2/groups/{group}/remove_user/{}", ana.id),
                Value::Null,
            )
            .await,
        ] {
            refused(&answer, 422, "InvalidOperationError", deleted);
        }
        assert_eq!(all_rows(&server), before);
        let answer = api
            .delete(&format!("/api/v2/users/{}", tenant.admin.id))
            .await;
        refused(
            &answer,
            422,
            "InvalidOperationError",
            "You cannot delete yourself",
        );
        for id in ["0", "-1", "4711", "x", "9223372036854775808", "%00", "1.0"] {
            let path = format!("/api/v2/users/{id}");
            refused(
                &api.delete(&path).await,
                404,
                "BaseError",
                "Resource not found",
            );
            refused(
                &put(&api, id, json!({"name": 1})).await,
                404,
                "BaseError",
                "Resource not found",
            );
            refused(
                &api.get(&path).await,
                404,
                "BaseError",
                "Resource not found",
            );
        }
        api.post(&format!("{path}/restore"), Value::Null)
            .await
            .expect(200);
    }

    pub(super) async fn odd_addresses_are_found_or_refused(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let odd = [
            "a+b@x.io",
            "o'brien@x.io",
            "50%@x.io",
            "a/b@x.io",
            "a#b@x.io",
            "a?b&c=d@x.io",
            "李@x.io",
        ];
        for email in odd {
            let fixture = UserFixture::active(email, Role::Viewer);
            tenant.user(fixture).await.unwrap();
        }
        let check = async |typed: &str| {
            let path = format!("/api/v2/users/check_holistics_user?email={typed}");
            api.get(&path).await
        };
        for email in odd {
            let typed: String = byte_serialize(email.as_bytes()).collect();
            let upper: String = byte_serialize(email.to_uppercase().as_bytes()).collect();
            for typed in [typed, upper] {
                let answer = check(&typed).await.expect(200);
                assert_eq!(answer.json(), json!({"is_already_user": true}), "{email}");
                let listed = found(&api, &format!("search_term={typed}")).await;
                assert_eq!(listed.len(), 1, "{email}");
            }
        }
        assert_eq!(
            check("nobody@x.io").await.expect(200).json(),
            json!({"is_already_user": false})
        );
        let malformed = "email must be an e-mail address, such as ana@example.com";
        let invisible =
            "email must not contain spaces, control characters or other invisible characters";
        for (typed, text) in [
            ("", malformed),
            ("x", malformed),
            ("a+b@x.io", invisible),
            ("a%00@x.io", invisible),
            ("%FF@x.io", malformed),
            ("a@b", malformed),
        ] {
            refused(&check(typed).await, 400, "InvalidParameterError", text);
        }
        let answer = api.get("/api/v2/users/check_holistics_user").await;
        refused(&answer, 400, "InvalidParameterError", "email is required");
    }
    pub(super) async fn the_longest_names_are_kept(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        // Of characters that take four bytes each, none twice.
        let name: String = (0..255_u32)
            .filter_map(|number| char::from_u32(0x2_0000 + number * 97))
            .collect();
        let email = format!("{}@{}x.io", "ü".repeat(60), "bücher.".repeat(12));
        let user = tenant
            .user(UserFixture::active(&email, Role::Analyst))
            .await
            .unwrap();
        let changed = put(&api, user, json!({"name": name})).await.expect(200);
        assert_eq!(changed.json()["name"], name.as_str());
        let term: String = name.chars().skip(100).take(20).collect();
        let term: String = byte_serialize(term.as_bytes()).collect();
        let query = format!("search_term={term}&sort=name_desc");
        assert_eq!(found(&api, &query).await, [user.0]);
    }
}
