//! Versions: what raises them, and changes that insist on one.

use crate::harness::on_both;

on_both! {
    /// Each thing that a PUT can set raises the version of a user, and what it does not change does not.
    what_can_be_set_raises_a_users_version
    /// A membership raises the versions of both sides, whichever way it comes about.
    memberships_raise_both_versions
    /// The answer to a change has the version that a read has.
    a_change_tells_the_new_version
    /// 401, 403, 404, 412 and 422 come in this order.
    a_stale_version_comes_before_broken_rules
    /// Tags that are weak, many, or none.
    tags_are_compared_as_they_are
}

mod body {
    use crate::caller::{PASSWORD, add_active};
    use crate::harness::{Answer, Backend, Method, read};
    use crate::v2_calls::{all_rows, etag, put, start, version, with_tag};
    use roster_domain::role::Role;
    use serde_json::{Value, json};

    #[track_caller]
    fn is_stale(answer: Answer) {
        let (kind, text) = answer.expect(412).fault();
        assert_eq!(kind, "InvalidOperationError");
        assert_eq!(text, "It has changed since you read it; read it again");
    }

    pub(super) async fn what_can_be_set_raises_a_users_version(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let ana = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let group = tenant.group("Capital").await.unwrap();
        let path = format!("/api/v2/users/{ana}");
        let mut present = version(&api, &path).await;
        for fields in [
            json!({"name": "Anna"}),
            json!({"title": "Dr"}),
            json!({"job_title": "Chief"}),
            json!({"role": "analyst"}),
            json!({"allow_authentication_token": false}),
            json!({"enable_export_data": true}),
            json!({"settings": {"a": 1}}),
            json!({"group_ids": [group]}),
            json!({"password": "another battery staple"}),
            json!({"name": "Ana", "group_ids": []}),
        ] {
            let changed = put(&api, ana, fields.clone()).await.expect(200);
            let next = version(&api, &path).await;
            assert_ne!(next, present, "{fields}");
            assert_eq!(etag(&changed), next, "{fields}");
            present = next;
            if fields.get("password").is_none() {
                let again = put(&api, ana, fields.clone()).await.expect(200);
                assert_eq!(
                    (etag(&again), version(&api, &path).await),
                    (present.clone(), present.clone())
                );
            }
        }
        // Neither does signing in, nor a key.
        tenant.password(ana, PASSWORD).await.unwrap();
        let caller = crate::caller::Caller::new(&server);
        caller
            .sign_in(&tenant, "ana@x.io", PASSWORD)
            .await
            .expect(200);
        tenant
            .key(ana, crate::harness::KeyFixture::Live)
            .await
            .unwrap();
        api.post(&format!("{path}/revoke_authentication_token"), Value::Null)
            .await
            .expect(200);
        assert_eq!(version(&api, &path).await, present);
        // Deleting and restoring do, and so does v1.
        api.delete(&path).await.expect(200);
        let deleted = version(&api, &path).await;
        api.post(&format!("{path}/restore"), Value::Null)
            .await
            .expect(200);
        let restored = version(&api, &path).await;
        api.patch(&format!("/users/{ana}.json"), json!({"title": "Prof."}))
            .await
            .expect(200);
        let patched = version(&api, &path).await;
        let all = [present, deleted, restored, patched];
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
        let strong = all
            .iter()
            .all(|tag| tag.starts_with('"') && tag.ends_with('"'));
        assert!(strong, "{all:?}");
    }

