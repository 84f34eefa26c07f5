//! What all pages have in common: their headers, their HTML, their cookies and where they lead.

use crate::harness::on_both;

on_both! {
    /// Whatever a page's route answers, the browser is told to load nothing from elsewhere and to leave no traces.
    every_answer_has_the_headers
    /// Each page has a language, one heading, a title of its own, labels for all fields, and nothing that runs.
    every_page_can_be_read_by_all
    /// HEAD is answered as GET is.
    head_is_answered_as_get_is
    /// Cookies cannot be read by scripts or sent by other sites, and insist on TLS where people come by it.
    cookies_are_kept_close
    /// Nothing that a visitor sends decides where a browser is sent.
    no_redirect_leads_elsewhere
}

mod body {
    use crate::harness::{Answer, Backend, Method, TestServer, TestTenant, read};
    use crate::visitor::{Visitor, between, csrf_token, heading, location};
    use reqwest::header::{HOST, SET_COOKIE};
    use roster_domain::link::LinkKind;
    use roster_server::http::pages::ROUTES;
    use roster_server::testing::TestOptions;
    use std::collections::BTreeSet;

    const PASSWORD: &str = "correct horse battery staple";

    /// A server, a tenant whose admin has a password, and the admin's browser.
    async fn start(backend: Backend) -> (TestServer, TestTenant, Visitor) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = tenant.admin.id;
        tenant.password(admin, PASSWORD).await.unwrap();
        let session = tenant.session(admin).await.unwrap();
        let visitor = Visitor::with_session(&server, &session.cookie);
        (server, tenant, visitor)
    }

    #[track_caller]
    fn has_headers(answer: &Answer, what: &str) {
        let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";
        for (name, value) in [
            ("content-security-policy", policy),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers[name], value, "{what}");
        }
        if !answer.text.is_empty() {
            let kind = &answer.headers["content-type"];
            assert_eq!(kind, "text/html; charset=utf-8", "{what}");
        }
    }

    pub(super) async fn every_answer_has_the_headers(backend: Backend) {
        let (server, _, signed_in) = start(backend).await;
        for visitor in [&Visitor::new(&server), &signed_in] {
            for route in ROUTES {
                let path = route.pattern.replace("{slug}", "acme").replace("{id}", "1");
                let path = path.replace("{token}", &"a".repeat(43));
                for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT] {
                    let answer = read(visitor.request(method.clone(), &path)).await;
                    assert!(answer.status.as_u16() < 500, "{method} {path}");
                    has_headers(&answer, &format!("{method} {path}"));
                }
            }
        }
    }

    /// All pages that are seen without a fault, and some with one.
    async fn pages(tenant: &TestTenant, visitor: &Visitor, signed_in: &Visitor) -> Vec<Answer> {
        let admin = tenant.admin.id;
        let reset = tenant.link(admin, LinkKind::PasswordReset).await.unwrap();
        let pending = roster_server::testing::UserFixture {
            status: roster_domain::user::Status::Pending,
            ..roster_server::testing::UserFixture::active(
                "ana@x.io",
                roster_domain::role::Role::Viewer,
            )
        };
        let ana = tenant.user(pending).await.unwrap();
        let invitation = tenant.link(ana, LinkKind::Invitation).await.unwrap();
        let (reset, invitation) = (
            format!("/password_resets/{reset}"),
            format!("/invitations/{invitation}"),
        );
        let mut pages = Vec::new();
        for path in ["/sign_in", &reset, &invitation, "/password_resets/new"] {
            pages.push(visitor.get(path).await.expect(200));
        }
        pages.push(
            visitor
                .get("/password_resets/new?done=requested")
                .await
                .expect(200),
        );
        pages.push(signed_in.get("/account").await.expect(200));
        for (path, fields) in [
            (reset.as_str(), [("password", "short")]),
            (&invitation, [("password", "short")]),
            ("/password_resets/new", [("email", "nobody")]),
        ] {
            pages.push(visitor.fill(path, &fields).await.expect(422));
        }
        let wrong = [("current_password", "wrong"), ("password", "short")];
        let answer = signed_in.submit("/account", "/account/password", &wrong);
        pages.push(answer.await.expect(422));
        let key = [
            ("label", "<script>alert(1)</script>"),
            ("expires_in_days", ""),
        ];
        let answer = signed_in.submit("/account", "/account/keys", &key);
        pages.push(answer.await.expect(200));
        pages.push(visitor.get("/account/nothing").await.expect(404));
        pages
    }

    pub(super) async fn every_page_can_be_read_by_all(backend: Backend) {
        let (server, tenant, signed_in) = start(backend).await;
        let mut titles = BTreeSet::new();
        for page in pages(&tenant, &Visitor::new(&server), &signed_in).await {
            let html = &page.text;
            assert!(
                html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"),
                "{html}"
            );
            assert!(
                html.contains("<main>") && html.contains("<header"),
                "{html}"
            );
            heading(&page);
            titles.insert(between(html, "<title>", "</title>").to_owned());
            for dangerous in [
                "<script",
                "javascript:",
                " style=",
                "<style",
                "http://",
                "https://",
            ] {
                let html = html.replace("http://www.w3.org/2000/svg", "");
                assert!(!html.contains(dangerous), "{dangerous} in {html}");
            }
            let tags: Vec<&str> = html
                .split('<')
                .filter_map(|tag| tag.split('>').next())
                .collect();
            for tag in &tags {
                assert!(!tag.contains(" on"), "{tag}");
            }
            every_field_has_a_label(html, &tags);
        }
        // The account is seen twice without a fault.
        assert_eq!(titles.len(), 11, "{titles:?}");
    }

    #[track_caller]
    fn every_field_has_a_label(html: &str, tags: &[&str]) {
        let mut ids = BTreeSet::new();
        for tag in tags {
            if let Some((_, rest)) = tag.split_once(" id=\"") {
                assert!(
                    ids.insert(rest.split('"').next().unwrap()),
                    "{tag} twice in {html}"
                );
            }
        }
        for tag in tags {
            let kind = tag.split_whitespace().next().unwrap_or_default();
            let is_seen = !tag.contains("type=\"hidden\"") && !tag.contains(" hidden");
            if !["input", "select"].contains(&kind) || !is_seen {
                continue;
            }
            let id = between(tag, "id=\"", "\"");
            assert!(html.contains(&format!("<label for=\"{id}\">")), "{tag}");
            assert!(tag.contains("autocomplete=\""), "{tag}");
            if let Some((_, described)) = tag.split_once("aria-describedby=\"") {
                for id in described.split('"').next().unwrap().split(' ') {
                    assert!(ids.contains(id), "{tag} {id}");
                }
            }
            assert_eq!(
                tag.contains("aria-invalid"),
                html.contains(&format!("id=\"{id}-fault\""))
            );
        }
        for tag in tags.iter().filter(|tag| tag.contains("aria-labelledby=\"")) {
            assert!(
                ids.contains(between(tag, "aria-labelledby=\"", "\"")),
                "{tag}"
            );
        }
    }

    pub(super) async fn head_is_answered_as_get_is(backend: Backend) {
        let (server, _, signed_in) = start(backend).await;
        let style = between(
            &signed_in.get("/account").await.text,
            "href=\"/assets/style",
            "\"",
        )
        .to_owned();
        let style = format!("/assets/style{style}");
        for visitor in [&Visitor::new(&server), &signed_in] {
            visitor.get("/sign_in").await;
            for path in [
                "/",
                "/sign_in",
                "/t/acme/sign_in",
                "/account",
                "/sign_out",
                "/invitations/a",
                &style,
                "/assets/icon.svg",
            ] {
                let get = visitor.get(path).await;
                let head = visitor.send(visitor.request(Method::HEAD, path)).await;
                assert_eq!(head.status, get.status, "{path}");
                assert_eq!(head.text, "");
                for name in [
                    "content-type",
                    "content-length",
                    "cache-control",
                    "location",
                ] {
                    assert_eq!(
                        head.headers.get(name),
                        get.headers.get(name),
                        "{path} {name}"
                    );
                }
            }
        }
        let kept = signed_in.get(&style).await;
        assert_eq!(kept.headers["content-type"], "text/css; charset=utf-8");
        assert_eq!(
            kept.headers["cache-control"],
            "public, max-age=31536000, immutable"
        );
        for other in ["/assets/style.css", "/assets/style.css?v=0"] {
            assert_eq!(
                signed_in.get(other).await.headers["cache-control"],
                "no-cache"
            );
        }
    }

    fn cookies(answer: &Answer) -> Vec<String> {
        let cookies = answer.headers.get_all(SET_COOKIE).iter();
        let text = |cookie: &reqwest::header::HeaderValue| cookie.to_str().unwrap().to_owned();
        cookies.map(text).collect()
    }

    pub(super) async fn cookies_are_kept_close(backend: Backend) {
        let (plain, tenant, _) = start(backend).await;
        let database = plain.database().clone();
        let options = TestOptions {
            public_url: Some("https://people.example".to_owned()),
            ..TestOptions::default()
        };
        let behind_tls = TestServer::on_with(database, options).unwrap();
        for (server, end) in [(&plain, ""), (&behind_tls, "; Secure")] {
            let visitor = Visitor::new(server);
            let opened = visitor.get("/sign_in").await;
            let form = visitor.cookie("roster_form").unwrap();
            assert_eq!(
                cookies(&opened),
                [format!(
                    "roster_form={form}; HttpOnly; SameSite=Lax{end}; Path=/"
                )]
            );
            let fields = [
                ("email", tenant.admin.email.as_str()),
                ("password", PASSWORD),
            ];
            let began = visitor.fill("/sign_in", &fields).await;
            assert_eq!(location(&began), "/account");
            let session = visitor.cookie("roster_session").unwrap();
            let life = "Path=/; Max-Age=7776000";
            assert_eq!(
                cookies(&began),
                [format!(
                    "roster_session={session}; HttpOnly; SameSite=Lax{end}; {life}"
                )]
            );
            let ended = visitor.submit("/account", "/sign_out", &[]).await;
            let gone = "Path=/; Max-Age=0";
            assert_eq!(
                cookies(&ended),
                [format!(
                    "roster_session=; HttpOnly; SameSite=Lax{end}; {gone}"
                )]
            );
            assert_eq!(visitor.cookie("roster_session"), None);
        }
    }

    pub(super) async fn no_redirect_leads_elsewhere(backend: Backend) {
        let (server, tenant, signed_in) = start(backend).await;
        let evil = "return=//evil.example&next=https://evil.example&done=//evil.example";
        let out = Visitor::new(&server);
        for (visitor, path) in [
            (&out, "/"),
            (&out, "/account"),
            (&signed_in, "/sign_in"),
            (&signed_in, "/t/evil.example/sign_in"),
        ] {
            let request = visitor
                .request(Method::GET, &format!("{path}?{evil}"))
                .header(HOST, "evil.example")
                .header("x-forwarded-host", "evil.example");
            let to = location(&read(request).await).to_owned();
            assert!(
                ["/account", "/sign_in"].contains(&to.as_str()),
                "{path} {to}"
            );
        }
        let page = out.get("/sign_in").await;
        let token = csrf_token(&page);
        let fields = [
            ("csrf_token", token.as_str()),
            ("email", &tenant.admin.email),
            ("password", PASSWORD),
            ("return", "//evil.example"),
        ];
        let answer = out.post(&format!("/sign_in?{evil}"), &fields).await;
        assert_eq!(location(&answer), "/account");
        for path in [
            "//evil.example",
            "//evil.example/account",
            "/account//evil.example",
            "/sign_in/",
        ] {
            assert_eq!(out.get(path).await.status, 404, "{path}");
        }
        let page = out.get("/account?done=//evil.example").await.expect(200);
        assert!(!page.text.contains("evil"), "{}", page.text);
    }
}
