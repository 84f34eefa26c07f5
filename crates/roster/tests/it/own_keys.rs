//! One's own API keys: made, replaced and revoked in the owner's session.

use crate::harness::on_both;

on_both! {
    /// A key is made as it was asked for, shown once, and works at once.
    a_key_is_made
    /// revoked-now: a key that is replaced works as long as was asked, the new one at once.
    a_key_is_replaced
    /// What cannot be replaced, and what an overlap may be.
    not_every_key_is_replaced
    /// revoked-now: a key is revoked by its owner's session or by any of its owner's keys.
    a_key_is_revoked
    /// Without API access no key is made or replaced, but revoked.
    without_access_keys_are_only_revoked
    /// role-matrix: no key makes, lists or replaces a key.
    no_key_makes_a_key
}

mod body {
    use crate::caller::{Caller, add_active, servers};
    use crate::harness::{Answer, Api, Backend, KeyFixture, TestServer, TestTenant, UserFixture};
    use crate::stored::everything;
    use roster_domain::id::UserId;
    use roster_domain::role::Role;
    use serde_json::{Value, json};

    const PATH: &str = "/api/account/keys";
    const DAY_SECONDS: i64 = 86_400;

    async fn start(backend: Backend) -> (TestServer, TestTenant, UserId, Caller) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Analyst).await;
        let session = tenant.session(user).await.unwrap();
        let caller = Caller::new(&server).with(&session);
        (server, tenant, user, caller)
    }

    async fn keys(caller: &Caller) -> Vec<Value> {
        let list = caller.get(PATH).await.expect(200).json();
        list["keys"].as_array().unwrap().clone()
    }

    fn token(answer: &Answer) -> String {
        let body = answer.json();
        body["authentication_token"].as_str().unwrap().to_owned()
    }

    async fn create(caller: &Caller, body: Value) -> (i64, String) {
        let made = caller.post(PATH, body).await.expect(201);
        (made.json()["key"]["id"].as_i64().unwrap(), token(&made))
    }

    fn rotate(id: i64) -> String {
        format!("{PATH}/{id}/rotate")
    }

    async fn works(server: &TestServer, key: &str) -> bool {
        let api = Api::new(&server.base_url(), key);
        let status = api.get("/users/info.json").await.status;
        assert!([200, 401].contains(&status.as_u16()), "{status}");
        status == 200
    }

    pub(super) async fn a_key_is_made(backend: Backend) {
        let (server, _, _, caller) = start(backend).await;
        assert_eq!(keys(&caller).await, Vec::<Value>::new());
        let mut made = Vec::new();
        for (body, label, expires_at) in [
            (Value::Null, json!(null), json!(null)),
            (json!({}), json!(null), json!(null)),
            (
                json!({"label": " laptop 李 ", "expires_in_days": 1}),
                json!("laptop 李"),
                json!("2026-01-02T00:00:00.000Z"),
            ),
            (
                json!({"label": "", "expires_in_days": 36_500}),
                json!(null),
                json!("2125-12-08T00:00:00.000Z"),
            ),
            (
                json!({"label": null, "expires_in_days": null}),
                json!(null),
                json!(null),
            ),
        ] {
            let answer = caller.post(PATH, body).await.expect(201);
            let key = token(&answer);
            assert!(works(&server, &key).await);
            let shown = answer.json()["key"].clone();
            assert_eq!(
                shown,
                json!({
                    "id": shown["id"], "label": label, "prefix": &key[..12], "expires_at": expires_at,
                    "created_at": "2026-01-01T00:00:00.000Z", "last_used_at": null,
                })
            );
            made.insert(0, shown);
        }
        let mut listed = keys(&caller).await;
        for key in &mut listed {
            key["last_used_at"].take();
        }
        assert_eq!(listed, made);
        for (body, field) in [
            (json!({"expires_in_days": 0}), "expires_in_days"),
            (json!({"expires_in_days": -1}), "expires_in_days"),
            (json!({"expires_in_days": 36_501}), "expires_in_days"),
            (json!({"expires_in_days": "9"}), "expires_in_days"),
            (json!({"label": "a\u{0}"}), "label"),
            (json!({"label": "l".repeat(256)}), "label"),
            (json!({"lable": "x"}), "lable"),
            (json!({"user_id": 1}), "user_id"),
        ] {
            let refused = caller.post(PATH, body).await.expect(422);
            assert!(
                refused.json()["record"][field].is_array(),
                "{}",
                refused.text
            );
        }
        assert_eq!(keys(&caller).await.len(), made.len());
        server.advance_seconds(DAY_SECONDS);
        // An expired one is listed until somebody revokes it.
        assert_eq!(keys(&caller).await.len(), made.len());
    }

    pub(super) async fn a_key_is_replaced(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Analyst).await;
        let session = tenant.session(user).await.unwrap();
        let caller = Caller::new(&servers[0]).with(&session);
        for (body, overlap_seconds) in [
            (json!({"overlap_minutes": 0}), 0),
            (json!({"overlap_minutes": 1}), 60),
            (Value::Null, 3_600),
            (json!({}), 3_600),
            (json!({"overlap_minutes": 10_080}), 604_800),
        ] {
            let asked = json!({"label": "laptop", "expires_in_days": 30});
            let (id, old) = create(&caller, asked).await;
            let answer = caller.post(&rotate(id), body).await.expect(201);
            let new = token(&answer);
            assert_eq!(answer.json()["key"]["label"], "laptop");
            // It lives as long as the old one did, from now.
            let shown = answer.json()["key"].clone();
            let days = |field: &str| {
                let sql = format!(
                    "SELECT (expires_at - created_at) / 86400000000 AS value FROM api_keys WHERE id = {}",
                    shown["id"]
                );
                assert!(shown[field].is_string());
                servers[0].database().count(&sql).unwrap()
            };
            assert_eq!(days("expires_at"), 30);
            let states = async || {
                let mut states = Vec::new();
                for server in &servers {
                    assert!(works(server, &new).await);
                    states.push(works(server, &old).await);
                }
                assert!(states.windows(2).all(|two| two[0] == two[1]));
                states[0]
            };
            let advance = |seconds| {
                for server in &servers {
                    server.advance_seconds(seconds);
                }
            };
            assert_eq!(states().await, overlap_seconds > 0);
            if overlap_seconds > 0 {
                advance(overlap_seconds - 1);
                assert!(states().await);
                advance(1);
                assert!(!states().await);
            }
            // Use keeps the session from ending.
            caller.get(PATH).await.expect(200);
        }
    }

    pub(super) async fn not_every_key_is_replaced(backend: Backend) {
        let (server, tenant, user, caller) = start(backend).await;
        tenant.key(user, KeyFixture::Expired).await.unwrap();
        let expired = keys(&caller).await[0]["id"].as_i64().unwrap();
        let refused = caller.post(&rotate(expired), Value::Null).await;
        let (kind, text) = refused.expect(422).fault();
        assert_eq!(kind, "InvalidOperationError");
        assert_eq!(text, "The key has expired; make a new one");
        let (unlimited, key) = create(&caller, json!({})).await;
        for (body, field) in [
            (json!({"overlap_minutes": -1}), "overlap_minutes"),
            (json!({"overlap_minutes": 10_081}), "overlap_minutes"),
            (json!({"overlap_minutes": 1.5}), "overlap_minutes"),
            (json!({"overlap_minutes": "60"}), "overlap_minutes"),
            (json!({"label": "x"}), "label"),
        ] {
            let refused = caller.post(&rotate(unlimited), body).await.expect(422);
            assert!(
                refused.json()["record"][field].is_array(),
                "{}",
                refused.text
            );
        }
        caller
            .post(&rotate(9_000_000), Value::Null)
            .await
            .expect(404);
        assert!(works(&server, &key).await);
        assert_eq!(keys(&caller).await.len(), 2);
        // One without an end has one without an end after it.
        let replaced = caller.post(&rotate(unlimited), Value::Null).await;
        let new = replaced.expect(201).json()["key"].clone();
        assert_eq!(new["expires_at"], json!(null));
        // An overlap does not make an old key live longer than it would.
        let (short, _) = create(&caller, json!({"expires_in_days": 1})).await;
        let body = json!({"overlap_minutes": 10_080});
        caller.post(&rotate(short), body).await.expect(201);
        let list = keys(&caller).await;
        let old = list.iter().find(|key| key["id"] == short).unwrap();
        assert_eq!(old["expires_at"], "2026-01-02T00:00:00.000Z");
    }

    pub(super) async fn a_key_is_revoked(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let session = tenant.session(user).await.unwrap();
        let caller = Caller::new(&servers[0]).with(&session);
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(create(&caller, json!({})).await);
        }
        let path = |at: usize| format!("{PATH}/{}", made[at].0);
        caller.delete(&path(0)).await.expect(204);
        let by_key = Api::new(&servers[0].base_url(), &made[1].1);
        by_key.delete(&path(2)).await.expect(204);
        // A key may revoke itself.
        by_key.delete(&path(1)).await.expect(204);
        for server in &servers {
            for (_, key) in &made {
                assert!(!works(server, key).await);
            }
        }
        caller.delete(&path(0)).await.expect(404);
        by_key.delete(&path(0)).await.expect(401);
        assert_eq!(keys(&caller).await, Vec::<Value>::new());
    }

    pub(super) async fn without_access_keys_are_only_revoked(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let fixture = UserFixture {
            allow_authentication_token: false,
            ..UserFixture::active("ana@x.io", Role::Admin)
        };
        let user = tenant.user(fixture).await.unwrap();
        let key = tenant.key(user, KeyFixture::Live).await.unwrap();
        let session = tenant.session(user).await.unwrap();
        let caller = Caller::new(&server).with(&session);
        let id = keys(&caller).await[0]["id"].as_i64().unwrap();
        let before = everything(server.database());
        for path in [PATH.to_owned(), rotate(id), rotate(9_000_000)] {
            let refused = caller.post(&path, json!({})).await.expect(403);
            let (kind, text) = refused.fault();
            assert_eq!(kind, "PermissionDeniedError");
            assert_eq!(text, "An admin has to allow you API access first");
        }
        assert_eq!(everything(server.database()), before);
        assert!(!works(&server, &key).await);
        let path = format!("{PATH}/{id}");
        caller.delete(&path).await.expect(204);
        assert_eq!(keys(&caller).await, Vec::<Value>::new());
    }

    pub(super) async fn no_key_makes_a_key(backend: Backend) {
        let (server, tenant, _, _) = start(backend).await;
        let admin = Api::admin(&server, &tenant);
        let sql = "SELECT id AS value FROM api_keys";
        let id = server.database().count(sql).unwrap();
        let before = everything(server.database());
        for answer in [
            admin.get(PATH).await,
            admin.post(PATH, json!({})).await,
            admin.post(&rotate(id), Value::Null).await,
        ] {
            assert_eq!(answer.expect(401).fault().1, "Sign in first");
        }
        assert_eq!(everything(server.database()), before);
    }
}
