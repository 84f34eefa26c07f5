//! Requests that are sent again under their `Idempotency-Key`: one change, one answer.

use crate::harness::{Answer, Api, Method, on_both, read};
use serde_json::Value;

on_both! {
    /// once: the answer is that of the first time, and nothing happens a second time.
    a_request_sent_again_is_answered_alike
    /// A key stands for one request: its path, its query and its very bytes.
    another_request_under_a_key_is_refused
    /// A key is of one user: what others send under it is theirs.
    a_key_is_its_users_own
    /// What was refused was not done, so its key may be used again.
    what_was_refused_may_be_mended
    /// What failed was not done either.
    what_failed_may_be_sent_again
    /// A key and a permission come first, then the request, then its key.
    faults_keep_their_order
    /// After 24 hours a key is free again, be it tidied up or not.
    a_key_is_free_after_a_day
    /// A user that is erased takes the answers along.
    answers_go_with_their_user
    /// Nothing is kept without a key, and only POSTs have one.
    nothing_is_kept_without_need
}

/// Sends a POST under a key, with a JSON body unless that is null.
pub(crate) async fn post(api: &Api, key: &str, path: &str, body: &Value) -> Answer {
    let mut request = api
        .request(Method::POST, path)
        .header("Idempotency-Key", key);
    if !body.is_null() {
        request = request.json(body);
    }
    read(request).await
}

/// Whether it is the answer to an earlier request.
pub(crate) fn is_replayed(answer: &Answer) -> bool {
    let header = answer.headers.get("idempotency-replayed");
    assert!(header.is_none_or(|value| value == "true"), "{header:?}");
    header.is_some()
}

/// How many answers are kept.
pub(crate) const KEPT: &str = "SELECT count(*) AS value FROM idempotency_keys";

mod body {
    use super::{KEPT, is_replayed, post};
    use crate::caller::Caller;
    use crate::changes::start;
    use crate::harness::{Api, Backend, Method, UserFixture, read};
    use crate::program::{roster, run};
    use crate::stored::everything;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use roster_server::service::Forgotten;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    const REUSED: &str =
        "Another request was sent under this Idempotency-Key; give each request its own";
    const MALFORMED: &str = "Idempotency-Key must be 1 to 255 visible ASCII characters, given once";
    const DAY: i64 = 86_400;

    fn group(name: &str) -> Value {
        json!({"group": {"name": name}})
    }

    pub(super) async fn a_request_sent_again_is_answered_alike(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let database = server.database();
        let user = async |email: &str, status: Status| {
            let fixture = UserFixture {
                status,
                ..UserFixture::active(email, Role::Viewer)
            };
            tenant.user(fixture).await.unwrap().0
        };
        let pending = user("pending@x.io", Status::Pending).await;
        let (one, other) = (
            user("one@x.io", Status::Deleted).await,
            user("other@x.io", Status::Deleted).await,
        );
        let one_address = json!({"email": "new@x.io", "role": "user"});
        let addresses = json!({"emails": ["a@x.io", "b@x.io"], "role": "viewer"});
        let resend = format!("/users/{pending}/resend_invite.json");
        let restore = format!("/api/v2/users/{other}/restore");
        for (path, body, status) in [
            ("/users/invite.json", one_address, 200),
            ("/api/v2/users/invite", addresses, 200),
            ("/groups.json", group("One"), 200),
            ("/api/v2/groups", group("Other"), 201),
            ("/users/restore.json", json!({"id": one}), 200),
            (&restore, Value::Null, 200),
            (&resend, Value::Null, 200),
            (
                &format!("/api/v2{}", &resend[..resend.len() - 5]),
                Value::Null,
                200,
            ),
        ] {
            let first = post(&api, path, path, &body).await.expect(status);
            assert!(!is_replayed(&first), "{path}");
            let before = everything(database);
            for _ in 0..2 {
                server.advance_seconds(1);
                let again = post(&api, path, path, &body).await.expect(status);
                assert!(is_replayed(&again), "{path}");
                assert_eq!(again.text, first.text);
                assert_ne!(again.headers["x-request-id"], first.headers["x-request-id"]);
                for name in ["content-type", "cache-control", "status"] {
                    assert_eq!(again.headers.get(name), first.headers.get(name), "{name}");
                }
                assert_eq!(everything(database), before, "{path}");
            }
        }
        // Three users invited and one invited anew, twice: a mail each.
        for (table, rows) in [("outbox", 5), ("users", 7), ("groups", 2)] {
            let sql = format!("SELECT count(*) AS value FROM {table}");
            assert_eq!(database.count(&sql).unwrap(), rows, "{table}");
        }
    }