    pub(super) async fn memberships_raise_both_versions(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let ana = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let group = tenant.group("Capital").await.unwrap();
        let still = tenant.group("Still").await.unwrap();
        let (of_user, of_group) = (
            format!("/api/v2/users/{ana}"),
            format!("/api/v2/groups/{group}"),
        );
        let versions = async || {
            (
                version(&api, &of_user).await,
                version(&api, &of_group).await,
            )
        };
        let of_still = version(&api, &format!("/api/v2/groups/{still}")).await;
        let add = format!("{of_group}/add_user/{ana}");
        let remove = format!("{of_group}/remove_user/{ana}");
        let v1 = format!("/groups/{group}/user/{ana}");
        let mut present = versions().await;
        for step in 0..10 {
            match step {
                0 | 8 => api.post(&add, Value::Null).await.expect(200),
                1 => api.post(&remove, Value::Null).await.expect(200),
                2 => put(&api, ana, json!({"group_ids": [group]}))
                    .await
                    .expect(200),
                3 => put(&api, ana, json!({"group_ids": []})).await.expect(200),
                4 => api.put(&v1, Value::Null).await.expect(200),
                5 => api.delete(&v1).await.expect(200),
                6 => put(&api, ana, json!({"group_ids": [group], "role": "analyst"}))
                    .await
                    .expect(200),
                7 | 9 => {
                    let body = json!({"id": ana, "user": {"role": "user", "remove_groups": true}});
                    api.post("/users/change_user_role.json", body)
                        .await
                        .expect(200)
                }
                _ => unreachable!(),
            };
            let next = versions().await;
            assert!(
                next.0 != present.0 && next.1 != present.1,
                "{step}: {present:?} {next:?}"
            );
            present = next;
        }
        // Nothing happens, nothing rises.
        api.post(&remove, Value::Null).await.expect(200);
        assert_eq!(versions().await, present);
        // An invitation into a group changes the group, and a rename the group alone.
        let body = json!({"emails": ["bob@x.io"], "role": "user", "group_ids": [group]});
        api.post("/api/v2/users/invite", body).await.expect(200);
        let invited = version(&api, &of_group).await;
        assert_ne!(invited, present.1);
        let body = json!({"group": {"name": "Renamed"}});
        let renamed = api.put(&of_group, body).await.expect(200);
        assert_ne!(etag(&renamed), invited);
        assert_eq!(versions().await, (present.0, etag(&renamed)));
        assert_eq!(
            version(&api, &format!("/api/v2/groups/{still}")).await,
            of_still
        );
    }

    pub(super) async fn a_change_tells_the_new_version(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let ana = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let group = tenant.group("Capital").await.unwrap();
        let path = format!("/api/v2/users/{ana}");
        let mut tag = version(&api, &path).await;
        // One change after the other, each by the version that the one before has told.
        for (number, fields) in [
            json!({"name": "One"}),
            json!({"group_ids": [group]}),
            json!({"name": "Three", "group_ids": []}),
            json!({"name": "Three"}),
            json!({"password": "another battery staple", "name": "Five"}),
        ]
        .into_iter()
        .enumerate()
        {
            let body = json!({"user": fields});
            let changed = with_tag(&api, Method::PUT, &path, &tag, &body)
                .await
                .expect(200);
            tag = etag(&changed);
            assert_eq!(version(&api, &path).await, tag, "{number}");
        }
        is_stale(with_tag(&api, Method::PUT, &path, "\"1\"", &json!({"user": {}})).await);
        let path = format!("/api/v2/groups/{group}");
        let tag = version(&api, &path).await;
        let body = json!({"group": {"name": "Renamed"}});
        let renamed = with_tag(&api, Method::PUT, &path, &tag, &body)
            .await
            .expect(200);
        is_stale(with_tag(&api, Method::PUT, &path, &tag, &body).await);
        is_stale(with_tag(&api, Method::DELETE, &path, &tag, &Value::Null).await);
        with_tag(&api, Method::DELETE, &path, &etag(&renamed), &Value::Null)
            .await
            .expect(200);
    }

