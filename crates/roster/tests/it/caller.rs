//! Callers of the account API, as browsers are: with a session or without. And what the tests of accounts share.

use crate::harness::{Answer, Api, Backend, Method, TestServer, TestTenant, UserFixture, read};
use reqwest::header::{COOKIE, SET_COOKIE};
use roster_domain::id::UserId;
use roster_domain::role::Role;
use roster_domain::user::Status;
use roster_server::testing::TestSession;
use serde_json::{Value, json};
use std::sync::Arc;

/// A password that anybody may choose.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Another one.
pub(crate) const OTHER_PASSWORD: &str = "staple of nine yaks";

/// Who calls: perhaps with a session, and with the text that proves where its requests come from.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    api: Api,
    cookie: Option<String>,
    csrf: Option<String>,
}

impl Caller {
    /// One that has not signed in.
    pub(crate) fn new(server: &TestServer) -> Self {
        Self {
            api: Api::anonymous(&server.base_url()),
            cookie: None,
            csrf: None,
        }
    }

    /// The same client with a session.
    pub(crate) fn with(&self, session: &TestSession) -> Self {
        Self {
            api: self.api.clone(),
            cookie: Some(session.cookie.clone()),
            csrf: Some(session.csrf_token.clone()),
        }
    }

    /// The same session, shown with a key as well, or to another server.
    pub(crate) fn by(&self, api: &Api) -> Self {
        Self {
            api: api.clone(),
            ..self.clone()
        }
    }

    /// The same session at another server.
    pub(crate) fn at(&self, server: &TestServer) -> Self {
        self.by(&self.api.without_key(&server.base_url()))
    }

    /// The same session without the proof.
    pub(crate) fn unconfirmed(&self) -> Self {
        Self {
            csrf: None,
            ..self.clone()
        }
    }

    /// The same client with the session that an answer began.
    #[track_caller]
    pub(crate) fn begun_by(&self, answer: &Answer) -> Self {
        Self {
            api: self.api.clone(),
            cookie: Some(session_cookie(answer)),
            csrf: answer.json()["csrf_token"].as_str().map(str::to_owned),
        }
    }

    /// The value of the session's cookie.
    pub(crate) fn cookie(&self) -> &str {
        self.cookie.as_deref().unwrap_or_default()
    }

    /// The text of the header `X-CSRF-Token`.
    pub(crate) fn csrf(&self) -> &str {
        self.csrf.as_deref().unwrap_or_default()
    }

    /// A request to be completed by hand.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.api.request(method, path);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, format!("roster_session={cookie}"));
        }
        match &self.csrf {
            Some(csrf) => request.header("X-CSRF-Token", csrf),
            None => request,
        }
    }

    /// Sends a request, with a JSON body unless that is null.
    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        let mut request = self.request(method, path);
        if !body.is_null() {
            request = request.json(body);
        }
        read(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, &body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &Value::Null).await
    }

    /// Tries to sign in.
    pub(crate) async fn sign_in(&self, tenant: &TestTenant, email: &str, password: &str) -> Answer {
        let body = json!({"tenant": tenant.slug, "email": email, "password": password});
        self.post("/api/account/session", body).await
    }

    /// Whether the session is accepted.
    pub(crate) async fn is_in(&self) -> bool {
        let answer = self.get("/api/account/session").await;
        if answer.status == 401 {
            let (kind, _) = answer.fault();
            assert_eq!(kind, "AuthError");
            return false;
        }
        answer.expect(200);
        true
    }
}

/// The value of the session's cookie that an answer sets.
#[track_caller]
pub(crate) fn session_cookie(answer: &Answer) -> String {
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    let value = cookie.strip_prefix("roster_session=").unwrap();
    value.split(';').next().unwrap().to_owned()
}

impl Answer {
    /// The kind and the text of a fault as v2 prints it, which stand in its body twice.
    #[track_caller]
    pub(crate) fn fault(&self) -> (String, String) {
        let body = self.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let fault = (text(&body["type"]), text(&body["message"]));
        let nested = &body["error"];
        assert_eq!(
            (text(&nested["type"]), text(&nested["message"])),
            fault,
            "{body}"
        );
        assert_eq!(
            nested["debug_id"],
            self.headers["x-request-id"].to_str().unwrap()
        );
        fault
    }

    /// The body of a fault without what is another with each request.
    #[track_caller]
    pub(crate) fn without_id(&self) -> Value {
        let mut body = self.json();
        assert!(body["error"]["debug_id"].take().is_string());
        body
    }
}

/// Two servers of one database, which on SQLite are one.
pub(crate) async fn servers(backend: Backend) -> Vec<TestServer> {
    let first = TestServer::start(backend).await.unwrap();
    match backend {
        Backend::Sqlite => vec![first],
        Backend::Postgres => {
            let second = TestServer::on(Arc::clone(first.database())).unwrap();
            vec![first, second]
        }
    }
}

/// Adds a user in a state, with the password.
pub(crate) async fn add(tenant: &TestTenant, email: &str, role: Role, status: Status) -> UserId {
    let user = UserFixture {
        status,
        name: Some("Ana".to_owned()),
        ..UserFixture::active(email, role)
    };
    let id = tenant.user(user).await.unwrap();
    tenant.password(id, PASSWORD).await.unwrap();
    id
}

/// Adds an active user with the password.
pub(crate) async fn add_active(tenant: &TestTenant, email: &str, role: Role) -> UserId {
    add(tenant, email, role, Status::Active).await
}
