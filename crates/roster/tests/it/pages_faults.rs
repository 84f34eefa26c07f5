//! How pages tell of faults.

use crate::harness::on_both;

on_both! {
    /// Faults of the request are told on pages with a way back.
    faults_are_pages
    /// A fault of the server is told with what finds it in the log, and with nothing of its cause.
    a_fault_of_ours_names_the_request
    /// An API key opens no page.
    a_key_is_no_session
}

mod body {
    use crate::harness::{Api, Backend, Method, TestServer, TestTenant, read};
    use crate::visitor::{Visitor, between, heading, location};

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

    pub(super) async fn faults_are_pages(backend: Backend) {
        let (_server, _, visitor) = start(backend).await;
        let page = visitor.get("/account/keys").await.expect(405);
        assert_eq!(page.headers["allow"], "POST");
        assert_eq!(heading(&page), "Nothing to show here");
        assert_eq!(
            heading(&visitor.get("/t/acme").await.expect(404)),
            "Page not found"
        );
        let large = "a".repeat(1_048_577);
        for (kind, body, status, told) in [
            ("application/json", "{}", 400, "The form cannot be read"),
            (
                "multipart/form-data; boundary=a",
                "--a--",
                400,
                "The form cannot be read",
            ),
            (
                "application/x-www-form-urlencoded",
                &large,
                413,
                "That was too much",
            ),
        ] {
            for path in [
                "/account/profile",
                "/account/keys/1/revoke",
                "/sign_in",
                "/password_resets/new",
            ] {
                let request = visitor.request(Method::POST, path);
                let request = request.header("content-type", kind).body(body.to_owned());
                let page = read(request).await.expect(status);
                assert_eq!(heading(&page), told, "{path}");
                assert!(page.text.contains("href=\"/account\""), "{}", page.text);
            }
        }
        for path in [
            "/account/keys/4711/revoke",
            "/account/sessions/4711/end",
            "/account/keys/x/rotate",
        ] {
            let page = visitor.submit("/account", path, &[]).await.expect(404);
            assert_eq!(heading(&page), "No longer there");
        }
        let wrong = [("current_password", "wrong"), ("password", PASSWORD)];
        for _ in 0..10 {
            let answer = visitor.submit("/account", "/account/password", &wrong);
            answer.await.expect(422);
        }
        let page = visitor
            .submit("/account", "/account/password", &wrong)
            .await
            .expect(429);
        assert_eq!(page.headers["retry-after"], "900");
        assert!(
            page.text.contains("Try again in 15 minutes."),
            "{}",
            page.text
        );
        assert!(
            !page
                .text
                .contains(page.headers["x-request-id"].to_str().unwrap())
        );
    }

    pub(super) async fn a_fault_of_ours_names_the_request(backend: Backend) {
        let (server, _, visitor) = start(backend).await;
        server
            .database()
            .execute("ALTER TABLE sessions RENAME TO gone")
            .unwrap();
        let page = visitor.get("/account").await.expect(500);
        assert_eq!(heading(&page), "Something went wrong");
        let id = page.headers["x-request-id"].to_str().unwrap();
        assert_eq!(between(&page.text, "<code>", "</code>"), id);
        assert!(!page.text.contains("sessions"), "{}", page.text);
    }

    pub(super) async fn a_key_is_no_session(backend: Backend) {
        let (server, tenant, _) = start(backend).await;
        let api = Api::admin(&server, &tenant);
        let visitor = Visitor::new(&server);
        let key = |method: Method, path: &str| {
            visitor
                .request(method, path)
                .header("X-Holistics-Key", &tenant.admin.key)
        };
        assert_eq!(
            location(&read(key(Method::GET, "/account")).await),
            "/sign_in"
        );
        let ids = server
            .database()
            .query("SELECT CAST(id AS TEXT) AS value FROM api_keys")
            .unwrap();
        let path = format!("/account/keys/{}/revoke", ids[0]);
        read(key(Method::POST, &path)).await.expect(403);
        api.get("/users/info.json").await.expect(200);
    }
}
