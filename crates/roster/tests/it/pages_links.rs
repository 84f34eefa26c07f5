//! The pages of mailed links: what they say, that looking consumes nothing, and what they say when they are dead.

use crate::harness::on_both;

on_both! {
    /// An invitation says who invites whom into what and until when, as often as it is looked at; it is accepted once.
    looking_at_an_invitation_consumes_nothing
    /// A link to a new password is looked at as often as wanted, and used once; it ends all sessions.
    looking_at_a_reset_consumes_nothing
    /// Each reason why an invitation does not work has a page of its own.
    each_dead_invitation_is_told
    /// Each reason why a link to a new password does not work has a page of its own.
    each_dead_reset_is_told
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, TestServer, TestTenant, UserFixture};
    use crate::stored::everything;
    use crate::visitor::{Visitor, heading, location};
    use roster_domain::id::UserId;
    use roster_domain::link::LinkKind;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::Value;

    const PASSWORD: &str = "correct horse battery staple";
    const OTHER_PASSWORD: &str = "staple battery horse correct";

    async fn pending(tenant: &TestTenant) -> UserId {
        let fixture = UserFixture {
            name: Some("Ana & Co <x>".to_owned()),
            status: Status::Pending,
            ..UserFixture::active("ana@x.io", Role::Viewer)
        };
        tenant.user(fixture).await.unwrap()
    }

    async fn look_often(visitor: &Visitor, path: &str) {
        for _ in 0..10 {
            visitor.get(path).await.expect(200);
            visitor
                .send(visitor.request(Method::HEAD, path))
                .await
                .expect(200);
        }
    }

    pub(super) async fn looking_at_an_invitation_consumes_nothing(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let ana = pending(&tenant).await;
        let token = tenant.link(ana, LinkKind::Invitation).await.unwrap();
        let path = format!("/invitations/{token}");
        let before = everything(server.database());
        let visitor = Visitor::new(&server);
        look_often(&visitor, &path).await;
        assert_eq!(everything(server.database()), before);
        let page = visitor.get(&path).await;
        for text in [
            "<strong>Admin</strong> invites you to join <strong>Tenant ",
            "<time datetime=\"2026-01-08T00:00:00.000Z\">8 January 2026, 00:00 UTC</time>",
            "value=\"ana@x.io\"",
            "value=\"Ana &#38; Co &#60;x&#62;\"",
        ] {
            assert!(page.text.contains(text), "{}", page.text);
        }
        let fields = [("name", "Ana Souza"), ("password", PASSWORD)];
        let accepted = visitor.fill(&path, &fields).await;
        assert_eq!(location(&accepted), "/account?done=welcome");
        let account = visitor.get("/account?done=welcome").await.expect(200);
        assert!(account.text.contains("Welcome!"), "{}", account.text);
        assert!(
            account.text.contains("value=\"Ana Souza\""),
            "{}",
            account.text
        );
        let late = Visitor::new(&server);
        let page = late.submit("/sign_in", &path, &fields).await.expect(410);
        assert_eq!(heading(&page), "This invitation has been accepted");
        assert_eq!(late.cookie("roster_session"), None);
    }

    pub(super) async fn looking_at_a_reset_consumes_nothing(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = tenant.admin.id;
        tenant.password(admin, PASSWORD).await.unwrap();
        let session = tenant.session(admin).await.unwrap();
        let token = tenant.link(admin, LinkKind::PasswordReset).await.unwrap();
        let path = format!("/password_resets/{token}");
        let before = everything(server.database());
        let visitor = Visitor::new(&server);
        look_often(&visitor, &path).await;
        assert_eq!(everything(server.database()), before);
        let answer = visitor.fill(&path, &[("password", OTHER_PASSWORD)]).await;
        assert_eq!(location(&answer), "/sign_in?done=password");
        let signed_in = Visitor::with_session(&server, &session.cookie);
        assert_eq!(location(&signed_in.get("/account").await), "/sign_in");
        for (password, status) in [(PASSWORD, 401), (OTHER_PASSWORD, 303)] {
            let fields = [
                ("email", tenant.admin.email.as_str()),
                ("password", password),
            ];
            visitor.fill("/sign_in", &fields).await.expect(status);
        }
    }

    /// Stops the test unless the link is dead in this way, looked at and used.
    async fn is_dead(server: &TestServer, path: &str, status: u16, told: &str) {
        let visitor = Visitor::new(server);
        let fields = [("name", "Ana"), ("password", OTHER_PASSWORD)];
        let pages: [Answer; 2] = [
            visitor.get(path).await,
            visitor.submit("/sign_in", path, &fields).await,
        ];
        for page in pages {
            assert_eq!(heading(&page.expect(status)), told);
        }
    }

    pub(super) async fn each_dead_invitation_is_told(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = Api::admin(&server, &tenant);
        let ana = pending(&tenant).await;
        let unknown = "We do not know this invitation";
        for path in [
            "/invitations/a",
            &format!("/invitations/{}", "a".repeat(43)),
        ] {
            is_dead(&server, path, 404, unknown).await;
        }
        let first = tenant.link(ana, LinkKind::Invitation).await.unwrap();
        let first = format!("/invitations/{first}");
        // A link is good for what it was made for.
        let reset = first.replace("invitations", "password_resets");
        is_dead(&server, &reset, 404, "We do not know this link").await;
        admin
            .post(&format!("/users/{ana}/resend_invite.json"), Value::Null)
            .await
            .expect(200);
        is_dead(&server, &first, 404, "There is a newer invitation").await;
        let second = tenant.link(ana, LinkKind::Invitation).await.unwrap();
        let second = format!("/invitations/{second}");
        server.advance_seconds(7 * 86_400);
        is_dead(&server, &second, 410, "This invitation has expired").await;
        let third = tenant.link(ana, LinkKind::Invitation).await.unwrap();
        let third = format!("/invitations/{third}");
        let visitor = Visitor::new(&server);
        let answer = visitor.fill(&third, &[("password", PASSWORD)]).await;
        assert_eq!(location(&answer), "/account?done=welcome");
        is_dead(&server, &third, 410, "This invitation has been accepted").await;
        admin
            .delete(&format!("/users/{ana}.json"))
            .await
            .expect(200);
        is_dead(&server, &third, 404, "This invitation was withdrawn").await;
    }

    pub(super) async fn each_dead_reset_is_told(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = Api::admin(&server, &tenant);
        let user = UserFixture::active("ana@x.io", Role::Viewer);
        let ana = tenant.user(user).await.unwrap();
        let unknown = "We do not know this link";
        is_dead(&server, "/password_resets/a", 404, unknown).await;
        let link = async || {
            let token = tenant.link(ana, LinkKind::PasswordReset).await.unwrap();
            format!("/password_resets/{token}")
        };
        let first = link().await;
        server.advance_seconds(3_600);
        is_dead(&server, &first, 410, "This link has expired").await;
        let second = link().await;
        let visitor = Visitor::new(&server);
        visitor
            .fill(&second, &[("password", PASSWORD)])
            .await
            .expect(303);
        is_dead(&server, &second, 410, "This link has been used").await;
        // The password is another since, so what waited is of no use.
        is_dead(&server, &first, 404, unknown).await;
        admin
            .delete(&format!("/users/{ana}.json"))
            .await
            .expect(200);
        is_dead(&server, &second, 404, "This link is of no use any more").await;
    }
}
