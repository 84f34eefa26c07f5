//! Sessions: how long they last, what is shown of them, and how browsers carry them.

use crate::harness::on_both;

on_both! {
    /// A session ends when nobody has used it for two weeks, and each use begins them anew.
    an_idle_session_ends
    /// A session ends after ninety days, however often it is used.
    a_session_ends_in_any_case
    /// The last use of a session is written down, once a minute at most.
    the_last_use_is_recorded_once_a_minute
    /// The list shows all that have not ended, and which of them asks.
    the_list_shows_which_one_asks
    /// revoked-now: a session that is ended, by itself or by another, is refused at once.
    an_ended_session_is_refused
    /// The cookie is out of reach for scripts and other sites' forms, and lives as long as the session.
    the_cookie_says_how_it_may_be_used
    /// Cookies of all sorts beside the session's do not matter.
    odd_cookies_do_not_matter
    /// Without the text of the session's own pages a session only reads.
    a_session_alone_only_reads
    /// What a browser calls itself is kept as far as it is of use.
    the_browser_is_named
}

mod body {
    use crate::caller::{Caller, PASSWORD, add_active, servers, session_cookie};
    use crate::harness::{Backend, Method, TestServer, TestTenant, read};
    use crate::raw::Raw;
    use crate::stored::{audit_trail, rows};
    use reqwest::header::{COOKIE, SET_COOKIE, USER_AGENT};
    use roster_domain::id::UserId;
    use roster_domain::role::Role;
    use roster_server::testing::{TestDatabase, TestOptions, TestSession};
    use serde_json::{Value, json};
    use std::time::{Duration, Instant};

    const DAY_SECONDS: i64 = 86_400;
    const PATH: &str = "/api/account/session";