    pub(super) async fn another_request_under_a_key_is_refused(backend: Backend) {
        let (server, _, api) = start(backend).await;
        post(&api, "k", "/groups.json", &group("A"))
            .await
            .expect(200);
        let before = everything(server.database());
        // All spellings of a path of v1 are one.
        for path in ["/groups", "/groups/", "/groups.json", "/groups.json/"] {
            let again = post(&api, "k", path, &group("A")).await.expect(200);
            assert!(is_replayed(&again), "{path}");
        }
        for (path, body) in [
            ("/groups.json", group("B")),
            ("/groups.json?a=1", group("A")),
            ("/users/restore.json", json!({"id": 1})),
        ] {
            let refused = post(&api, "k", path, &body).await.expect(422);
            assert_eq!(refused.errors(), [REUSED], "{path}");
            assert!(!is_replayed(&refused));
        }
        let spaced = api
            .request(Method::POST, "/groups.json")
            .header("Idempotency-Key", "k")
            .body(r#"{"group": {"name":"A"} }"#);
        assert_eq!(read(spaced).await.expect(422).errors(), [REUSED]);
        let refused = post(&api, "k", "/api/v2/groups", &group("A")).await;
        let fault = ("InvalidOperationError".to_owned(), REUSED.to_owned());
        assert_eq!(refused.expect(422).fault(), fault);
        assert_eq!(everything(server.database()), before);
        // Keys are compared as they are.
        post(&api, "K", "/groups.json", &group("B"))
            .await
            .expect(200);
    }

    pub(super) async fn a_key_is_its_users_own(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let ana = tenant.user_with_key("ana@x.io", Role::Admin).await.unwrap();
        let ana = Api::new(&server.base_url(), &ana.key);
        let elsewhere = Api::admin(&server, &server.tenant().await.unwrap());
        for (number, api) in [api, ana, elsewhere].iter().enumerate() {
            let body = group(&format!("G {number}"));
            let first = post(api, "k", "/api/v2/groups", &body).await.expect(201);
            assert!(!is_replayed(&first));
            let again = post(api, "k", "/api/v2/groups", &body).await.expect(201);
            assert!(is_replayed(&again));
            assert_eq!(again.text, first.text);
        }
        assert_eq!(server.database().count(KEPT).unwrap(), 3);
    }

    pub(super) async fn what_was_refused_may_be_mended(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        tenant.group("Taken").await.unwrap();
        for (number, (path, body, status)) in [
            ("/api/v2/groups", json!({}), 422),
            ("/api/v2/groups", json!({"group": {"name": ""}}), 422),
            ("/api/v2/groups", json!([]), 400),
            ("/api/v2/groups", group("Taken"), 422),
            ("/api/v2/users/4711/restore", Value::Null, 404),
            ("/users/restore.json", json!({"id": tenant.admin.id}), 422),
        ]
        .into_iter()
        .enumerate()
        {
            for _ in 0..2 {
                let refused = post(&api, "k", path, &body).await.expect(status);
                assert!(!is_replayed(&refused));
            }
            assert_eq!(server.database().count(KEPT).unwrap(), 0, "{path} {body}");
            let mended = group(&format!("G {number}"));
            let done = post(&api, "k", "/api/v2/groups", &mended).await;
            assert!(!is_replayed(&done.expect(201)));
            server.advance_seconds(DAY);
            server.tidy(None).await.unwrap();
        }
    }

    pub(super) async fn what_failed_may_be_sent_again(backend: Backend) {
        let (server, _, api) = start(backend).await;
        let database = server.database();
        let before = everything(database);
        let send = async || post(&api, "k", "/groups.json", &group("A")).await;
        database
            .execute("ALTER TABLE audit_events RENAME TO gone")
            .unwrap();
        assert!(!is_replayed(&send().await.expect(500)));
        database
            .execute("ALTER TABLE gone RENAME TO audit_events")
            .unwrap();
        assert_eq!(everything(database), before);
        assert!(!is_replayed(&send().await.expect(200)));
        assert!(is_replayed(&send().await.expect(200)));
    }

    pub(super) async fn faults_keep_their_order(backend: Backend) {
        let (server, tenant, admin) = start(backend).await;
        let ana = tenant.user_with_key("ana@x.io", Role::Admin).await.unwrap();
        let api = Api::new(&server.base_url(), &ana.key);
        let too_long = "k".repeat(256);
        let bad: [&[u8]; 6] = [
            b"",
            b"a b",
            b"a\tb",
            "é".as_bytes(),
            b"\xff",
            too_long.as_bytes(),
        ];
        let send = async |path: &str, keys: &[&[u8]], body: &str| {
            let mut request = api.request(Method::POST, path).body(body.to_owned());
            for key in keys {
                request = request.header("Idempotency-Key", *key);
            }
            read(request).await
        };
        let malformed = bad.iter().map(|key| vec![*key]);
        let twice = [vec![&b"a"[..], b"b"], vec![b"a", b"a"]];
        for keys in malformed.chain(twice) {
            for body in [r#"{"group":{"name":"A"}}"#, "{}", "{"] {
                let refused = send("/groups.json", &keys, body).await.expect(400);
                assert_eq!(refused.errors(), [MALFORMED]);
                let refused = send("/api/v2/groups", &keys, body).await.expect(400);
                let fault = ("InvalidParameterError".to_owned(), MALFORMED.to_owned());
                assert_eq!(refused.fault(), fault);
            }
            let missing = "/api/v2/users/4711/restore";
            send(missing, &keys, "").await.expect(400);
        }
        let longest = "k".repeat(255);
        let body = r#"{"group":{"name":"A"}}"#;
        let first = send("/groups.json", &[longest.as_bytes()], body).await;
        first.expect(200);

        // What is wrong with a request comes before its key.
        for (body, status) in [("{", 400), ("{}", 422)] {
            let refused = send("/groups.json", &[longest.as_bytes()], body).await;
            assert_ne!(refused.clone().expect(status).errors(), [REUSED]);
        }
        // Who may not send it is not told what was answered.
        let role = json!({"id": ana.id, "user": {"role": "analyst"}});
        let dropped = admin.post("/users/change_user_role.json", role).await;
        dropped.expect(200);
        for key in [longest.as_bytes(), b"another", b"a b"] {
            let refused = send("/groups.json", &[key], body).await.expect(403);
            assert!(!is_replayed(&refused));
        }
        let path = format!("/users/{}.json", ana.id);
        admin.delete(&path).await.expect(200);
        for key in [longest.as_bytes(), b"another", b"a b"] {
            let refused = send("/groups.json", &[key], body).await.expect(401);
            assert!(!is_replayed(&refused));
        }
    }

    pub(super) async fn a_key_is_free_after_a_day(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let database = server.database();
        let nothing = Forgotten::default();
        post(&api, "k", "/groups.json", &group("A"))
            .await
            .expect(200);
        server.advance_seconds(DAY - 1);
        assert_eq!(server.tidy(None).await.unwrap(), nothing);
        let again = post(&api, "k", "/groups.json", &group("A")).await;
        assert!(is_replayed(&again.expect(200)));
        server.advance_seconds(1);
        let anew = post(&api, "k", "/groups.json", &group("B")).await;
        assert!(!is_replayed(&anew.clone().expect(200)));
        let again = post(&api, "k", "/groups.json", &group("B")).await;
        assert!(is_replayed(&again.clone().expect(200)));
        assert_eq!(again.text, anew.text);
        assert_eq!(database.count(KEPT).unwrap(), 1);
        assert_eq!(server.tidy(None).await.unwrap(), nothing);

        // Many are forgotten as well, and others are not.
        let blob = match backend {
            Backend::Sqlite => "CAST(i AS BLOB)",
            Backend::Postgres => "convert_to(i::text, 'UTF8')",
        };
        database
            .execute(&format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
                 INSERT INTO idempotency_keys (tenant_id, user_id, key_hash, request_hash, status, body, created_at)
                 SELECT {}, {}, {blob}, {blob}, 200, '', i / 2 FROM n",
                tenant.id, tenant.admin.id
            ))
            .unwrap();
        let answers = 2_500;
        let many = Forgotten { answers, ..nothing };
        assert_eq!(server.tidy(None).await.unwrap(), many);
        assert_eq!(database.count(KEPT).unwrap(), 1);
        server.advance_seconds(DAY);
        let last = Forgotten {
            answers: 1,
            ..nothing
        };
        assert_eq!(server.tidy(None).await.unwrap(), last);
    }

