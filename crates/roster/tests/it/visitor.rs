//! A browser as far as pages need one: it keeps cookies, sends forms, and follows nothing by itself.

use crate::harness::{Answer, Method, TestServer, read};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Somebody who visits pages.
pub(crate) struct Visitor {
    client: reqwest::Client,
    base_url: String,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Visitor {
    /// A visitor without cookies.
    pub(crate) fn new(server: &TestServer) -> Self {
        let client = roster_client::http().redirect(reqwest::redirect::Policy::none());
        Self {
            client: client.build().unwrap(),
            base_url: server.base_url(),
            cookies: RefCell::default(),
        }
    }

    /// A visitor who has signed in already.
    pub(crate) fn with_session(server: &TestServer, cookie: &str) -> Self {
        let visitor = Self::new(server);
        visitor.set_cookie("roster_session", Some(cookie));
        visitor
    }

    /// Puts a cookie into the jar, or takes it out.
    pub(crate) fn set_cookie(&self, name: &str, value: Option<&str>) {
        let mut cookies = self.cookies.borrow_mut();
        match value {
            Some(value) => cookies.insert(name.to_owned(), value.to_owned()),
            None => cookies.remove(name),
        };
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// A request with the cookies.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.base_url);
        let cookies: Vec<String> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self.client.request(method, url);
        match cookies.is_empty() {
            true => request,
            false => request.header(COOKIE, cookies.join("; ")),
        }
    }

    /// Sends a request and keeps the cookies of the answer.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = read(request).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let (cookie, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            let is_gone = attributes.contains("Max-Age=0");
            self.set_cookie(name, (!is_gone).then_some(value));
        }
        answer
    }

    /// Gets a page.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a form as it is.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        self.send(request).await
    }

    /// Opens a page and sends its form, which goes to that path.
    pub(crate) async fn submit(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf_token = csrf_token(&self.get(page).await.expect(200));
        let fields: Vec<_> = [("csrf_token", csrf_token.as_str())]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        self.post(path, &fields).await
    }

    /// The same where the form goes to the page's own path.
    pub(crate) async fn fill(&self, page: &str, fields: &[(&str, &str)]) -> Answer {
        self.submit(page, page, fields).await
    }
}

/// The text that the forms of a page carry.
#[track_caller]
pub(crate) fn csrf_token(page: &Answer) -> String {
    between(&page.text, "name=\"csrf_token\" value=\"", "\"").to_owned()
}

/// What stands between two texts.
#[track_caller]
pub(crate) fn between<'a>(text: &'a str, before: &str, behind: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{text}"));
    rest.split_once(behind)
        .unwrap_or_else(|| panic!("{text}"))
        .0
}

/// Where an answer sends the browser.
#[track_caller]
pub(crate) fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.headers[LOCATION].to_str().unwrap()
}

/// The heading of a page.
#[track_caller]
pub(crate) fn heading(page: &Answer) -> &str {
    assert_eq!(page.text.matches("<h1>").count(), 1, "{}", page.text);
    between(&page.text, "<h1>", "</h1>")
}
