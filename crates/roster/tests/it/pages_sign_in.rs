//! Signing in on pages: nobody learns who has an account, and nobody has to know a slug where there is one tenant.

use crate::harness::on_both;

on_both! {
    /// An unknown address, a wrong and an empty password, a pending and a deleted user: the same bytes.
    a_refusal_tells_nothing
    /// The page asks for the tenant where there are several; its own page does not. An unknown slug is as a wrong address.
    a_tenant_is_named_where_there_are_several
    /// Too many attempts are refused with a pause, the right password too.
    too_many_attempts_pause
    /// Whoever has the address, a request for a new password has the same answer.
    a_reset_tells_nothing
}

mod body {
    use crate::harness::{Answer, Backend, TestServer, TestTenant, UserFixture};
    use crate::stored::{audit_trail, rows};
    use crate::visitor::{Visitor, heading, location};
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::json;
    use std::collections::BTreeSet;

    const PASSWORD: &str = "correct horse battery staple";

    async fn user(tenant: &TestTenant, email: &str, status: Status) {
        let fixture = UserFixture {
            status,
            ..UserFixture::active(email, Role::Viewer)
        };
        let id = tenant.user(fixture).await.unwrap();
        tenant.password(id, PASSWORD).await.unwrap();
    }

    /// The headers that are not new with each answer, in some order.
    fn head(answer: &Answer) -> BTreeSet<(String, String)> {
        let headers = answer.headers.iter();
        headers
            .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect()
    }

    pub(super) async fn a_refusal_tells_nothing(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        // What was typed comes back, so the address stays and its user changes.
        let email = "ana@x.io";
        user(&tenant, "other@x.io", Status::Active).await;
        let mut refusals = Vec::new();
        let visitor = Visitor::new(&server);
        let mut attempt = async |fields: &[(&str, &str)]| {
            let page = visitor.fill("/sign_in", fields).await.expect(401);
            assert!(page.text.contains("That did not match."), "{}", page.text);
            assert!(
                !page
                    .text
                    .contains(page.headers["x-request-id"].to_str().unwrap())
            );
            refusals.push((head(&page), page.text));
        };
        attempt(&[("email", email), ("password", PASSWORD)]).await;
        user(&tenant, email, Status::Active).await;
        attempt(&[("email", email), ("password", "wrong")]).await;
        attempt(&[("email", email), ("password", "")]).await;
        attempt(&[("email", email)]).await;
        for (state, told) in [
            ("activated_at = NULL", "pending"),
            ("activated_at = 1, deleted_at = 1", "deleted"),
        ] {
            let sql = format!("UPDATE users SET {state} WHERE email = '{email}'");
            server.database().execute(&sql).unwrap();
            attempt(&[("email", email), ("password", PASSWORD)]).await;
            assert!(is_recorded(&server, told));
        }
        for refusal in &refusals {
            assert_eq!(refusal, &refusals[0]);
        }
        assert_eq!(refusals.len(), 6);
        assert_eq!(server.hashes(), 8);
    }

    /// Whether the trail says why the latest attempt was refused, which the page does not.
    fn is_recorded(server: &TestServer, reason: &str) -> bool {
        let trail = audit_trail(server.database());
        trail.last().unwrap()["after_change"]["reason"] == reason
    }

    pub(super) async fn a_tenant_is_named_where_there_are_several(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (email, visitor) = ("admin@roster.example", Visitor::new(&server));
        let one = server.tenant().await.unwrap();
        one.password(one.admin.id, PASSWORD).await.unwrap();
        for path in ["/sign_in", "/password_resets/new"] {
            let page = visitor.get(path).await;
            assert!(!page.text.contains("name=\"tenant\""), "{}", page.text);
        }
        let other = server.tenant().await.unwrap();
        for path in ["/sign_in", "/password_resets/new"] {
            let page = visitor.get(path).await;
            assert!(page.text.contains("name=\"tenant\""), "{}", page.text);
        }
        let own_page = format!("/t/{}/sign_in", one.slug);
        let page = visitor.get(&own_page).await.expect(200);
        assert!(!page.text.contains("name=\"tenant\""), "{}", page.text);
        let link = format!("/password_resets/new?tenant={}", one.slug);
        assert!(page.text.contains(&link), "{}", page.text);
        let typed = format!("value=\"{}\"", one.slug);
        assert!(visitor.get(&link).await.text.contains(&typed));

        let fields = |tenant| [("tenant", tenant), ("email", email), ("password", PASSWORD)];
        for tenant in ["", " ", &other.slug, "unknown", "no slug!"] {
            let page = visitor.fill("/sign_in", &fields(tenant)).await.expect(401);
            assert!(page.text.contains("That did not match."), "{}", page.text);
        }
        let typed = format!(" {} ", one.slug.to_uppercase());
        for (path, tenant) in [("/sign_in", typed.as_str()), (&own_page, "unknown")] {
            let visitor = Visitor::new(&server);
            assert_eq!(
                location(&visitor.fill(path, &fields(tenant)).await),
                "/account"
            );
        }
        wrong_slugs(&server, &other.slug, email).await;
    }

