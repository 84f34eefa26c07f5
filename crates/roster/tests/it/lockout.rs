//! How often a password may be tried, by whom, and for whom.

use crate::harness::on_both;

on_both! {
    /// lockout-counter: of many attempts at once ten are tried, on all servers together; then even the right one waits.
    parallel_attempts_all_count
    /// lockout-counter: no other spelling of address or tenant begins to count anew.
    no_spelling_dodges_the_counter
    /// lockout-counter: an attempt that turns out well is taken back.
    a_success_forgives
    /// lockout-counter: users and tenants have counters of their own.
    counters_are_apart
    /// lockout-counter: a machine has a counter over all addresses, which no header of its own begins anew.
    a_machine_has_a_counter
    /// lockout-counter: behind a trusted proxy callers are told apart.
    callers_behind_a_proxy_are_told_apart
    /// audit-complete: refused sign-ins leave at most a hundred events an hour for each caller.
    refusals_are_recorded_up_to_a_hundred
    /// lockout-counter: who has a session may not guess the password with it either.
    the_present_password_is_not_guessed
}

mod body {
    use crate::caller::{Caller, OTHER_PASSWORD, PASSWORD, add_active, servers};
    use crate::harness::{Answer, Backend, Method, TestServer, TestTenant, read};
    use futures_util::future::join_all;
    use roster_domain::role::Role;
    use roster_server::testing::{TestDatabase, TestOptions};
    use serde_json::{Value, json};

    const PATH: &str = "/api/account/session";
    const WINDOW_SECONDS: i64 = 15 * 60;

