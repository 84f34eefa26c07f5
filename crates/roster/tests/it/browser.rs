//! A real browser: Debian's chromium, headless and without JavaScript unless a test wants it, driven through chromedriver. Each test
//! has its own.

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const BROWSERS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// A browser with one window.
pub(crate) struct Browser {
    client: Client,
    driver_url: String,
    base_url: String,
}

/// Runs a part of a test in a browser, which is closed however the test ends.
pub(crate) async fn in_browser(base_url: &str, test: impl AsyncFnOnce(&Browser)) {
    // 2 is "block".
    let preferences = json!({"profile.managed_default_content_settings.javascript": 2});
    in_browser_with(preferences, base_url, test).await;
}

/// The same in a browser that runs scripts.
pub(crate) async fn in_browser_with_scripts(base_url: &str, test: impl AsyncFnOnce(&Browser)) {
    in_browser_with(json!({}), base_url, test).await;
}

async fn in_browser_with(preferences: Value, base_url: &str, test: impl AsyncFnOnce(&Browser)) {
    let driver = Driver::start();
    let profile = tempfile::tempdir().unwrap();
    let capabilities = json!({
        "goog:chromeOptions": {
            "binary": program(BROWSERS),
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1280,900",
                format!("--user-data-dir={}", profile.path().display()),
            ],
            "prefs": preferences,
        },
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    });
    let client = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities.as_object().unwrap().clone())
        .connect(&driver.url)
        .await
        .unwrap();
    let browser = Browser {
        client,
        driver_url: driver.url.clone(),
        base_url: base_url.to_owned(),
    };
    let outcome = AssertUnwindSafe(test(&browser)).catch_unwind().await;
    browser.client.close().await.unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// chromedriver on a port of its choice; it ends with this value.
struct Driver {
    process: Child,
    url: String,
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new(program(&["chromedriver"]))
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map(Result::unwrap).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        Self {
            process,
            url: format!("http://127.0.0.1:{}", port.unwrap()),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The first of the programs that there is.
fn program(names: &[&str]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("{names:?} are not installed: run the tests with scripts/test, which says what to install"))
}

impl Browser {
    /// Opens a page of the server.
    pub(crate) async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.base_url);
        self.client.goto(&url).await.unwrap();
    }

    /// Loads the page anew.
    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// The path of the page, without its query.
    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// The page's title.
    pub(crate) async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// The page's HTML.
    pub(crate) async fn source(&self) -> String {
        self.client.source().await.unwrap()
    }

    /// What the page shows of an element.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// How many such elements the page has.
    pub(crate) async fn count(&self, css: &str) -> usize {
        let found = self.client.find_all(Locator::Css(css)).await.unwrap();
        found.len()
    }

    /// The element that has to be there.
    pub(crate) async fn find(&self, css: &str) -> Element {
        match self.client.find(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.text_of_all().await),
        }
    }

    async fn text_of_all(&self) -> String {
        let body = self.client.find(Locator::Css("body")).await.unwrap();
        body.text().await.unwrap()
    }

    /// Types into the field of that name, in place of what it holds.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("#{name}")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What the field of that name holds.
    pub(crate) async fn value(&self, name: &str) -> String {
        let field = self.find(&format!("#{name}")).await;
        field.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Chooses from the list of that name.
    pub(crate) async fn choose(&self, name: &str, value: &str) {
        let list = self.find(&format!("#{name}")).await;
        list.select_by_value(value).await.unwrap();
    }

    /// Presses the first button or link in sight that begins with these words, and waits for the page to which it leads.
    pub(crate) async fn press(&self, words: &str) {
        let element = self.find_in_sight("self::button or self::a", words).await;
        self.leave(async { element.click().await.unwrap() }).await;
    }

    /// Opens the first fold in sight that begins with these words.
    pub(crate) async fn unfold(&self, words: &str) {
        let element = self.find_in_sight("self::summary", words).await;
        element.click().await.unwrap();
    }

    async fn find_in_sight(&self, kinds: &str, words: &str) -> Element {
        let path = format!("//*[{kinds}][starts-with(normalize-space(.), '{words}')]");
        for element in self.client.find_all(Locator::XPath(&path)).await.unwrap() {
            if element.is_displayed().await.unwrap() {
                return element;
            }
        }
        panic!("{words}\n{}", self.text_of_all().await);
    }

    /// Does what leads to another page, and waits until this one is gone.
    async fn leave(&self, act: impl Future<Output = ()>) {
        let page = self.find("html").await;
        act.await;
        let gone = async { while page.tag_name().await.is_ok() {} };
        let patience = std::time::Duration::from_secs(30);
        tokio::time::timeout(patience, gone).await.unwrap();
    }

    /// Presses Tab.
    pub(crate) async fn tab(&self) {
        self.type_text(&Key::Tab).await;
    }

    /// Presses Enter, and waits for the page to which it leads.
    pub(crate) async fn enter(&self) {
        self.leave(self.type_text(&Key::Enter)).await;
    }

    /// Types where the focus is.
    pub(crate) async fn type_text(&self, text: &str) {
        let focused = self.client.active_element().await.unwrap();
        focused.send_keys(text).await.unwrap();
    }

    /// What has the focus: its id or else its text.
    pub(crate) async fn focus(&self) -> String {
        let focused = self.client.active_element().await.unwrap();
        match focused.attr("id").await.unwrap() {
            Some(id) => id,
            None => focused.text().await.unwrap(),
        }
    }

    /// Forgets all cookies.
    pub(crate) async fn forget_cookies(&self) {
        self.client.delete_all_cookies().await.unwrap();
    }

    /// Waits until the page has such an element; gives the first.
    pub(crate) async fn wait_for(&self, css: &str) -> Element {
        let patience = std::time::Duration::from_secs(60);
        let wait = self.client.wait().at_most(patience);
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.text_of_all().await),
        }
    }

    /// What the browser has logged since it was last asked: what the console shows (`browser`), or what its tools see (`performance`).
    pub(crate) async fn log(&self, kind: &str) -> Vec<Value> {
        let log = self.command("se/log", &json!({"type": kind})).await;
        log.as_array().unwrap().clone()
    }

    /// Speaks with the browser itself, beside the page.
    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.command("goog/cdp/execute", &body).await
    }

    /// Sends a command that only this kind of driver knows.
    async fn command(&self, path: &str, body: &Value) -> Value {
        let session = self.client.session_id().await.unwrap().unwrap();
        let url = format!("{}/session/{session}/{path}", self.driver_url);
        let answer = roster_client::http()
            .build()
            .unwrap()
            .post(url)
            .json(body)
            .send()
            .await;
        let answer: Value = answer.unwrap().json().await.unwrap();
        assert!(answer["value"].get("error").is_none(), "{answer}");
        answer["value"].clone()
    }

    /// Sets what the page believes of its screen.
    pub(crate) async fn screen(&self, width: u32, height: u32, scheme: &str) {
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        self.devtools("Emulation.setEmulatedMedia", json!({"features": [feature]}))
            .await;
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// How wide and high the page is in all.
    pub(crate) async fn extent(&self) -> (f64, f64) {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let size = &metrics["cssContentSize"];
        (
            size["width"].as_f64().unwrap(),
            size["height"].as_f64().unwrap(),
        )
    }

    /// What the window shows, as PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap()
    }
}
