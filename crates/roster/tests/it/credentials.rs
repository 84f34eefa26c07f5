//! Credentials: from when they are refused, how they are shown, and when their use is written down.

use crate::harness::on_both;

on_both! {
    /// revoked-now: by another server of the same database where there can be one.
    a_revoked_credential_is_refused_at_once
    /// revoked-now: a role that is dropped counts with the next request.
    a_dropped_role_counts_at_once
    /// revoked-now: a key is refused from the very second in which it expires.
    an_expired_key_is_refused
    /// A key of somebody who has not accepted, or is deleted, opens nothing.
    a_key_needs_an_active_owner
    /// Restoring brings no key back.
    a_restored_user_has_no_key
    /// scheme-case: a bearer token counts however its scheme is written.
    a_bearer_scheme_has_no_case
    /// A key in the query or in a cookie is not taken.
    a_key_counts_in_a_header_only
    /// Every wrong key is refused with one text, which does not repeat it.
    a_wrong_key_is_not_repeated
    /// The last use of a key is written down, once a minute at most.
    the_last_use_is_recorded_once_a_minute
}

mod body {
    use crate::harness::{
        Answer, Api, Backend, KeyFixture, Method, TestServer, TestTenant, TestUser, UserFixture,
        read,
    };
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::json;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    #[track_caller]
    fn is_invalid(answer: &Answer) {
        assert_eq!(answer.status, 401, "{}", answer.text);
        assert_eq!(answer.errors(), ["API key is invalid"]);
    }

    /// Two servers of one database, which on SQLite are one.
    async fn servers(backend: Backend) -> (TestServer, Option<TestServer>) {
        let first = TestServer::start(backend).await.unwrap();
        let second = (backend == Backend::Postgres)
            .then(|| TestServer::on(Arc::clone(first.database())).unwrap());
        (first, second)
    }

    async fn admin_with_key(tenant: &TestTenant, email: &str) -> TestUser {
        tenant.user_with_key(email, Role::Admin).await.unwrap()
    }

    pub(super) async fn a_revoked_credential_is_refused_at_once(backend: Backend) {
        let (first, second) = servers(backend).await;
        let second = second.as_ref().unwrap_or(&first);
        let tenant = first.tenant().await.unwrap();
        let admin = Api::admin(&first, &tenant);
        for change in ["delete", "switch off", "revoke"] {
            let user = admin_with_key(&tenant, &format!("{}@x.io", change.replace(' ', "-"))).await;
            let callers = [
                Api::new(&second.base_url(), &user.key),
                Api::new(&first.base_url(), &user.key),
            ];
            for caller in &callers {
                caller.get("/users/info.json").await.expect(200);
            }
            let path = format!("/users/{}", user.id);
            match change {
                "delete" => admin.delete(&format!("{path}.json")).await,
                "switch off" => {
                    let body = json!({"allow_authentication_token": false});
                    admin.patch(&format!("{path}.json"), body).await
                }
                _ => {
                    let path = format!("{path}/revoke_authentication_token.json");
                    admin.post(&path, json!({})).await
                }
            }
            .expect(200);
            for caller in &callers {
                is_invalid(&caller.get("/users/info.json").await);
                is_invalid(&caller.get("/users.json").await);
                let group = json!({"group": {"name": change}});
                is_invalid(&caller.post("/groups.json", group).await);
            }
            if change == "switch off" {
                let body = json!({"allow_authentication_token": true});
                admin.patch(&format!("{path}.json"), body).await.expect(200);
                for caller in &callers {
                    caller.get("/users/info.json").await.expect(200);
                }
            }
        }
        let groups = "SELECT COUNT(*) AS value FROM groups";
        assert_eq!(first.database().count(groups).unwrap(), 0);
    }