    pub(super) async fn answers_go_with_their_user(backend: Backend) {
        let (server, tenant, admin) = start(backend).await;
        let ana = tenant.user_with_key("ana@x.io", Role::Admin).await.unwrap();
        let api = Api::new(&server.base_url(), &ana.key);
        post(&api, "k", "/groups.json", &group("A"))
            .await
            .expect(200);
        post(&admin, "k", "/groups.json", &group("B"))
            .await
            .expect(200);
        let path = format!("/users/{}.json", ana.id);
        admin.delete(&path).await.expect(200);
        assert_eq!(server.database().count(KEPT).unwrap(), 2);
        let folder = tempfile::tempdir().unwrap();
        let mut purge = roster(folder.path());
        purge.args(["users", "purge", "--email", &ana.email]);
        purge.args(["--database-url", server.database().url()]);
        run(&mut purge).succeeded();
        assert_eq!(server.database().count(KEPT).unwrap(), 1);
        let again = post(&admin, "k", "/groups.json", &group("B")).await;
        assert!(is_replayed(&again.expect(200)));
    }

    pub(super) async fn nothing_is_kept_without_need(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let created = api.post("/groups.json", group("A")).await.expect(200);
        assert!(!is_replayed(&created));
        let path = format!("/groups/{}.json", created.json()["id"]);
        for name in ["B", "C"] {
            let rename = api
                .request(Method::PUT, &path)
                .header("Idempotency-Key", "not looked at")
                .json(&group(name));
            let renamed = read(rename).await.expect(200);
            assert_eq!(renamed.json()["name"], name);
        }
        // Each answer holds a secret.
        let session = tenant.session(tenant.admin.id).await.unwrap();
        let caller = Caller::new(&server).with(&session);
        let mut keys = BTreeSet::new();
        for _ in 0..2 {
            let request = caller
                .request(Method::POST, "/api/account/keys")
                .header("Idempotency-Key", "not looked at")
                .json(&json!({}));
            let answer = read(request).await.expect(201);
            assert!(!is_replayed(&answer));
            keys.insert(answer.text);
        }
        assert_eq!(keys.len(), 2);
        assert_eq!(server.database().count(KEPT).unwrap(), 0);
    }
}
