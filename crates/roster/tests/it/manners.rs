//! Limits that settings set, and what every answer tells browsers.

use crate::harness::on_both;

on_both! {
    /// A key that asks too often is refused in the words of its dialect, and told when it may again.
    a_key_has_its_requests_a_minute
    /// An address has its own limit, whatever keys come from it, and a trusted proxy's word counts.
    an_address_has_its_requests_a_minute
    /// A head that is too large is refused in the words of its dialect.
    a_large_head_is_refused
    /// Clients that begin and do not go on are hung up on, and so are those that ask nothing more.
    slow_clients_are_hung_up_on
    /// Of long lists only so many are sent at once; short ones do not count.
    long_lists_have_a_limit
    /// Every answer carries the headers that keep browsers from misusing it.
    every_answer_is_guarded
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, TestDatabase, TestServer, read};
    use crate::raw::Raw;
    use crate::rows;
    use roster_server::testing::TestOptions;
    use serde_json::json;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    fn start(backend: Backend, limits: &'static str) -> TestServer {
        let database = Arc::new(TestDatabase::migrated(backend).unwrap());
        let trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        let options = TestOptions {
            limits,
            trusted_proxies,
            ..TestOptions::default()
        };
        TestServer::on_with(database, options).unwrap()
    }

    /// Limit, remaining and reset as an answer tells them.
    fn told(answer: &Answer) -> [u64; 3] {
        ["limit", "remaining", "reset"].map(|name| {
            let value = &answer.headers[format!("ratelimit-{name}")];
            value.to_str().unwrap().parse().unwrap()
        })
    }

    pub(super) async fn a_key_has_its_requests_a_minute(backend: Backend) {
        // One each half a minute comes back: longer than this test takes.
        let server = start(backend, "requests_per_key = 2");
        for path in ["/users.json", "/api/v2/users", "/api/account/keys"] {
            let tenant = server.tenant().await.unwrap();
            let api = Api::admin(&server, &tenant);
            let first = api.get(path).await;
            assert_ne!(first.status, 429);
            assert_eq!(told(&first), [2, 1, 30]);
            let second = api.get("/nothing").await.expect(404);
            assert_eq!(told(&second), [2, 0, 60]);
            let refused = api.get(path).await.expect(429);
            let wait = refused.headers["retry-after"].to_str().unwrap();
            assert!((1..=30).contains(&wait.parse::<u64>().unwrap()), "{wait}");
            assert_eq!(told(&refused), [2, 0, 60]);
            let text = format!("Too many requests; try again in {wait} s");
            if path == "/users.json" {
                assert_eq!(refused.json(), json!({"errors": [text]}));
            } else {
                assert_eq!(refused.json()["type"], "RateLimitExceedError");
                assert_eq!(refused.json()["message"], text);
            }
            // By whichever header it comes, it is the same key; others have their own.
            let bearer = Api::anonymous(&server.base_url())
                .request(Method::GET, path)
                .header("Authorization", format!("Bearer {}", tenant.admin.key));
            read(bearer).await.expect(429);
            Api::anonymous(&server.base_url())
                .get(path)
                .await
                .expect(401);
            api.get("/readyz").await.expect(200);
        }
    }

    pub(super) async fn an_address_has_its_requests_a_minute(backend: Backend) {
        let server = start(backend, "requests_per_address = 2\nrequests_per_key = 100");
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let from = async |address: &str| {
            let request = api.request(Method::GET, "/users.json");
            read(request.header("X-Forwarded-For", address)).await
        };
        for (address, neighbour) in [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::ffff:1"),
        ] {
            assert_eq!(told(&from(address).await.expect(200)), [2, 1, 30]);
            from(neighbour).await.expect(200);
            from(address).await.expect(429);
        }
        from("192.0.2.2").await.expect(200);
        // The page says it to people.
        let page = async || {
            let request = Api::anonymous(&server.base_url()).request(Method::GET, "/sign_in");
            read(request.header("X-Forwarded-For", "192.0.2.9")).await
        };
        page().await.expect(200);
        page().await.expect(200);
        let refused = page().await.expect(429);
        assert!(
            refused.text.contains("Too many requests"),
            "{}",
            refused.text
        );
        assert!(refused.headers.contains_key("retry-after"));
    }

    pub(super) async fn a_large_head_is_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let text = "Path and headers are larger than 32 KiB";
        let huge = "a".repeat(32_768);
        let request = api.request(Method::GET, "/users.json");
        let answer = read(request.header("X-Other", &huge)).await.expect(431);
        assert_eq!(answer.errors(), [text]);
        let path = format!("/api/v2/users?{huge}");
        assert_eq!(api.get(&path).await.expect(431).json()["message"], text);
        let page = api.get(&format!("/sign_in?{huge}")).await.expect(431);
        assert!(page.text.starts_with("<!DOCTYPE html>"), "{}", page.text);
        let request = api.request(Method::GET, "/users.json");
        let fits = "a".repeat(32_000);
        read(request.header("X-Other", fits)).await.expect(200);
    }

    pub(super) async fn slow_clients_are_hung_up_on(backend: Backend) {
        let limits = "head_seconds = 1\nbody_seconds = 1\nkeep_alive_seconds = 1";
        let server = start(backend, limits);
        let tenant = server.tenant().await.unwrap();
        let key = &tenant.admin.key;
        let head = format!("POST /groups.json HTTP/1.1\r\nHost: x\r\nX-Holistics-Key: {key}\r\n");
        for (sent, status) in [
            ("GET /users.json HTTP/1.1\r\nHo".to_owned(), " 408 "),
            (format!("{head}Content-Length: 9\r\n\r\n{{"), " 408 "),
            (
                format!("GET /users.json HTTP/1.1\r\nHost: x\r\nX-Holistics-Key: {key}\r\n\r\n"),
                " 200 ",
            ),
        ] {
            let mut client = Raw::connect(&server.base_url()).await;
            client.send(&sent).await;
            // It ends, although this side keeps it open.
            let answer = String::from_utf8(client.read_to_end().await).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1{status}")), "{answer}");
        }
    }

    pub(super) async fn long_lists_have_a_limit(backend: Backend) {
        let server = start(backend, "long_lists_at_once = 2");
        let tenant = server.tenant().await.unwrap();
        let small = server.tenant().await.unwrap();
        rows::add_users(&server, &tenant, 20_000, "Ana");
        let mut readers = Vec::new();
        for _ in 0..2 {
            let mut client = Raw::connect_slow(&server.base_url()).await;
            client.get("/users.json", &tenant.admin.key).await;
            let head = client.read_head().await;
            assert!(head.starts_with(b"HTTP/1.1 200 "));
            readers.push(client);
        }
        let api = Api::admin(&server, &tenant);
        let refused = api.get("/users.json").await.expect(503);
        let text = "The service is busy; nothing was done, try again";
        assert_eq!(refused.errors(), [text]);
        assert_eq!(refused.headers["retry-after"], "1");
        let others = Api::admin(&server, &small);
        others.get("/users.json").await.expect(200);
        // Whoever goes away makes room.
        readers.pop();
        let deadline = Instant::now() + Duration::from_secs(60);
        while api.get("/users.json").await.status != 200 {
            assert!(Instant::now() < deadline, "the place is never free again");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(super) async fn every_answer_is_guarded(backend: Backend) {
        let database = Arc::new(TestDatabase::migrated(backend).unwrap());
        let options = TestOptions {
            public_url: Some("https://roster.example".to_owned()),
            ..TestOptions::default()
        };
        let server = TestServer::on_with(database, options).unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let paths = [
            "/users.json",
            "/nothing",
            "/api/v2/users",
            "/api/v2/users/4711",
            "/api/account/session",
            "/sign_in",
            "/invitations/x",
            "/assets/style.css",
            "/healthz",
            "/readyz",
        ];
        let plain = TestServer::start(backend).await.unwrap();
        for path in paths {
            let answer = api.get(path).await;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "no-referrer"),
                ("strict-transport-security", "max-age=31536000"),
            ] {
                assert_eq!(answer.headers[name], value, "{path}");
            }
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            assert!(
                policy.starts_with("default-src 'none'; "),
                "{path}: {policy}"
            );
            assert!(
                policy.ends_with("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
            let is_asset = path.starts_with("/assets");
            let cache = answer.headers["cache-control"].to_str().unwrap();
            assert_eq!(cache == "no-store", !is_asset, "{path}: {cache}");
            // Without TLS there is nothing to insist on.
            let answer = api.without_key(&plain.base_url()).get(path).await;
            assert!(!answer.headers.contains_key("strict-transport-security"));
        }
    }
}