    /// Stops the test unless a slug that nobody has is refused as an address that nobody has.
    async fn wrong_slugs(server: &TestServer, known: &str, email: &str) {
        let (visitor, unknown) = (Visitor::new(server), "a".repeat(known.len()));
        let mut pages = Vec::new();
        for slug in [known, &unknown] {
            let path = format!("/t/{slug}/sign_in");
            let shown = visitor.get(&path).await.expect(200);
            let fields = [("email", email), ("password", PASSWORD)];
            let refused = visitor.fill(&path, &fields).await.expect(401);
            let texts = [&shown, &refused].map(|page| page.text.replace(slug, "SLUG"));
            pages.push((texts, head(&refused)));
        }
        assert_eq!(pages[0], pages[1]);
        for slug in ["no%20slug", "%3Cb%3E", "-", "%00", "%FF"] {
            let path = format!("/t/{slug}/sign_in");
            let page = visitor.get(&path).await.expect(200);
            assert!(!page.text.contains("<b>"), "{}", page.text);
            visitor.fill(&path, &[("email", email)]).await.expect(401);
        }
    }

    pub(super) async fn too_many_attempts_pause(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        tenant.password(tenant.admin.id, PASSWORD).await.unwrap();
        let visitor = Visitor::new(&server);
        for email in [tenant.admin.email.as_str(), "nobody@x.io"] {
            for _ in 0..10 {
                let fields = [("email", email), ("password", "wrong")];
                visitor.fill("/sign_in", &fields).await.expect(401);
            }
            server.advance_seconds(61);
            let fields = [("email", email), ("password", PASSWORD)];
            let page = visitor.fill("/sign_in", &fields).await.expect(429);
            assert_eq!(heading(&page), "Sign in");
            assert_eq!(page.headers["retry-after"], "839");
            assert!(
                page.text.contains("Try again in 14 minutes."),
                "{}",
                page.text
            );
            server.advance_seconds(900);
        }
        let fields = [
            ("email", tenant.admin.email.as_str()),
            ("password", PASSWORD),
        ];
        assert_eq!(
            location(&visitor.fill("/sign_in", &fields).await),
            "/account"
        );
        // Who has signed in is not asked again.
        assert_eq!(location(&visitor.get("/sign_in").await), "/account");
    }

    pub(super) async fn a_reset_tells_nothing(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        user(&tenant, "pending@x.io", Status::Pending).await;
        user(&tenant, "deleted@x.io", Status::Deleted).await;
        user(&tenant, "ana@x.io", Status::Active).await;
        let visitor = Visitor::new(&server);
        let mut answers = Vec::new();
        for email in ["nobody@x.io", "pending@x.io", "deleted@x.io", " ANA@x.io "] {
            let answer = visitor
                .fill("/password_resets/new", &[("email", email)])
                .await;
            assert_eq!(location(&answer), "/password_resets/new?done=requested");
            answers.push((head(&answer), answer.text));
        }
        for answer in &answers {
            assert_eq!(answer, &answers[0]);
        }
        let queued = rows(server.database(), &["kind"], "outbox", "id");
        assert_eq!(queued, [json!({"kind": "password_reset"})]);
        let page = visitor.get("/password_resets/new?done=requested").await;
        assert_eq!(heading(&page), "Check your mail");
    }
}