    #[track_caller]
    fn is_paused(answer: &Answer, at_most: i64) {
        assert_eq!(answer.status, 429, "{}", answer.text);
        let (kind, text) = answer.fault();
        assert_eq!(kind, "RateLimitExceedError");
        assert_eq!(text, "Too many attempts; wait before the next one");
        let seconds: i64 = answer.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=at_most).contains(&seconds), "{seconds}");
    }

    pub(super) async fn parallel_attempts_all_count(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let caller = Caller::new(&servers[0]);
        let hashes = || servers.iter().map(TestServer::hashes).sum::<u64>();
        let before = hashes();
        let tenant = &tenant;
        let answers = join_all((0..30).map(|number| {
            let caller = caller.at(&servers[number % servers.len()]);
            async move {
                let wrong = format!("wrong horse {number}");
                caller.sign_in(tenant, "ana@x.io", &wrong).await
            }
        }))
        .await;
        let tried = answers.iter().filter(|answer| answer.status == 401);
        assert_eq!(tried.count(), 10);
        assert_eq!(hashes(), before + 10);
        for answer in answers.iter().filter(|answer| answer.status != 401) {
            is_paused(answer, WINDOW_SECONDS);
        }
        let right = async || {
            let mut answers = Vec::new();
            for server in &servers {
                let caller = caller.at(server);
                answers.push(caller.sign_in(tenant, "ana@x.io", PASSWORD).await);
            }
            answers
        };
        let advance = |seconds| {
            for server in &servers {
                server.advance_seconds(seconds);
            }
        };
        for answer in right().await {
            is_paused(&answer, WINDOW_SECONDS);
        }
        advance(WINDOW_SECONDS - 1);
        for answer in right().await {
            is_paused(&answer, 1);
        }
        assert_eq!(hashes(), before + 10);
        advance(1);
        for answer in right().await {
            answer.expect(200);
        }
    }

    pub(super) async fn no_spelling_dodges_the_counter(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let caller = Caller::new(&server);
        let loud = tenant.slug.to_uppercase();
        let spaced = format!("  {} ", tenant.slug);
        let tenants = [
            json!(tenant.slug),
            json!(null),
            json!(loud),
            json!(spaced),
            Value::Null,
        ];
        let emails = ["ana@x.io", "ANA@x.io", "ana@X.IO", "ａｎａ@x.io"];
        let attempt = |number: usize| {
            json!({
                "tenant": tenants[number % tenants.len()], "email": emails[number % emails.len()],
                "password": OTHER_PASSWORD,
            })
        };
        for number in 0..10 {
            caller.post(PATH, attempt(number)).await.expect(401);
        }
        for number in 0..20 {
            let mut right = attempt(number);
            right["password"] = json!(PASSWORD);
            is_paused(&caller.post(PATH, right).await, WINDOW_SECONDS);
        }
    }

    pub(super) async fn a_success_forgives(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let caller = Caller::new(&server);
        // More than a hundred attempts, of which less than a hundred fail.
        for _ in 0..11 {
            for _ in 0..9 {
                let wrong = caller.sign_in(&tenant, "ana@x.io", OTHER_PASSWORD).await;
                wrong.expect(401);
            }
            let right = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
            right.expect(200);
        }
    }

    pub(super) async fn counters_are_apart(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (tenant, other) = (
            server.tenant().await.unwrap(),
            server.tenant().await.unwrap(),
        );
        let caller = Caller::new(&server);
        for tenant in [&tenant, &other] {
            add_active(tenant, "ana@x.io", Role::Viewer).await;
            add_active(tenant, "bob@x.io", Role::Viewer).await;
        }
        for _ in 0..10 {
            let wrong = caller.sign_in(&tenant, "ana@x.io", OTHER_PASSWORD).await;
            wrong.expect(401);
        }
        let paused = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        is_paused(&paused, WINDOW_SECONDS);
        for (tenant, email) in [
            (&tenant, "bob@x.io"),
            (&other, "ana@x.io"),
            (&other, "bob@x.io"),
        ] {
            let right = caller.sign_in(tenant, email, PASSWORD).await;
            right.expect(200);
        }
        // What nobody has is counted as what somebody has.
        for _ in 0..10 {
            let wrong = caller.sign_in(&tenant, "nobody@x.io", PASSWORD).await;
            wrong.expect(401);
        }
        let paused = caller.sign_in(&tenant, "nobody@x.io", PASSWORD).await;
        is_paused(&paused, WINDOW_SECONDS);
    }

    /// An attempt at the password of one of many addresses, through as many proxies as are named.
    async fn attempt(
        caller: &Caller,
        tenant: &TestTenant,
        number: usize,
        proxied_for: &str,
    ) -> Answer {
        let body = json!({
            "tenant": tenant.slug, "email": format!("u{number}@x.io"), "password": PASSWORD,
        });
        let request = caller.request(Method::POST, PATH);
        let request = request.header("X-Forwarded-For", proxied_for);
        read(request.json(&body)).await
    }

    pub(super) async fn a_machine_has_a_counter(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let caller = Caller::new(&server);
        for number in 0..100 {
            let claimed = format!("192.0.2.{number}");
            attempt(&caller, &tenant, number, &claimed)
                .await
                .expect(401);
        }
        let paused = attempt(&caller, &tenant, 100, "192.0.2.200").await;
        is_paused(&paused, WINDOW_SECONDS);
        let right = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        is_paused(&right, WINDOW_SECONDS);
        server.advance_seconds(WINDOW_SECONDS);
        let right = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        right.expect(200);
    }

    pub(super) async fn callers_behind_a_proxy_are_told_apart(backend: Backend) {
        let options = TestOptions {
            trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
            ..TestOptions::default()
        };
        let database = TestDatabase::migrated(backend).unwrap();
        let server = TestServer::on_with(database.into(), options).unwrap();
        let tenant = server.tenant().await.unwrap();
        let caller = Caller::new(&server);
        for number in 0..100 {
            // What the caller itself claims stands before what the proxy adds.
            let claimed = format!("198.51.100.{number}, 192.0.2.1");
            attempt(&caller, &tenant, number, &claimed)
                .await
                .expect(401);
        }
        let paused = attempt(&caller, &tenant, 101, "192.0.2.1").await;
        is_paused(&paused, WINDOW_SECONDS);
        attempt(&caller, &tenant, 102, "192.0.2.2")
            .await
            .expect(401);
        attempt(&caller, &tenant, 103, "192.0.2.1, 192.0.2.3")
            .await
            .expect(401);
        let ips = "SELECT DISTINCT ip AS value FROM audit_events WHERE ip IS NOT NULL ORDER BY 1";
        assert_eq!(
            server.database().query(ips).unwrap(),
            ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
        );
    }

    pub(super) async fn refusals_are_recorded_up_to_a_hundred(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let caller = Caller::new(&server);
        let recorded = || {
            let sql = "SELECT count(*) AS value FROM audit_events WHERE action = 'session.refuse'";
            server.database().count(sql).unwrap()
        };
        for number in 0..100 {
            attempt(&caller, &tenant, number, "").await.expect(401);
        }
        assert_eq!(recorded(), 100);
        // A pause is no attempt.
        let paused = attempt(&caller, &tenant, 100, "").await;
        is_paused(&paused, WINDOW_SECONDS);
        server.advance_seconds(WINDOW_SECONDS);
        attempt(&caller, &tenant, 101, "").await.expect(401);
        assert_eq!(recorded(), 100);
        server.advance_seconds(3 * WINDOW_SECONDS);
        attempt(&caller, &tenant, 102, "").await.expect(401);
        assert_eq!(recorded(), 101);
    }

    pub(super) async fn the_present_password_is_not_guessed(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let id = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let sessions = [
            tenant.session(id).await.unwrap(),
            tenant.session(id).await.unwrap(),
        ];
        let callers = sessions.map(|session| Caller::new(&server).with(&session));
        let change = async |number: usize, current: &str, password: &str| {
            let body = json!({"current_password": current, "password": password});
            let caller = &callers[number % callers.len()];
            caller.put("/api/account/password", body).await
        };
        // Who knows it guesses nothing, be the new one good enough or not.
        for number in 0..12 {
            change(number, PASSWORD, "12345678").await.expect(422);
        }
        for number in 0..10 {
            let wrong = change(number, "wrong horse battery", OTHER_PASSWORD).await;
            let record = wrong.expect(422).json()["record"].clone();
            let text = "is not your present password";
            assert_eq!(record, json!({"current_password": [text]}));
        }
        let hashes = server.hashes();
        is_paused(&change(0, PASSWORD, OTHER_PASSWORD).await, WINDOW_SECONDS);
        assert_eq!(server.hashes(), hashes);
        server.advance_seconds(WINDOW_SECONDS);
        change(0, PASSWORD, OTHER_PASSWORD).await.expect(204);
    }
}