    async fn start(backend: Backend) -> (TestServer, TestTenant, UserId, TestSession) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let session = tenant.session(user).await.unwrap();
        (server, tenant, user, session)
    }

    fn last_seen(server: &TestServer, session: &TestSession) -> i64 {
        let sql = format!(
            "SELECT last_seen_at AS value FROM sessions WHERE id = {}",
            session.id
        );
        let micros = server.database().count(&sql).unwrap() - TestServer::EPOCH_MICROS;
        assert_eq!(micros % 1_000_000, 0);
        micros / 1_000_000
    }

    /// The use is written down after the answer.
    async fn becomes(server: &TestServer, session: &TestSession, seconds: i64) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let before = last_seen(server, session);
        loop {
            let now = last_seen(server, session);
            if now == seconds {
                return;
            }
            // Nothing else may be written on the way there.
            assert_eq!(now, before);
            assert!(Instant::now() < deadline, "it stays {now}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn an_idle_session_ends(backend: Backend) {
        let (server, _, _, session) = start(backend).await;
        let caller = Caller::new(&server).with(&session);
        let own = caller.get(PATH).await.expect(200).json();
        assert_eq!(own["expires_at"], "2026-01-15T00:00:00.000Z");
        server.advance_seconds(14 * DAY_SECONDS - 1);
        caller.get(PATH).await.expect(200);
        becomes(&server, &session, 14 * DAY_SECONDS - 1).await;
        let own = caller.get(PATH).await.expect(200).json();
        assert_eq!(own["expires_at"], "2026-01-28T23:59:59.000Z");
        server.advance_seconds(14 * DAY_SECONDS);
        assert!(!caller.is_in().await);
        let (_, text) = caller.get(PATH).await.expect(401).fault();
        assert_eq!(text, "The session has ended; sign in again");
    }

    pub(super) async fn a_session_ends_in_any_case(backend: Backend) {
        let (server, _, _, session) = start(backend).await;
        let caller = Caller::new(&server).with(&session);
        for day in 1..=9 {
            server.advance_seconds(if day == 9 {
                10 * DAY_SECONDS - 1
            } else {
                10 * DAY_SECONDS
            });
            let own = caller.get(PATH).await.expect(200).json();
            assert!(own["expires_at"].as_str().unwrap() <= "2026-04-01T00:00:00.000Z");
            let seen = if day == 9 {
                90 * DAY_SECONDS - 1
            } else {
                day * 10 * DAY_SECONDS
            };
            becomes(&server, &session, seen).await;
        }
        server.advance_seconds(1);
        assert!(!caller.is_in().await);
    }

    pub(super) async fn the_last_use_is_recorded_once_a_minute(backend: Backend) {
        let (server, _, _, session) = start(backend).await;
        let caller = Caller::new(&server).with(&session);
        server.advance_seconds(59);
        caller.get(PATH).await.expect(200);
        server.advance_seconds(1);
        // Neither a refusal nor a fault is a use.
        caller
            .delete("/api/account/sessions/4711")
            .await
            .expect(404);
        caller
            .unconfirmed()
            .post("/api/account/keys", json!({}))
            .await
            .expect(403);
        caller.get(PATH).await.expect(200);
        becomes(&server, &session, 60).await;
        server.advance_seconds(59);
        for _ in 0..5 {
            caller.get(PATH).await.expect(200);
        }
        // Reads and writes count alike, and had one of the five been written down, this would not be.
        server.advance_seconds(1);
        caller
            .patch("/api/account/profile", json!({"title": "Dr"}))
            .await
            .expect(200);
        becomes(&server, &session, 120).await;
    }

    pub(super) async fn the_list_shows_which_one_asks(backend: Backend) {
        let (server, tenant, user, first) = start(backend).await;
        let other = add_active(&tenant, "bob@x.io", Role::Viewer).await;
        tenant.session(other).await.unwrap();
        server.advance_seconds(DAY_SECONDS);
        let second = tenant.session(user).await.unwrap();
        let caller = Caller::new(&server);
        let listed = |id: &Value, day: u32, current: bool| {
            json!({
                "id": id, "current": current, "ip": null, "user_agent": null,
                "created_at": format!("2026-01-0{day}T00:00:00.000Z"),
                "last_seen_at": format!("2026-01-0{day}T00:00:00.000Z"),
                "expires_at": format!("2026-01-{}T00:00:00.000Z", day + 14),
            })
        };
        let sessions = async |session: &TestSession| {
            let caller = caller.with(session);
            let list = caller.get("/api/account/sessions").await.expect(200);
            list.json()["sessions"].clone()
        };
        let (one, two) = (json!(first.id), json!(second.id));
        assert_eq!(
            sessions(&second).await,
            json!([listed(&two, 2, true), listed(&one, 1, false)])
        );
        server.advance_seconds(13 * DAY_SECONDS);
        // The first has ended now, but its row is still there.
        assert_eq!(sessions(&second).await.as_array().unwrap().len(), 1);
        let rows = "SELECT count(*) AS value FROM sessions";
        assert_eq!(server.database().count(rows).unwrap(), 3);
        let signed_in = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        let caller = caller.begun_by(&signed_in.expect(200));
        let list = caller.get("/api/account/sessions").await.expect(200).json();
        assert_eq!(list["sessions"][0]["current"], true);
        assert_eq!(list["sessions"][0]["ip"], "127.0.0.1");
        assert_eq!(list["sessions"][1]["current"], false);
    }

    pub(super) async fn an_ended_session_is_refused(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let mut sessions = Vec::new();
        for _ in 0..3 {
            sessions.push(tenant.session(user).await.unwrap());
        }
        let caller = Caller::new(&servers[0]);
        let callers: Vec<_> = sessions.iter().map(|s| caller.with(s)).collect();
        // One ends another, one ends itself by its number, one signs out.
        let path = |session: &TestSession| format!("/api/account/sessions/{}", session.id);
        callers[0].delete(&path(&sessions[1])).await.expect(204);
        callers[0].delete(&path(&sessions[1])).await.expect(404);
        let ended = callers[2].delete(&path(&sessions[2])).await;
        ended.expect(204);
        for server in &servers {
            let states = [
                callers[0].at(server).is_in().await,
                callers[1].at(server).is_in().await,
                callers[2].at(server).is_in().await,
            ];
            assert_eq!(states, [true, false, false]);
        }
        let out = callers[0].delete(PATH).await.expect(204);
        let cookie = out.headers[SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("roster_session=;"), "{cookie}");
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
        for server in &servers {
            assert!(!callers[0].at(server).is_in().await);
        }
        callers[0].delete(PATH).await.expect(401);
        let trail = audit_trail(servers[0].database());
        let ended = trail
            .iter()
            .filter(|event| event["action"] == "session.end");
        assert_eq!(ended.count(), 3);
    }

    pub(super) async fn the_cookie_says_how_it_may_be_used(backend: Backend) {
        let database = std::sync::Arc::new(TestDatabase::migrated(backend).unwrap());
        let options = TestOptions {
            public_url: Some("https://roster.example".to_owned()),
            ..TestOptions::default()
        };
        let plain = TestServer::on(std::sync::Arc::clone(&database)).unwrap();
        let tenant = plain.tenant().await.unwrap();
        add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let behind_tls = TestServer::on_with(database, options).unwrap();
        for (server, is_secure) in [(&plain, false), (&behind_tls, true)] {
            let caller = Caller::new(server);
            let answer = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
            let answer = answer.expect(200);
            assert_eq!(answer.headers.get_all(SET_COOKIE).iter().count(), 1);
            let caller = caller.begun_by(&answer);
            let out = caller.delete(PATH).await.expect(204);
            for (answer, age) in [(&answer, "Max-Age=7776000"), (&out, "Max-Age=0")] {
                let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
                let mut parts: Vec<&str> = cookie.split("; ").skip(1).collect();
                parts.sort_unstable();
                let mut expected = vec!["HttpOnly", age, "Path=/", "SameSite=Lax"];
                if is_secure {
                    expected.push("Secure");
                }
                expected.sort_unstable();
                assert_eq!(parts, expected, "{cookie}");
            }
            let token = session_cookie(&answer);
            assert_eq!(token.len(), 43);
            assert!(!answer.text.contains(&token));
        }
    }

    pub(super) async fn odd_cookies_do_not_matter(backend: Backend) {
        let (server, _, _, session) = start(backend).await;
        let good = format!("roster_session={}", session.cookie);
        let get = async |cookies: &[&[u8]]| {
            let mut head = b"GET /api/account/session HTTP/1.1\r\nHost: x\r\n".to_vec();
            for cookie in cookies {
                head.extend_from_slice(b"Cookie: ");
                head.extend_from_slice(cookie);
                head.extend_from_slice(b"\r\n");
            }
            let mut client = Raw::connect(&server.base_url()).await;
            client.send(head).await;
            client.send("Connection: close\r\n\r\n").await;
            let answer = client.read_to_end().await;
            String::from_utf8_lossy(&answer)[9..12].to_owned()
        };
        let beside = |other: &[u8], is_first: bool| {
            let (good, between) = (good.as_bytes(), &b"; "[..]);
            if is_first {
                [other, between, good].concat()
            } else {
                [good, between, other].concat()
            }
        };
        let others: &[&[u8]] = &[
            b"theme=dark",
            b"nameless",
            b"=nothing",
            b";;; ,",
            b"a=b=c",
            b"roster=1",
            b"Roster_Session=other",
            b"latin=caf\xe9",
            b"utf=caf\xc3\xa9",
            b"percent=%ff%",
            b"quoted=\"a; b\"",
        ];
        for other in others {
            for is_first in [true, false] {
                let cookie = beside(other, is_first);
                assert_eq!(get(&[&cookie]).await, "200", "{cookie:?}");
            }
            assert_eq!(get(&[other, good.as_bytes()]).await, "200");
        }
        // Of several the first counts, wherever it stands.
        let faulty = format!("roster_session={}x", session.cookie);
        for other in [
            &b"roster_session="[..],
            b"roster_session=%ff",
            faulty.as_bytes(),
        ] {
            assert_eq!(get(&[&beside(other, false)]).await, "200");
            assert_eq!(get(&[&beside(other, true)]).await, "401");
            assert_eq!(get(&[good.as_bytes(), other]).await, "200");
            assert_eq!(get(&[other, good.as_bytes()]).await, "401");
        }
        let long = format!("roster_session={}", "a".repeat(20_000));
        assert_eq!(get(&[long.as_bytes()]).await, "401");
        assert_eq!(get(&[]).await, "401");
    }

    pub(super) async fn a_session_alone_only_reads(backend: Backend) {
        let (server, _, _, session) = start(backend).await;
        let caller = Caller::new(&server).with(&session);
        let alone = caller.unconfirmed();
        alone.get(PATH).await.expect(200);
        read(alone.request(Method::HEAD, PATH)).await.expect(200);
        let before = rows(server.database(), &["name", "title"], "users", "id");
        for proof in ["", "x", &session.cookie, &session.csrf_token[1..]] {
            let request = alone.request(Method::PATCH, "/api/account/profile");
            let request = request.header("X-CSRF-Token", proof);
            let answer = read(request.json(&json!({"name": "Eve"}))).await;
            assert_eq!(answer.expect(403).fault().0, "PermissionDeniedError");
        }
        // It is told to those only who have a session, and the proof alone is none.
        let request = Caller::new(&server).request(Method::DELETE, PATH);
        let request = request.header("X-CSRF-Token", &session.csrf_token);
        let (_, text) = read(request).await.expect(401).fault();
        assert_eq!(text, "Sign in first");
        let request = alone.request(Method::DELETE, PATH);
        let request = request.header(COOKIE, "roster_session=x");
        read(request).await.expect(403);
        assert_eq!(
            rows(server.database(), &["name", "title"], "users", "id"),
            before
        );
        assert!(caller.is_in().await);
    }

    pub(super) async fn the_browser_is_named(backend: Backend) {
        let (server, tenant, user, _) = start(backend).await;
        let body = json!({"tenant": tenant.slug, "email": "ana@x.io", "password": PASSWORD});
        let long = "L".repeat(5_000);
        for (name, kept) in [
            (&b"Firefox/1"[..], json!("Firefox/1")),
            (b"", json!("")),
            (b"caf\xc3\xa9", json!(null)),
            (b"\xff", json!(null)),
            (long.as_bytes(), json!("L".repeat(255))),
        ] {
            let request = Caller::new(&server).request(Method::POST, PATH);
            let request = request.header(USER_AGENT, name).json(&body);
            read(request).await.expect(200);
            let named = rows(
                server.database(),
                &["user_agent"],
                &format!("sessions WHERE user_id = {user}"),
                "id DESC",
            );
            assert_eq!(named[0]["user_agent"], kept);
        }
    }
}
