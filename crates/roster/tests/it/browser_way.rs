//! The whole way in a real browser without JavaScript: from the invitation to a key and back to sign-in.

use crate::harness::on_both;

on_both! {
    /// Invited by API and mailed a link, a person accepts, signs in, is allowed API access, and makes, rotates and revokes a key.
    from_an_invitation_to_a_key
    /// A forgotten password is replaced by the link of the mail, and the old one is of no use.
    from_a_forgotten_password_to_a_new_one
}

mod body {
    use crate::browser::{Browser, in_browser};
    use crate::harness::{Api, Backend, TestServer};
    use crate::mail_server::{MailServer, token};
    use crate::stored::user_of;
    use roster_domain::id::UserId;
    use serde_json::json;

    const ANA: &str = "ana@x.io";
    const SESSIONS: &str = "section[aria-labelledby=sessions-heading] .what";
    const PASSWORD: &str = "correct horse battery staple";
    const OTHER_PASSWORD: &str = "staple battery horse correct";

    /// The token of the one mail that is to be sent, as a mail server gets it.
    async fn mailed(server: &TestServer) -> String {
        let mut mail_server = MailServer::start();
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        assert_eq!(worker.turn().await.unwrap().sent, 1);
        token(&mail_server.mails()[0])
    }

    async fn invited(server: &TestServer) -> (Api, UserId) {
        let tenant = server.tenant().await.unwrap();
        let admin = Api::admin(server, &tenant);
        let invite = json!({"email": ANA, "role": "analyst"});
        admin.post("/users/invite.json", invite).await.expect(200);
        let list = admin.get("/users.json").await.expect(200).json();
        let id = UserId(user_of(&list, ANA)["id"].as_i64().unwrap());
        (admin, id)
    }

    pub(super) async fn from_an_invitation_to_a_key(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (admin, ana) = invited(&server).await;
        let token = mailed(&server).await;
        in_browser(&server.base_url(), async |browser: &Browser| {
            accept(browser, &token).await;
            assert!(
                browser
                    .source()
                    .await
                    .contains("An admin has to allow you API access first")
            );
            let allow = json!({"user": {"allow_authentication_token": true}});
            admin
                .patch(&format!("/users/{ana}.json"), allow)
                .await
                .expect(200);
            browser.reload().await;
            use_keys(browser, &server.base_url()).await;
            sign_in_again(browser).await;
            change_password(browser).await;
            end_another_session(browser).await;
        })
        .await;
    }

    async fn accept(browser: &Browser, token: &str) {
        let path = format!("/invitations/{token}");
        browser.open(&path).await;
        let said = browser.text("main").await;
        for text in [
            "Join Tenant",
            "Admin invites you",
            "8 January 2026, 00:00 UTC",
        ] {
            assert!(said.contains(text), "{said}");
        }
        assert_eq!(browser.value("email").await, ANA);
        browser.fill("name", "Ana Souza").await;
        browser.fill("password", PASSWORD).await;
        browser.press("Accept the invitation").await;
        assert_eq!(browser.path().await, "/account");
        assert!(browser.text(".notice").await.contains("Welcome"));
        assert!(
            browser
                .text(".person")
                .await
                .contains("Ana Souza · ana@x.io")
        );
        browser.open(&path).await;
        assert_eq!(
            browser.text("h1").await,
            "This invitation has been accepted"
        );
        browser.press("Go to sign-in").await;
        // Who has signed in needs no sign-in.
        assert_eq!(browser.path().await, "/account");
    }