    pub(super) async fn a_stale_version_comes_before_broken_rules(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let ana = tenant
            .user_with_key("ana@x.io", Role::Viewer)
            .await
            .unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let other = tenant.group("Other").await.unwrap();
        tenant.member(other, ana.id).await.unwrap();
        let of_user = format!("/api/v2/users/{}", ana.id);
        let of_group = format!("/api/v2/groups/{group}");
        let admin = format!("/api/v2/users/{}", tenant.admin.id);
        let before = all_rows(&server);
        let broken = [
            (Method::PUT, &of_user, json!({"user": {"name": 1}})),
            (
                Method::PUT,
                &of_user,
                json!({"user": {"password": "short"}}),
            ),
            (
                Method::PUT,
                &of_user,
                json!({"user": {"group_ids": [4711]}}),
            ),
            (Method::PUT, &of_user, json!({})),
            (Method::PUT, &admin, json!({"user": {"role": "user"}})),
            (Method::DELETE, &admin, Value::Null),
            (Method::DELETE, &of_user, Value::Null),
            (Method::PUT, &of_group, json!({"group": {"name": ""}})),
            (Method::PUT, &of_group, json!({"group": {"name": "OTHER"}})),
            (Method::DELETE, &of_group, Value::Null),
        ];
        for (method, path, body) in broken {
            is_stale(with_tag(&api, method.clone(), path, "\"4711\"", &body).await);
            let viewer = api.with_server(&server.base_url(), &ana.key);
            let answer = with_tag(&viewer, method.clone(), path, "\"4711\"", &body).await;
            assert_eq!(answer.expect(403).fault().0, "PermissionDeniedError");
            let missing = path.replace(&path[path.rfind('/').unwrap()..], "/999999");
            let answer = with_tag(&api, method.clone(), &missing, "\"4711\"", &body).await;
            assert_eq!(answer.expect(404).fault().0, "BaseError");
        }
        // What is no JSON is said first.
        let request = api
            .request(Method::PUT, &of_user)
            .header("If-Match", "\"4711\"")
            .body("{");
        read(request).await.expect(400);
        assert_eq!(all_rows(&server), before);
        // A deleted user is gone, whatever version is insisted on.
        let tag = version(&api, &of_user).await;
        with_tag(&api, Method::DELETE, &of_user, &tag, &Value::Null)
            .await
            .expect(200);
        with_tag(&api, Method::DELETE, &of_user, &tag, &Value::Null)
            .await
            .expect(404);
    }

    pub(super) async fn tags_are_compared_as_they_are(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let ana = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let path = format!("/api/v2/users/{ana}");
        let tag = version(&api, &path).await;
        let bare = tag.trim_matches('"').to_owned();
        let body = json!({"user": {"name": "Changed"}});
        let before = all_rows(&server);
        for stale in [
            format!("W/{tag}"),
            format!("\"0{bare}\""),
            format!("\"+{bare}\""),
            format!("\" {bare}\""),
            "\"\"".to_owned(),
            "\"0\"".to_owned(),
            "\"-1\"".to_owned(),
            "\"abc\"".to_owned(),
            "\"99999999999999999999999\"".to_owned(),
        ] {
            is_stale(with_tag(&api, Method::PUT, &path, &stale, &body).await);
        }
        for malformed in [
            bare.as_str(),
            "",
            "\"",
            "x",
            "'1'",
            &format!("{tag}, {tag}"),
            "**",
            "W/1",
        ] {
            let answer = with_tag(&api, Method::PUT, &path, malformed, &body).await;
            let (kind, text) = answer.expect(400).fault();
            assert_eq!(kind, "InvalidParameterError");
            assert_eq!(text, "If-Match must be * or one ETag as it was given");
        }
        let twice = api
            .request(Method::PUT, &path)
            .header("If-Match", &tag)
            .header("If-Match", &tag);
        read(twice.json(&body)).await.expect(400);
        assert_eq!(all_rows(&server), before);
        with_tag(&api, Method::PUT, &path, "*", &body)
            .await
            .expect(200);
        let answer = with_tag(&api, Method::PUT, "/api/v2/users/4711", "*", &body).await;
        answer.expect(404);
    }
}