    pub(super) async fn a_dropped_role_counts_at_once(backend: Backend) {
        let (first, second) = servers(backend).await;
        let second = second.as_ref().unwrap_or(&first);
        let tenant = first.tenant().await.unwrap();
        let admin = Api::admin(&first, &tenant);
        let user = admin_with_key(&tenant, "dropped@x.io").await;
        let caller = Api::new(&second.base_url(), &user.key);
        for role in ["viewer", "admin", "analyst", "admin", "explorer"] {
            let body = json!({"id": user.id, "user": {"role": role}});
            let changed = admin.post("/users/change_user_role.json", body).await;
            changed.expect(200);
            let expected = if role == "admin" { 200 } else { 403 };
            caller.get("/users.json").await.expect(expected);
            caller.get("/users/info.json").await.expect(200);
        }
    }

    pub(super) async fn an_expired_key_is_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let user = admin_with_key(&tenant, "a@x.io").await;
        let end = TestServer::EPOCH_MICROS + 60_000_000;
        server
            .database()
            .execute(&format!(
                "UPDATE api_keys SET expires_at = {end} WHERE user_id = {}",
                user.id
            ))
            .unwrap();
        let caller = Api::new(&server.base_url(), &user.key);
        let has_key = async || {
            let list = Api::admin(&server, &tenant).get("/users.json").await;
            let list = list.expect(200).json();
            list[1]["has_authentication_token"].as_bool().unwrap()
        };
        server.advance_seconds(59);
        caller.get("/users.json").await.expect(200);
        assert!(has_key().await);
        server.advance_seconds(1);
        is_invalid(&caller.get("/users.json").await);
        assert!(!has_key().await);
        let expired = tenant.key(user.id, KeyFixture::Expired).await.unwrap();
        let caller = Api::new(&server.base_url(), &expired);
        is_invalid(&caller.get("/users.json").await);
    }

    pub(super) async fn a_key_needs_an_active_owner(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        for (email, status, is_allowed, expected) in [
            ("a@x.io", Status::Active, true, 200),
            ("b@x.io", Status::Active, false, 401),
            ("c@x.io", Status::Pending, true, 401),
            ("d@x.io", Status::Deleted, true, 401),
        ] {
            let user = UserFixture {
                status,
                allow_authentication_token: is_allowed,
                ..UserFixture::active(email, Role::Admin)
            };
            let id = tenant.user(user).await.unwrap();
            let key = tenant.key(id, KeyFixture::Live).await.unwrap();
            let api = Api::new(&server.base_url(), &key);
            let answer = api.get("/users/info.json").await;
            if expected == 401 {
                is_invalid(&answer);
                // Not even for a fault of the request, which is told to those who may ask.
                is_invalid(&api.post("/users/invite.json", json!([])).await);
            } else {
                assert_eq!(answer.expect(200).json()["email"], email);
            }
        }
    }

    pub(super) async fn a_restored_user_has_no_key(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = Api::admin(&server, &tenant);
        let user = admin_with_key(&tenant, "a@x.io").await;
        let caller = Api::new(&server.base_url(), &user.key);
        admin
            .delete(&format!("/users/{}.json", user.id))
            .await
            .expect(200);
        let body = json!({"id": user.id});
        admin.post("/users/restore.json", body).await.expect(200);
        is_invalid(&caller.get("/users/info.json").await);
        let list = admin.get("/users.json").await.expect(200).json();
        assert_eq!(list[1]["has_authentication_token"], false);
        assert_eq!(list[1]["allow_authentication_token"], true);
        let new = tenant.key(user.id, KeyFixture::Live).await.unwrap();
        let caller = Api::new(&server.base_url(), &new);
        caller.get("/users/info.json").await.expect(200);
    }

    pub(super) async fn a_bearer_scheme_has_no_case(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::anonymous(&server.base_url());
        let key = &tenant.admin.key;
        let with = async |name: &str, value: String| {
            read(
                api.request(Method::GET, "/users/info.json")
                    .header(name, value),
            )
            .await
        };
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
            with("Authorization", format!("{scheme} {key}"))
                .await
                .expect(200);
            with("authorization", format!("{scheme}   {key} "))
                .await
                .expect(200);
        }
        for name in ["X-Holistics-Key", "x-holistics-key", "X-HOLISTICS-KEY"] {
            with(name, key.clone()).await.expect(200);
        }
        for wrong in ["Basic", "Token", "Bearer:", "Bearerx", ""] {
            is_invalid(&with("Authorization", format!("{wrong} {key}")).await);
        }
        is_invalid(&with("Authorization", key.clone()).await);
        is_invalid(&with("X-Holistics-Key", format!("Bearer {key}")).await);
        is_invalid(&with("X-Holistics-Key", key.to_lowercase()).await);
    }

    pub(super) async fn a_key_counts_in_a_header_only(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::anonymous(&server.base_url());
        let key = &tenant.admin.key;
        for name in [
            "_utoken",
            "key",
            "X-Holistics-Key",
            "access_token",
            "authorization",
        ] {
            let answer = api.get(&format!("/users/info.json?{name}={key}")).await;
            assert_eq!(answer.expect(401).errors(), ["API key is missing"]);
            let request = api.request(Method::GET, "/users/info.json");
            let answer = read(request.header("Cookie", format!("{name}={key}"))).await;
            assert_eq!(answer.expect(401).errors(), ["API key is missing"]);
            let request = api.request(Method::POST, "/users/invite.json");
            let answer = read(request.json(&json!({ name: key }))).await;
            assert_eq!(answer.expect(401).errors(), ["API key is missing"]);
        }
    }

    pub(super) async fn a_wrong_key_is_not_repeated(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let key = &tenant.admin.key;
        let mut typo = key.clone();
        let last = if typo.pop() == Some('0') { '1' } else { '0' };
        typo.push(last);
        for wrong in [
            "x".to_owned(),
            "rst_".to_owned(),
            typo,
            key[..key.len() - 1].to_owned(),
            format!("{key}0"),
            "a".repeat(44),
            "a".repeat(4_000),
            format!("{key}{key}"),
            "' OR 1=1 --".to_owned(),
            "ключ".to_owned(),
        ] {
            let answer = Api::new(&server.base_url(), &wrong)
                .get("/users.json")
                .await;
            is_invalid(&answer);
            for value in answer.headers.values() {
                assert!(
                    !value
                        .as_bytes()
                        .windows(wrong.len())
                        .any(|part| { wrong.len() > 4 && part == wrong.as_bytes() })
                );
            }
        }
        for missing in ["", " ", "\t"] {
            let answer = Api::new(&server.base_url(), missing)
                .get("/users.json")
                .await;
            assert_eq!(answer.expect(401).errors(), ["API key is missing"]);
        }
    }

    pub(super) async fn the_last_use_is_recorded_once_a_minute(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let last_use = || {
            let sql = "SELECT COALESCE(last_used_at, 0) AS value FROM api_keys";
            server.database().count(sql).unwrap()
        };
        let becomes = async |seconds: i64| {
            let expected = TestServer::EPOCH_MICROS + seconds * 1_000_000;
            let deadline = Instant::now() + Duration::from_secs(60);
            let before = last_use();
            loop {
                let now = last_use();
                if now == expected {
                    return;
                }
                // Nothing else may be written on the way there.
                assert_eq!(now, before);
                assert!(Instant::now() < deadline, "it stays {now}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert_eq!(last_use(), 0);
        // Neither a refusal nor a fault is a use.
        api.get("/users/get_user.json?email=nobody@x.io")
            .await
            .expect(404);
        api.get("/users/get_user.json").await.expect(422);
        server.advance_seconds(1);
        api.get("/users/info.json").await.expect(200);
        becomes(1).await;
        // Had the use at the sixtieth second been written down, that at the sixty-first would not be.
        server.advance_seconds(59);
        api.get("/users/info.json").await.expect(200);
        api.get("/users.json").await.expect(200);
        server.advance_seconds(1);
        api.get("/users/info.json").await.expect(200);
        becomes(61).await;
        // Reads and writes count alike.
        server.advance_seconds(600);
        let group = json!({"group": {"name": "Capital"}});
        api.post("/groups.json", group).await.expect(200);
        becomes(661).await;
    }
}