    async fn use_keys(browser: &Browser, base_url: &str) {
        browser.fill("label", "nightly export").await;
        browser.choose("expires_in_days", "30").await;
        browser.press("Make a key").await;
        let first = browser.text("#authentication_token").await;
        let info = Api::new(base_url, &first).get("/users/info.json").await;
        assert_eq!(info.expect(200).json()["email"], ANA);
        browser.open("/account").await;
        assert!(!browser.source().await.contains(&first));
        let listed = browser.text(".rows").await;
        assert!(
            listed.contains("nightly export") && listed.contains(&first[..12]),
            "{listed}"
        );
        assert!(
            listed.contains("Expires 31 January 2026, 00:00 UTC"),
            "{listed}"
        );

        browser.unfold("Rotate the key").await;
        browser.press("Rotate this key").await;
        let second = browser.text("#authentication_token").await;
        assert_ne!(first, second);
        for key in [&first, &second] {
            let info = Api::new(base_url, key).get("/users/info.json").await;
            info.expect(200);
        }
        browser
            .unfold(&format!("Revoke the key {}", &second[..12]))
            .await;
        browser.press("Revoke this key").await;
        assert_eq!(browser.text(".notice").await, "The key is revoked.");
        let info = Api::new(base_url, &second).get("/users/info.json").await;
        info.expect(401);
    }

    async fn sign_in_again(browser: &Browser) {
        browser.press("Sign out").await;
        assert_eq!(browser.path().await, "/sign_in");
        assert_eq!(browser.text(".notice").await, "You have signed out.");
        browser.open("/account").await;
        assert_eq!(browser.path().await, "/sign_in");
        sign_in(browser, OTHER_PASSWORD).await;
        assert!(browser.text(".summary").await.contains("did not match"));
        assert_eq!(browser.value("email").await, ANA);
        assert_eq!(browser.value("password").await, "");
        sign_in(browser, PASSWORD).await;
        assert_eq!(browser.path().await, "/account");
    }

    async fn sign_in(browser: &Browser, password: &str) {
        browser.fill("email", ANA).await;
        browser.fill("password", password).await;
        browser.press("Sign in").await;
    }

    async fn change_password(browser: &Browser) {
        browser.fill("current_password", PASSWORD).await;
        browser.fill("password", OTHER_PASSWORD).await;
        browser.press("Change the password").await;
        assert!(
            browser
                .text(".notice")
                .await
                .contains("Your password is changed")
        );
        browser.press("Sign out").await;
        sign_in(browser, PASSWORD).await;
        assert_eq!(browser.count(".summary").await, 1);
        sign_in(browser, OTHER_PASSWORD).await;
        assert_eq!(browser.path().await, "/account");
    }

    async fn end_another_session(browser: &Browser) {
        browser.forget_cookies().await;
        browser.open("/sign_in").await;
        sign_in(browser, OTHER_PASSWORD).await;
        assert_eq!(browser.count(SESSIONS).await, 2);
        assert_eq!(browser.count(".badge").await, 1);
        assert!(browser.text(SESSIONS).await.contains("Chrome on Linux"));
        browser.press("End the session").await;
        assert_eq!(browser.text(".notice").await, "The session has ended.");
        assert_eq!(browser.count(SESSIONS).await, 1);
        assert_eq!(browser.path().await, "/account");
    }

    pub(super) async fn from_a_forgotten_password_to_a_new_one(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = tenant.admin.id;
        tenant.password(admin, PASSWORD).await.unwrap();
        in_browser(&server.base_url(), async |browser: &Browser| {
            browser.open("/sign_in").await;
            browser.press("Forgot your password?").await;
            browser.fill("email", &tenant.admin.email).await;
            browser.press("Send the link").await;
            assert_eq!(browser.text("h1").await, "Check your mail");
            let token = mailed(&server).await;
            browser.open(&format!("/password_resets/{token}")).await;
            assert_eq!(browser.value("email").await, tenant.admin.email);
            browser.fill("password", OTHER_PASSWORD).await;
            browser.press("Change the password").await;
            assert!(
                browser
                    .text(".notice")
                    .await
                    .contains("Sign in with the new one")
            );
            browser.fill("email", &tenant.admin.email).await;
            browser.fill("password", OTHER_PASSWORD).await;
            browser.press("Sign in").await;
            assert_eq!(browser.path().await, "/account");
            browser.open(&format!("/password_resets/{token}")).await;
            assert_eq!(browser.text("h1").await, "This link has been used");
        })
        .await;
        let queued = crate::stored::rows(server.database(), &["kind"], "outbox", "id");
        assert_eq!(queued, [json!({"kind": "password_reset"})]);
    }
}
