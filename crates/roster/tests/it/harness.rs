//! What the tests share: a test body for both databases, and callers that speak HTTP.

pub(crate) use roster_server::testing::{
    Backend, KeyFixture, TestDatabase, TestServer, TestTenant, TestUser, UserFixture,
};

pub(crate) use reqwest::Method;

use reqwest::StatusCode;
use serde_json::Value;

/// Makes a test of an async function for each database.
macro_rules! on_both {
    ($($(#[$doc:meta])* $name:ident)+) => {
        $(
            mod $name {
                use crate::harness::Backend;

                $(#[$doc])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    super::body::$name(Backend::Sqlite).await;
                }

                $(#[$doc])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    super::body::$name(Backend::Postgres).await;
                }
            }
        )+
    };
}
pub(crate) use on_both;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The texts of a fault.
    #[track_caller]
    pub(crate) fn errors(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|e| e.as_str().unwrap().to_owned())
            .collect()
    }

    /// Stops the test unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

/// Who calls: a server and a key, or none.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: reqwest::Client,
    base_url: String,
    key: Option<String>,
}

impl Api {
    /// A caller with a key.
    pub(crate) fn new(base_url: &str, key: &str) -> Self {
        Self {
            client: roster_client::http().build().unwrap(),
            base_url: base_url.to_owned(),
            key: Some(key.to_owned()),
        }
    }

    /// A caller without one.
    pub(crate) fn anonymous(base_url: &str) -> Self {
        Self {
            key: None,
            ..Self::new(base_url, "")
        }
    }

    /// The same client as another caller: making a client anew takes its time.
    pub(crate) fn with_server(&self, base_url: &str, key: &str) -> Self {
        Self {
            client: self.client.clone(),
            base_url: base_url.to_owned(),
            key: Some(key.to_owned()),
        }
    }

    /// The same client at another server, without a key.
    pub(crate) fn without_key(&self, base_url: &str) -> Self {
        Self {
            client: self.client.clone(),
            base_url: base_url.to_owned(),
            key: None,
        }
    }

    /// The admin of a tenant.
    pub(crate) fn admin(server: &TestServer, tenant: &TestTenant) -> Self {
        Self::new(&server.base_url(), &tenant.admin.key)
    }

    /// A request to be completed by hand.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}{path}", self.base_url));
        match &self.key {
            Some(key) => request.header("X-Holistics-Key", key),
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
}

/// Sends a request and reads the answer to its end.
pub(crate) async fn read(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}
