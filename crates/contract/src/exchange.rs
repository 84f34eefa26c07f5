//! One request and the response that it must get.

use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// A request and its response.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Whose key the request carries.
    #[serde(default, rename = "as")]
    pub caller: Caller,
    /// What is sent.
    pub request: Request,
    /// What must come back.
    pub response: Response,
}

/// Whose key a request carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Caller {
    /// That of the admin who always exists.
    #[default]
    Admin,
    /// None.
    Nobody,
    /// One that no user has.
    WrongKey,
    /// That of a given user.
    Given(String),
}

impl From<String> for Caller {
    fn from(word: String) -> Self {
        match word.as_str() {
            "admin" => Self::Admin,
            "nobody" => Self::Nobody,
            "a wrong key" => Self::WrongKey,
            _ => Self::Given(word),
        }
    }
}

/// What is sent. The headers come on top of `Accept` and `Content-Type`, both `application/json`, or replace them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path and the query, as they are sent.
    pub path: String,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A body in JSON.
    #[serde(default)]
    pub body: Option<Value>,
    /// A body that is sent as it is.
    #[serde(default)]
    pub raw_body: Option<String>,
}

impl Request {
    /// Whether the request only reads.
    pub fn is_read(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// The path as routes are written: no query, no trailing slash, no `.json`.
    pub fn route_path(&self) -> &str {
        let path = self
            .path
            .split_once('?')
            .map_or(self.path.as_str(), |(path, _)| path);
        let path = path.strip_suffix('/').unwrap_or(path);
        path.strip_suffix(".json").unwrap_or(path)
    }

    /// Whether the request is one to the route, such as `/users/{id}`.
    pub fn is_at(&self, pattern: &str) -> bool {
        let mut segments = self.route_path().split('/');
        let all = pattern.split('/').all(|wanted| {
            segments
                .next()
                .is_some_and(|segment| segment == wanted || wanted.starts_with('{'))
        });
        all && segments.next().is_none()
    }

    /// The bytes of the body.
    pub fn body_text(&self) -> Option<String> {
        let json = self.body.as_ref().map(Value::to_string);
        json.or_else(|| self.raw_body.clone())
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// What must come back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers besides those that every answer has.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body; none means an empty one.
    #[serde(default)]
    pub body: Option<Value>,
}

/// Applies a change to every text of a request and its response that a substitution may touch.
pub(crate) trait Texts {
    /// Why a substitution fails.
    type Error;

    /// The path.
    fn path(&self, text: &str) -> Result<String, Self::Error>;
    /// A header or a raw body.
    fn plain(&self, text: &str) -> Result<String, Self::Error>;
    /// A JSON body.
    fn json(&self, value: &Value) -> Result<Value, Self::Error>;
}

impl Exchange {
    /// The exchange with every text substituted.
    pub(crate) fn substituted<T: Texts>(&self, texts: &T) -> Result<Self, T::Error> {
        let request = &self.request;
        Ok(Self {
            caller: self.caller.clone(),
            request: Request {
                method: request.method.clone(),
                path: texts.path(&request.path)?,
                headers: headers(&request.headers, texts)?,
                body: optional(request.body.as_ref(), |value| texts.json(value))?,
                raw_body: optional(request.raw_body.as_ref(), |text| texts.plain(text))?,
            },
            response: Response {
                status: self.response.status,
                headers: headers(&self.response.headers, texts)?,
                body: optional(self.response.body.as_ref(), |value| texts.json(value))?,
            },
        })
    }
}

fn headers<T: Texts>(
    headers: &BTreeMap<String, String>,
    texts: &T,
) -> Result<BTreeMap<String, String>, T::Error> {
    headers
        .iter()
        .map(|(name, text)| Ok((name.clone(), texts.plain(text)?)))
        .collect()
}

fn optional<A, B, E>(
    value: Option<&A>,
    change: impl FnOnce(&A) -> Result<B, E>,
) -> Result<Option<B>, E> {
    value.map(change).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Request {
        serde_json::from_value(serde_json::json!({"method": "GET", "path": path})).unwrap()
    }

    #[test]
    fn a_path_is_at_its_route_in_every_spelling() {
        for path in [
            "/users/7",
            "/users/7.json",
            "/users/7.json/",
            "/users/7/?a=b",
        ] {
            assert!(get(path).is_at("/users/{id}"), "{path}");
        }
        assert!(!get("/users").is_at("/users/{id}"));
        assert!(!get("/users/7/x").is_at("/users/{id}"));
    }
}
