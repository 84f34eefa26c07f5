//! How pages look: each in both colour schemes, on a wide screen and on a phone, as pictures in `target/tmp/screenshots`.

use crate::browser::{Browser, in_browser};
use crate::harness::{Backend, TestServer, UserFixture};
use crate::visitor::Visitor;
use roster_domain::link::LinkKind;
use roster_domain::role::Role;
use roster_domain::user::Status;
use std::path::Path;

const PASSWORD: &str = "correct horse battery staple";

/// Pages fit a phone of 320 pixels: nothing has to be scrolled sideways.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_fit_every_screen() {
    let server = TestServer::start(Backend::Sqlite).await.unwrap();
    let tenant = server.tenant().await.unwrap();
    let admin = tenant.admin.id;
    tenant.password(admin, PASSWORD).await.unwrap();
    let fixture = UserFixture {
        name: Some("Ana Souza".to_owned()),
        status: Status::Pending,
        ..UserFixture::active("ana.souza@example.com", Role::Viewer)
    };
    let ana = tenant.user(fixture).await.unwrap();
    let invitation = tenant.link(ana, LinkKind::Invitation).await.unwrap();
    let reset = tenant.link(admin, LinkKind::PasswordReset).await.unwrap();
    let other = tenant.session(admin).await.unwrap();
    let visitor = Visitor::with_session(&server, &other.cookie);
    for label in ["Nightly export to the warehouse", ""] {
        let fields = [("label", label), ("expires_in_days", "90")];
        visitor
            .submit("/account", "/account/keys", &fields)
            .await
            .expect(200);
    }
    in_browser(&server.base_url(), async |browser: &Browser| {
        let invitation = format!("/invitations/{invitation}");
        let reset = format!("/password_resets/{reset}");
        for (name, path) in [
            ("sign-in", "/sign_in"),
            ("invitation", &invitation),
            ("password-reset-ask", "/password_resets/new"),
            ("password-reset-sent", "/password_resets/new?done=requested"),
            ("password-reset", &reset),
            ("not-found", "/account/nothing"),
            ("dead-invitation", "/invitations/unknown"),
        ] {
            browser.open(path).await;
            look(browser, name).await;
        }
        browser.open("/sign_in").await;
        browser.fill("email", "admin@roster.example").await;
        browser.fill("password", "wrong").await;
        browser.press("Sign in").await;
        look(browser, "sign-in-refused").await;
        browser.open(&invitation).await;
        browser.fill("password", "password").await;
        browser.press("Accept").await;
        look(browser, "invitation-faulty").await;
        browser.open("/sign_in").await;
        browser.fill("email", "admin@roster.example").await;
        browser.fill("password", PASSWORD).await;
        browser.press("Sign in").await;
        look(browser, "account").await;
        browser.unfold("Revoke the key").await;
        look(browser, "account-revoke").await;
        browser.fill("current_password", "wrong").await;
        browser.fill("password", "short").await;
        browser.press("Change the password").await;
        look(browser, "account-faulty").await;
        browser.fill("label", "Laptop").await;
        browser.press("Make a key").await;
        look(browser, "account-new-key").await;
        let off = "UPDATE users SET allow_authentication_token = FALSE";
        server.database().execute(off).unwrap();
        browser.open("/account?done=profile").await;
        look(browser, "account-without-api").await;
        browser.press("Sign out").await;
        server.tenant().await.unwrap();
        for (name, path) in [
            ("sign-in-several", "/sign_in"),
            ("sign-in-tenant", "/t/acme-berlin/sign_in"),
        ] {
            browser.open(path).await;
            look(browser, name).await;
        }
    })
    .await;
}

/// Takes pictures of the page.
async fn look(browser: &Browser, name: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    for (scheme, width) in [
        ("light", 1_000),
        ("dark", 1_000),
        ("light", 360),
        ("dark", 320),
    ] {
        browser.screen(width, 400, scheme).await;
        let (across, down) = browser.extent().await;
        assert!(
            across <= f64::from(width),
            "{name} is {across} wide at {width}"
        );
        browser
            .screen(width, format!("{down:.0}").parse().unwrap(), scheme)
            .await;
        let picture = browser.screenshot().await;
        std::fs::write(folder.join(format!("{name}-{scheme}-{width}.png")), picture).unwrap();
    }
}
