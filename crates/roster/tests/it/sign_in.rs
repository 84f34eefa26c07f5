//! Signing in: what it gives, and that a refusal tells nothing of who there is.

use crate::harness::on_both;

on_both! {
    /// enumeration: whoever it is and whatever is wrong, status, body and work are the same.
    every_refusal_is_the_same
    /// enumeration: a refusal takes the same statements, be there somebody of that address or not.
    every_refusal_takes_the_same_statements
    /// enumeration: a request for a new password is answered alike, and does nothing but queue one mail.
    a_reset_is_asked_for_alike
    /// A sign-in is remembered: the latest becomes the one before it.
    a_sign_in_becomes_the_one_before
    /// A tenant is named as it is spelled, and not at all where there is only one.
    the_only_tenant_need_not_be_named
    /// A hash with weaker parameters than those of today is made anew when its password is shown.
    a_weak_hash_is_made_anew
    /// revoked-now: no page of another site signs anybody in.
    no_other_site_signs_anybody_in
}

mod body {
    use crate::caller::{Caller, OTHER_PASSWORD, PASSWORD, add, add_active};
    use crate::harness::{Answer, Api, Backend, Method, TestServer, TestTenant, UserFixture, read};
    use crate::logged_server::LoggedServer;
    use crate::stored::{everything, rows};
    use reqwest::header::SET_COOKIE;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use roster_server::testing::TestOptions;
    use serde_json::{Value, json};
    use std::sync::Arc;

    const PATH: &str = "/api/account/session";

    /// Somebody in each state, all with the password but one.
    async fn populate(tenant: &TestTenant) {
        add_active(tenant, "ana@x.io", Role::Viewer).await;
        add(tenant, "pending@x.io", Role::Viewer, Status::Pending).await;
        add(tenant, "deleted@x.io", Role::Viewer, Status::Deleted).await;
        let without = UserFixture::active("without@x.io", Role::Viewer);
        tenant.user(without).await.unwrap();
    }

    /// Attempts that are to be refused, each with what is wrong with it.
    fn refused(tenant: &TestTenant, other: &TestTenant) -> Vec<(&'static str, Value)> {
        let with = |email: &str, password: &str| json!({"tenant": tenant.slug, "email": email, "password": password});
        let of = |slug: &str| json!({"tenant": slug, "email": "ana@x.io", "password": PASSWORD});
        vec![
            ("wrong password", with("ana@x.io", "wrong horse battery")),
            ("unknown address", with("nobody@x.io", PASSWORD)),
            ("empty password", with("ana@x.io", "")),
            ("long password", with("ana@x.io", &PASSWORD.repeat(20_000))),
            ("pending", with("pending@x.io", PASSWORD)),
            ("deleted", with("deleted@x.io", PASSWORD)),
            ("no password", with("without@x.io", PASSWORD)),
            (
                "no password, the dummy's",
                with("without@x.io", "no password at all"),
            ),
            ("no address", with("ana", PASSWORD)),
            ("empty address", with("", PASSWORD)),
            ("long address", with(&"a".repeat(100_000), PASSWORD)),
            ("NUL in the address", with("a\u{0}na@x.io", PASSWORD)),
            ("unknown tenant", of("nowhere")),
            ("another tenant", of(&other.slug)),
            ("no tenant", of("")),
            ("faulty tenant", of("a b\u{0}")),
            (
                "unnamed tenant",
                json!({"email": "ana@x.io", "password": PASSWORD}),
            ),
        ]
    }

