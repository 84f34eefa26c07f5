//! `/docs` in a real browser, with scripts: it shows what the document has, requests can be tried, and nothing comes from elsewhere.

use crate::harness::on_both;

on_both! {
    /// Every operation is there, one can be tried, and the browser has nothing to complain of.
    the_page_works_and_stays_with_its_server
    /// The page and its files have their types and policies.
    the_files_are_the_servers_own
}

mod body {
    use crate::browser::{Browser, in_browser_with_scripts};
    use crate::harness::{Api, Backend, TestServer};
    use crate::openapi::{document, operations};
    use crate::visitor::between;
    use serde_json::Value;

    const PASSWORD: &str = "correct horse battery staple";

    pub(super) async fn the_page_works_and_stays_with_its_server(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        tenant.password(tenant.admin.id, PASSWORD).await.unwrap();
        let base_url = server.base_url();
        in_browser_with_scripts(&base_url, async |browser| {
            browser.open("/sign_in").await;
            browser.fill("email", &tenant.admin.email).await;
            browser.fill("password", PASSWORD).await;
            browser.press("Sign in").await;
            // What the browser did for itself when it started does not count.
            browser.log("performance").await;
            browser.open("/docs").await;
            browser.wait_for(".opblock").await;
            let document = document();
            assert_eq!(browser.count(".opblock").await, operations(&document).len());

            let operation = "#operations-account_sessions-account_get_session";
            let parts = [".opblock-summary-control", ".try-out__btn", ".execute"];
            for part in parts {
                let part = browser.wait_for(&format!("{operation} {part}")).await;
                part.click().await.unwrap();
            }
            let body = format!("{operation} .live-responses-table .response-col_description pre");
            let body = browser.wait_for(&body).await.text().await.unwrap();
            assert!(body.contains(&tenant.admin.email), "{body}");
            has_no_complaint(browser, &base_url).await;
        })
        .await;
    }

    /// Nothing was refused, nothing failed, and all that was asked for is the server's.
    async fn has_no_complaint(browser: &Browser, base_url: &str) {
        let console = browser.log("browser").await;
        assert!(console.is_empty(), "{console:#?}");
        let mut requests = 0;
        for entry in browser.log("performance").await {
            let text = entry["message"].as_str().unwrap();
            let event: Value = serde_json::from_str(text).unwrap();
            let (method, parameters) = (&event["message"]["method"], &event["message"]["params"]);
            match method.as_str().unwrap() {
                "Network.requestWillBeSent" => {
                    let url = parameters["request"]["url"].as_str().unwrap();
                    assert!(
                        url.starts_with(base_url) || url.starts_with("data:"),
                        "{url}"
                    );
                    requests += 1;
                }
                "Network.responseReceived" => {
                    let status = parameters["response"]["status"].as_u64().unwrap();
                    assert!(status < 400, "{text}");
                }
                "Network.loadingFailed" => panic!("{text}"),
                _ => {}
            }
        }
        assert!(requests >= 5, "{requests}");
    }

    pub(super) async fn the_files_are_the_servers_own(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let api = Api::anonymous(&server.base_url());
        let page = api.get("/docs").await.expect(200);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self';") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(page.headers["x-frame-options"], "DENY");
        let immutable = "public, max-age=31536000, immutable";
        for (name, kind) in [
            ("swagger-ui.css", "text/css"),
            ("swagger-ui-bundle.js", "text/javascript"),
            ("start.js", "text/javascript"),
        ] {
            let version = between(&page.text, &format!("/docs/{name}?v="), "\"");
            let file = api
                .get(&format!("/docs/{name}?v={version}"))
                .await
                .expect(200);
            assert_eq!(file.headers["content-type"], kind);
            assert_eq!(file.headers["cache-control"], immutable);
            let other = api.get(&format!("/docs/{name}?v=other")).await.expect(200);
            assert_eq!(other.headers["cache-control"], "no-cache");
            let encoding = other.headers.get("content-encoding");
            assert_eq!(encoding.is_some(), name != "start.js");
        }
        api.get("/docs/swagger-initializer.js").await.expect(404);
    }
}
