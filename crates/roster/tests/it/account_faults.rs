//! Bad input at every route of accounts and pages: whatever comes, it is the client's fault, and the server lives on.

use crate::harness::on_both;

on_both! {
    /// huge-input: any body, token, id and cookie gives no 5xx, and every fault the envelope of its dialect.
    no_input_is_a_fault_of_the_server
    /// restore-exact: restored, a user signs in with the old password; sessions, links and keys stay gone.
    a_restored_user_has_its_password
    /// Pages of other origins may call the APIs where that is set, and nowhere else.
    other_origins_are_let_in_where_that_is_set
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, TestServer, TestTenant, UserFixture, read};
    use reqwest::header::{COOKIE, ORIGIN};
    use roster_domain::link::LinkKind;
    use roster_domain::role::Role;
    use roster_server::http::{account, pages, route::Route};
    use roster_server::testing::{TestDatabase, TestOptions};
    use serde_json::{Value, json};

    const PASSWORD: &str = "correct horse battery staple";

    fn bodies() -> Vec<Vec<u8>> {
        let megabyte = "é".repeat(500_000);
        let mut bodies: Vec<Vec<u8>> = [
            "",
            "{",
            "[]",
            "null",
            "\"\"",
            "{}",
            "{\"a\":1}",
            "csrf_token=%ff&password=%00",
            "=&=&=",
            "%",
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec();
        bodies.push(b"\xff\xfe\0".to_vec());
        bodies.push("[".repeat(100_000).into_bytes());
        bodies.push(vec![b'a'; 1_100_000]);
        for value in [
            json!(null),
            json!(0),
            json!(-1),
            json!(1e300),
            json!([]),
            json!({"a": {}}),
            json!("\u{0}"),
            json!("\u{202e}\u{feff}💥"),
            json!(megabyte),
        ] {
            let fields = [
                "tenant",
                "email",
                "password",
                "current_password",
                "name",
                "title",
                "job_title",
                "label",
                "expires_in_days",
                "overlap_minutes",
                "csrf_token",
            ];
            // All fields at once: a route looks at those that it knows, one by one.
            for fields in [
                &fields[..],
                &fields[..3],
                &fields[3..4],
                &fields[4..7],
                &fields[7..10],
            ] {
                let body: serde_json::Map<String, Value> = fields
                    .iter()
                    .map(|field| ((*field).to_owned(), value.clone()))
                    .collect();
                bodies.push(Value::Object(body).to_string().into_bytes());
            }
        }
        bodies
    }

    fn paths(route: &Route, link: &str) -> Vec<String> {
        let words = [
            "0",
            "-1",
            "9223372036854775808",
            "%00",
            "%ff",
            "é",
            "a%2fb",
            link,
        ];
        match route.pattern.contains('{') {
            false => vec![route.pattern.to_owned()],
            true => words
                .iter()
                .map(|word| {
                    let named = route.pattern.replace("{id}", word);
                    named.replace("{token}", word).replace("{slug}", word)
                })
                .collect(),
        }
    }

    #[track_caller]
    fn is_sound(answer: &Answer, what: &str) {
        let status = answer.status.as_u16();
        assert!(status < 500, "{what}: {status} {}", answer.text);
        if status >= 400 && what.contains(" /api/") && !what.starts_with("HEAD") {
            let body = answer.json();
            assert_eq!(body["error"]["type"], body["type"], "{what}");
            assert!(!body["message"].as_str().unwrap().is_empty(), "{what}");
        }
    }

    pub(super) async fn no_input_is_a_fault_of_the_server(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let user = tenant
            .user(UserFixture::active("ana@x.io", Role::Viewer))
            .await;
        let user = user.unwrap();
        let api = Api::anonymous(&server.base_url());
        let bodies = bodies();
        for route in account::ROUTES.iter().chain(pages::ROUTES) {
            let session = tenant.session(user).await.unwrap();
            let link = tenant.link(user, LinkKind::PasswordReset).await.unwrap();
            let cookies = [
                format!("roster_session={}", session.cookie),
                format!("roster_session=; roster_session={}", "a".repeat(43)),
                format!("roster_form=é; roster_session={}", "x".repeat(4_000)),
            ];
            let method: Method = route.method.parse().unwrap();
            let cases = paths(route, &link);
            for (number, body) in bodies.iter().enumerate() {
                let path = &cases[number % cases.len()];
                let cookie = &cookies[number % cookies.len()];
                let request = api
                    .request(method.clone(), path)
                    .header(COOKIE, cookie.as_bytes())
                    .header("X-CSRF-Token", &session.csrf_token)
                    .header(
                        "Content-Type",
                        ["application/json", "application/x-www-form-urlencoded", "x"][number % 3],
                    )
                    .body(body.clone());
                let what = format!("{method} {path} {number}");
                is_sound(&read(request).await, &what);
            }
        }
        api.get("/sign_in").await.expect(200);
    }

    async fn sign_in(server: &TestServer, tenant: &TestTenant, email: &str) -> Answer {
        let body = json!({"tenant": tenant.slug, "email": email, "password": PASSWORD});
        let api = Api::anonymous(&server.base_url());
        api.post("/api/account/session", body).await
    }

    pub(super) async fn a_restored_user_has_its_password(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let ana = tenant
            .user_with_key("ana@x.io", Role::Viewer)
            .await
            .unwrap();
        tenant.password(ana.id, PASSWORD).await.unwrap();
        let session = tenant.session(ana.id).await.unwrap();
        let link = tenant.link(ana.id, LinkKind::PasswordReset).await.unwrap();
        let admin = Api::admin(&server, &tenant);
        admin
            .delete(&format!("/users/{}.json", ana.id))
            .await
            .expect(200);
        sign_in(&server, &tenant, &ana.email).await.expect(401);
        admin
            .post("/users/restore.json", json!({"id": ana.id}))
            .await
            .expect(200);
        sign_in(&server, &tenant, &ana.email).await.expect(200);
        let key = Api::new(&server.base_url(), &ana.key);
        key.get("/users/info.json").await.expect(401);
        let nobody = Api::anonymous(&server.base_url());
        let cookie = format!("roster_session={}", session.cookie);
        let request = nobody.request(Method::GET, "/api/account/session");
        read(request.header(COOKIE, cookie)).await.expect(401);
        let path = format!("/api/account/password_resets/{link}");
        let reset = nobody
            .put(&path, json!({"password": "another horse battery"}))
            .await;
        reset.expect(404);
    }

    pub(super) async fn other_origins_are_let_in_where_that_is_set(backend: Backend) {
        const FRIEND: &str = "https://intranet.example";
        let options = TestOptions {
            cors_origins: vec![FRIEND.to_owned()],
            ..TestOptions::default()
        };
        let database = TestDatabase::migrated(backend).unwrap();
        let open = TestServer::on_with(database.into(), options).unwrap();
        let closed = TestServer::start(backend).await.unwrap();
        for (server, origin, allowed) in [
            (&open, FRIEND, true),
            (&open, "https://intranet.example.evil.example", false),
            (&open, "http://intranet.example", false),
            (&closed, FRIEND, false),
        ] {
            let api = Api::anonymous(&server.base_url());
            for method in [Method::GET, Method::OPTIONS] {
                let request = api
                    .request(method.clone(), "/api/account/session")
                    .header(ORIGIN, origin)
                    .header("Access-Control-Request-Method", "DELETE")
                    .header(
                        "Access-Control-Request-Headers",
                        "x-csrf-token, idempotency-key",
                    );
                let answer = read(request).await;
                let told = answer.headers.get("access-control-allow-origin");
                let told = told.map(|value| value.to_str().unwrap());
                assert_eq!(told, allowed.then_some(origin), "{method} {origin}");
                if method == Method::OPTIONS && allowed {
                    let methods = answer.headers["access-control-allow-methods"].to_str();
                    assert!(methods.unwrap().contains("DELETE"));
                } else if allowed {
                    let shown = answer.headers["access-control-expose-headers"].to_str();
                    assert!(shown.unwrap().contains("idempotency-replayed"));
                }
            }
        }
    }
}
