//! Forms in a real browser: faults stand at their fields, and everything can be reached and sent by keyboard.

use crate::harness::on_both;

on_both! {
    /// Forms that fail keep what was typed, but for passwords, and name each fault at its field.
    faults_stand_at_their_fields
    /// Tab reaches every control in the order in which they are read, and Enter sends.
    a_keyboard_is_enough
}

mod body {
    use crate::browser::{Browser, in_browser};
    use crate::harness::{Backend, TestServer, UserFixture};
    use roster_domain::link::LinkKind;
    use roster_domain::role::Role;
    use roster_domain::user::Status;

    const PASSWORD: &str = "correct horse battery staple";

    /// Stops the test unless the fault stands at its field, and the summary at the top leads there.
    async fn has_fault(browser: &Browser, field: &str, text: &str) {
        let fault = browser.text(&format!("#{field}-fault")).await;
        assert!(fault.starts_with(text), "{fault}");
        let input = browser.find(&format!("#{field}")).await;
        assert_eq!(input.attr("aria-invalid").await.unwrap().unwrap(), "true");
        let described_by = input.attr("aria-describedby").await.unwrap().unwrap();
        assert!(
            described_by.ends_with(&format!("{field}-fault")),
            "{described_by}"
        );
        let link = browser.text(&format!(".summary a[href='#{field}']")).await;
        assert_eq!(link, fault);
        assert!(browser.title().await.starts_with("Error: "));
        // What went wrong is read first.
        assert!(browser.focus().await.contains(&fault));
    }

    pub(super) async fn faults_stand_at_their_fields(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let fixture = UserFixture {
            status: Status::Pending,
            ..UserFixture::active("ana@x.io", Role::Viewer)
        };
        let ana = tenant.user(fixture).await.unwrap();
        let token = tenant.link(ana, LinkKind::Invitation).await.unwrap();
        in_browser(&server.base_url(), async |browser: &Browser| {
            browser.open(&format!("/invitations/{token}")).await;
            browser.fill("name", "Ana <b>\"Souza\"</b>").await;
            browser.fill("password", "short").await;
            browser.press("Accept the invitation").await;
            has_fault(
                browser,
                "password",
                "Password must have at least 8 characters",
            )
            .await;
            assert_eq!(browser.value("name").await, "Ana <b>\"Souza\"</b>");
            assert_eq!(browser.value("password").await, "");
            browser.fill("password", "password").await;
            browser.press("Accept the invitation").await;
            has_fault(browser, "password", "Password must be harder to guess").await;
            browser.fill("password", PASSWORD).await;
            browser.press("Accept the invitation").await;

            faults_of_the_account(browser).await;

            browser.forget_cookies().await;
            browser.open("/password_resets/new").await;
            browser.fill("email", "ana at x.io").await;
            browser.press("Send the link").await;
            has_fault(browser, "email", "Email address must").await;
            assert_eq!(browser.value("email").await, "ana at x.io");
        })
        .await;
    }

    async fn faults_of_the_account(browser: &Browser) {
        let long = "é".repeat(256);
        browser.fill("title", "Dr.").await;
        browser.fill("job_title", &long).await;
        browser.press("Save the profile").await;
        has_fault(
            browser,
            "job_title",
            "Job title must have at most 255 characters",
        )
        .await;
        assert_eq!(browser.value("title").await, "Dr.");
        assert_eq!(browser.value("job_title").await, long);
        browser.fill("job_title", "Physicist").await;
        browser.press("Save the profile").await;
        assert_eq!(browser.text(".notice").await, "Your profile is saved.");
        assert_eq!(browser.value("job_title").await, "Physicist");

        browser.fill("current_password", "another one").await;
        browser.fill("password", "yet another good one").await;
        browser.press("Change the password").await;
        has_fault(browser, "current_password", "Present password is not").await;
        assert_eq!(browser.value("current_password").await, "");
        assert_eq!(browser.value("password").await, "");

        browser.fill("label", &long).await;
        browser.choose("expires_in_days", "90").await;
        browser.press("Make a key").await;
        has_fault(browser, "label", "Label must have at most 255 characters").await;
        assert_eq!(browser.value("label").await, long);
        assert_eq!(browser.value("expires_in_days").await, "90");
    }

    /// What Tab reaches from the top of the page, until it comes round.
    async fn tab_order(browser: &Browser, count: usize) -> Vec<String> {
        let mut reached = Vec::new();
        for _ in 0..count {
            browser.tab().await;
            reached.push(browser.focus().await);
        }
        reached
    }

    pub(super) async fn a_keyboard_is_enough(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = tenant.admin.id;
        tenant.password(admin, PASSWORD).await.unwrap();
        tenant.session(admin).await.unwrap();
        in_browser(&server.base_url(), async |browser: &Browser| {
            browser.open("/sign_in").await;
            let order = [
                "Roster",
                "email",
                "password",
                "Sign in",
                "Forgot your password?",
            ];
            assert_eq!(tab_order(browser, order.len()).await, order);
            browser.open("/sign_in").await;
            tab_order(browser, 2).await;
            browser.type_text(&tenant.admin.email).await;
            browser.tab().await;
            browser.type_text(PASSWORD).await;
            browser.enter().await;
            assert_eq!(browser.path().await, "/account");

            let order = [
                "Roster",
                "Sign out",
                "name",
                "title",
                "job_title",
                "Save the profile",
                "current_password",
                "password",
                "Change the password",
                "Rotate",
                "Revoke",
                "label",
                "expires_in_days",
                "Make a key",
                "End",
            ];
            let reached = tab_order(browser, order.len()).await;
            for (reached, expected) in reached.iter().zip(order) {
                assert!(reached.starts_with(expected), "{reached} is not {expected}");
            }
            browser.enter().await;
            assert_eq!(browser.text(".notice").await, "The session has ended.");
            // Space opens what is folded, and the button in it comes next.
            tab_order(browser, 11).await;
            browser.type_text(" ").await;
            assert_eq!(tab_order(browser, 1).await, ["Revoke this key"]);
        })
        .await;
    }
}