    pub(super) async fn every_refusal_is_the_same(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (tenant, other) = (
            server.tenant().await.unwrap(),
            server.tenant().await.unwrap(),
        );
        populate(&tenant).await;
        let caller = Caller::new(&server);
        let names = |answer: &Answer| {
            let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        let mut first: Option<Answer> = None;
        for (what, body) in refused(&tenant, &other) {
            let hashes = server.hashes();
            let answer = caller.post(PATH, body).await.expect(401);
            assert_eq!(server.hashes(), hashes + 1, "{what}");
            let fault = ("AuthError", "Address and password do not match");
            let (kind, text) = answer.fault();
            assert_eq!((kind.as_str(), text.as_str()), fault, "{what}");
            let first = first.get_or_insert(answer.clone());
            assert_eq!(answer.without_id(), first.without_id(), "{what}");
            assert_eq!(names(&answer), names(first), "{what}");
            assert!(!answer.headers.contains_key(SET_COOKIE));
        }
        let sessions = "SELECT count(*) AS value FROM sessions";
        assert_eq!(server.database().count(sessions).unwrap(), 0);
        // The trail says what was wrong, to those who may read it, and nothing that was typed.
        for row in everything(server.database()) {
            assert!(!row.contains("horse") && !row.contains("nobody@"), "{row}");
        }
        // What is no attempt is told as such.
        for body in [
            json!({}),
            json!({"email": "ana@x.io"}),
            json!({"email": 1, "password": PASSWORD}),
        ] {
            let hashes = server.hashes();
            caller.post(PATH, body).await.expect(422);
            assert_eq!(server.hashes(), hashes);
        }
    }

    pub(super) async fn every_refusal_takes_the_same_statements(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (tenant, other) = (
            server.tenant().await.unwrap(),
            server.tenant().await.unwrap(),
        );
        populate(&tenant).await;
        let filter = "info,roster_server::sql=trace";
        let process = LoggedServer::start(server.database(), filter, "text").await;
        let api = Api::anonymous(process.base_url());
        let mut counts = Vec::new();
        for (what, body) in refused(&tenant, &other) {
            let before = statements(&process).len();
            api.post(PATH, body).await.expect(401);
            let taken = statements(&process).split_off(before);
            counts.push((what, taken.len()));
        }
        assert!(counts[0].1 >= 7, "{counts:?}");
        for (what, count) in &counts {
            assert_eq!(*count, counts[0].1, "{what}: {counts:?}");
        }
    }

    /// The statements about what sign-ins are about; the server has other things to do beside.
    fn statements(process: &LoggedServer) -> Vec<String> {
        let log = process.log();
        let is_of_a_sign_in = |line: &&str| {
            let of = ["attempts", "tenants", "users", "passwords", "audit_events"];
            let is_statement =
                line.contains("roster_server::sql") || line.contains("a statement was slow");
            let is_other = ["DELETE", "outbox", "links"];
            is_statement
                && !is_other.iter().any(|word| line.contains(word))
                && of.iter().any(|table| line.contains(table))
        };
        log.lines()
            .filter(is_of_a_sign_in)
            .map(str::to_owned)
            .collect()
    }

    pub(super) async fn a_reset_is_asked_for_alike(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        server.tenant().await.unwrap();
        populate(&tenant).await;
        let caller = Caller::new(&server);
        // Counters hold no address, and count for everybody.
        let kept = || {
            let mut rows = everything(server.database());
            rows.retain(|row| !row.starts_with("attempts "));
            rows
        };
        let before = kept();
        let message =
            json!({"message": "If somebody has this address, a mail with a link is on its way"});
        for body in [
            json!({"tenant": tenant.slug, "email": "nobody@x.io"}),
            json!({"tenant": tenant.slug, "email": "pending@x.io"}),
            json!({"tenant": tenant.slug, "email": "deleted@x.io"}),
            json!({"tenant": "nowhere", "email": "ana@x.io"}),
            json!({"tenant": "a\u{0}", "email": "ana@x.io"}),
            json!({"email": "ana@x.io"}),
        ] {
            let answer = caller.post("/api/account/password_resets", body).await;
            assert_eq!(answer.expect(202).json(), message);
            assert_eq!(kept(), before);
        }
        let mails = || {
            let columns = ["user_id", "kind", "status", "message", "sender_id"];
            rows(server.database(), &columns, "outbox", "id")
        };
        let hashes = server.hashes();
        // Several mails are not better than one; beyond three none is sent.
        for number in 0..6 {
            let email = ["ana@x.io", "ANA@X.IO", "ａｎａ@x.io"][number % 3];
            let body = json!({"tenant": tenant.slug, "email": email});
            let answer = caller.post("/api/account/password_resets", body).await;
            assert_eq!(answer.expect(202).json(), message);
            let queued = mails();
            assert_eq!(queued.len(), (number + 1).min(3));
            let waiting = queued.iter().filter(|mail| mail["status"] == "queued");
            assert_eq!(waiting.count(), 1);
        }
        assert_eq!(server.hashes(), hashes);
        let new: Vec<_> = kept()
            .into_iter()
            .filter(|row| !before.contains(row))
            .collect();
        let of = |table: &str| new.iter().filter(|row| row.starts_with(table)).count();
        assert_eq!((of("outbox "), of("audit_events ")), (3, 3));
        assert_eq!(new.len(), 6, "{new:?}");
        // Who has no password yet, gets one this way.
        let body = json!({"tenant": tenant.slug, "email": "without@x.io"});
        caller
            .post("/api/account/password_resets", body)
            .await
            .expect(202);
        assert_eq!(mails().len(), 4);
    }

    pub(super) async fn a_sign_in_becomes_the_one_before(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        add_active(&tenant, "ana@x.io", Role::Analyst).await;
        let caller = Caller::new(&server);
        for (current, last) in [
            ("2026-01-01T00:00:00.000Z", json!(null)),
            (
                "2026-01-01T00:01:00.000Z",
                json!("2026-01-01T00:00:00.000Z"),
            ),
            (
                "2026-01-01T00:02:00.000Z",
                json!("2026-01-01T00:01:00.000Z"),
            ),
        ] {
            let answer = caller.sign_in(&tenant, "ANA@x.io", PASSWORD).await;
            let user = answer.clone().expect(200).json()["user"].clone();
            assert_eq!(user["email"], "ana@x.io");
            assert_eq!(user["role"], "analyst");
            assert_eq!(user["current_sign_in_at"], current);
            assert_eq!(user["last_sign_in_at"], last);
            let own = caller.begun_by(&answer).get(PATH).await.expect(200).json();
            assert_eq!(own["user"], user);
            assert_eq!(own["csrf_token"], answer.json()["csrf_token"]);
            // A refusal is no sign-in.
            let refused = caller.sign_in(&tenant, "ana@x.io", OTHER_PASSWORD).await;
            refused.expect(401);
            server.advance_seconds(60);
        }
    }

    pub(super) async fn the_only_tenant_need_not_be_named(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let caller = Caller::new(&server);
        let unnamed = json!({"email": "ana@x.io", "password": PASSWORD});
        caller.post(PATH, unnamed.clone()).await.expect(200);
        let mut null = unnamed.clone();
        null["tenant"] = Value::Null;
        caller.post(PATH, null).await.expect(200);
        let mut loud = unnamed.clone();
        loud["tenant"] = json!(format!(" {} ", tenant.slug.to_uppercase()));
        caller.post(PATH, loud).await.expect(200);
        server.tenant().await.unwrap();
        caller.post(PATH, unnamed).await.expect(401);
        let named = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        named.expect(200);
    }

    pub(super) async fn a_weak_hash_is_made_anew(backend: Backend) {
        let weak = TestServer::start(backend).await.unwrap();
        let tenant = weak.tenant().await.unwrap();
        let id = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let options = TestOptions {
            hash_memory_kib: 16,
            ..TestOptions::default()
        };
        let strong = TestServer::on_with(Arc::clone(weak.database()), options).unwrap();
        let hash = || {
            let sql = format!("SELECT hash AS value FROM passwords WHERE user_id = {id}");
            weak.database().query(&sql).unwrap().remove(0)
        };
        let caller = Caller::new(&strong);
        let before = hash();
        assert!(before.starts_with("$argon2id$v=19$m=8,"), "{before}");
        let wrong = caller.sign_in(&tenant, "ana@x.io", OTHER_PASSWORD).await;
        wrong.expect(401);
        assert_eq!(hash(), before);
        let right = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        right.expect(200);
        let stronger = hash();
        assert!(stronger.starts_with("$argon2id$v=19$m=16,"), "{stronger}");
        let again = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        again.expect(200);
        assert_eq!(hash(), stronger);
        // One that is stronger than those of today stays.
        let at_the_weak = Caller::new(&weak);
        let again = at_the_weak.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        again.expect(200);
        assert_eq!(hash(), stronger);
    }

    pub(super) async fn no_other_site_signs_anybody_in(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let body = json!({"tenant": tenant.slug, "email": "ana@x.io", "password": PASSWORD});
        for (site, expected) in [
            ("cross-site", 403),
            ("same-site", 200),
            ("same-origin", 200),
            ("none", 200),
        ] {
            let request = Caller::new(&server).request(Method::POST, PATH);
            let request = request.header("Sec-Fetch-Site", site);
            let request = request.header("Origin", "https://elsewhere.example");
            read(request.json(&body)).await.expect(expected);
        }
    }
}
