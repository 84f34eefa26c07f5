//! Forms that are not ours: without the text of their page, with that of somebody else, or of a session that has ended.

use crate::harness::on_both;

on_both! {
    /// A form behind sign-in counts with the text of its own, living session only; else nothing happens.
    a_form_belongs_to_its_session
    /// A form before sign-in counts in the browser that opened it only.
    a_form_belongs_to_its_browser
}

mod body {
    use crate::harness::{Answer, Backend, TestServer, UserFixture};
    use crate::stored::everything;
    use crate::visitor::{Visitor, csrf_token, heading, location};
    use roster_domain::link::LinkKind;
    use roster_domain::role::Role;
    use roster_domain::user::Status;

    const PASSWORD: &str = "correct horse battery staple";

    #[track_caller]
    fn is_refused(page: Answer, told: &str, back: &str) {
        let page = page.expect(403);
        assert_eq!(heading(&page), told);
        let link = format!("href=\"{back}\"");
        assert!(page.text.contains(&link), "{}", page.text);
    }

    pub(super) async fn a_form_belongs_to_its_session(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = tenant.admin.id;
        tenant.password(admin, PASSWORD).await.unwrap();
        let [own, other, ended] = [(); 3].map(|()| tenant.session(admin));
        let (own, other, ended) = (
            own.await.unwrap(),
            other.await.unwrap(),
            ended.await.unwrap(),
        );
        let visitor = Visitor::with_session(&server, &own.cookie);
        let past = Visitor::with_session(&server, &ended.cookie);
        let path = format!("/account/sessions/{}/end", ended.id);
        let answer = visitor.submit("/account", &path, &[]).await;
        assert_eq!(location(&answer), "/account?done=session");

        let before = everything(server.database());
        let (end, fields) = (
            format!("/account/sessions/{}/end", other.id),
            [
                ("name", "Mallory"),
                ("current_password", PASSWORD),
                ("password", "another good password"),
                ("label", "evil"),
            ],
        );
        let out_of_date = "This form is out of date";
        for path in [
            "/account/profile",
            "/account/password",
            "/account/keys",
            "/account/keys/1/rotate",
            "/account/keys/1/revoke",
            &end,
            "/sign_out",
        ] {
            is_refused(visitor.post(path, &fields).await, out_of_date, "/account");
            for wrong in [
                "",
                "wrong",
                &other.csrf_token,
                &ended.csrf_token,
                &own.cookie,
            ] {
                let fields = [&[("csrf_token", wrong)], &fields[..]].concat();
                is_refused(visitor.post(path, &fields).await, out_of_date, "/account");
            }
            let fields = [&[("csrf_token", ended.csrf_token.as_str())], &fields[..]].concat();
            let told = "Your session has ended";
            is_refused(past.post(path, &fields).await, told, "/sign_in");
            let nobody = Visitor::new(&server);
            is_refused(nobody.post(path, &fields).await, told, "/sign_in");
        }
        assert_eq!(everything(server.database()), before);
        assert_eq!(location(&past.get("/account").await), "/sign_in");
        visitor.get("/account").await.expect(200);
    }

    pub(super) async fn a_form_belongs_to_its_browser(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = tenant.admin.id;
        tenant.password(admin, PASSWORD).await.unwrap();
        let pending = UserFixture {
            status: Status::Pending,
            ..UserFixture::active("ana@x.io", Role::Viewer)
        };
        let ana = tenant.user(pending).await.unwrap();
        let invitation = tenant.link(ana, LinkKind::Invitation).await.unwrap();
        let reset = tenant.link(admin, LinkKind::PasswordReset).await.unwrap();
        let before = everything(server.database());
        let fields = [
            ("email", tenant.admin.email.as_str()),
            ("password", PASSWORD),
            ("name", "Mallory"),
        ];
        let told = "This form is out of date";
        for path in [
            "/sign_in".to_owned(),
            format!("/t/{}/sign_in", tenant.slug),
            format!("/invitations/{invitation}"),
            "/password_resets/new".to_owned(),
            format!("/password_resets/{reset}"),
        ] {
            let (visitor, stranger) = (Visitor::new(&server), Visitor::new(&server));
            let own = csrf_token(&visitor.get(&path).await);
            let foreign = csrf_token(&stranger.get(&path).await);
            let cookie = visitor.cookie("roster_form").unwrap();
            is_refused(visitor.post(&path, &fields).await, told, &path);
            for wrong in ["", "wrong", &foreign, &cookie] {
                let fields = [&[("csrf_token", wrong)], &fields[..]].concat();
                is_refused(visitor.post(&path, &fields).await, told, &path);
            }
            // The right text is of no use without the cookie, or with one that is none.
            let fields = [&[("csrf_token", own.as_str())], &fields[..]].concat();
            for cookie in [None, Some("a"), stranger.cookie("roster_form").as_deref()] {
                visitor.set_cookie("roster_form", cookie);
                is_refused(visitor.post(&path, &fields).await, told, &path);
            }
        }
        assert_eq!(everything(server.database()), before);
    }
}
