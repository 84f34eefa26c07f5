//! One request and the response that it must get.

use crate::dialect::Dialect;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt};

/// A request and its response.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Who asks, and by what.
    #[serde(default, rename = "as")]
    pub caller: Caller,
    /// What is sent.
    pub request: Request,
    /// What must come back.
    pub response: Response,
}

/// Who asks, and by what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Caller {
    /// The admin who always exists, by key.
    #[default]
    Admin,
    /// Somebody who shows nothing.
    Nobody,
    /// Somebody with a key that no user has.
    WrongKey,
    /// A user, by key.
    Given(String),
    /// A user, by session.
    Session(String),
}

impl From<String> for Caller {
    fn from(word: String) -> Self {
        match word.as_str() {
            "admin" => Self::Admin,
            "nobody" => Self::Nobody,
            "a wrong key" => Self::WrongKey,
            _ => match word.strip_suffix("'s session") {
                Some(handle) => Self::Session(handle.to_owned()),
                None => Self::Given(word),
            },
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
    /// How often it is sent, each time with the same answer.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

impl Request {
    /// Whether the request only reads.
    pub fn is_read(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// The path as routes are written: no query and, where a path has several spellings, no trailing slash and no `.json`.
    pub fn route_path(&self) -> &str {
        let path = self
            .path
            .split_once('?')
            .map_or(self.path.as_str(), |(path, _)| path);
        if Dialect::of(path) != Dialect::V1 {
            return path;
        }
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
        // A path can have a thousand ids.
        write!(f, "{} {:.300}", self.method, self.path)
    }
}

/// What must come back.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Written")]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers besides those that every answer has.
    pub headers: BTreeMap<String, String>,
    /// The body; none means an empty one.
    pub body: Option<Value>,
    /// What later steps need of the answer: for `handle.field` a JSON pointer into the body, `cookie`, or a header's name.
    pub keep: BTreeMap<String, String>,
    /// Whether the answer may be another at first.
    pub eventually: bool,
}

/// A response as its file writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    fault: Option<Fault>,
    #[serde(default)]
    keep: BTreeMap<String, String>,
    #[serde(default)]
    eventually: bool,
}

/// What a fault says, without its envelope.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    #[serde(rename = "type")]
    kind: String,
    message: String,
    record: Option<Value>,
    data: Option<Value>,
}

impl Fault {
    fn in_envelope(self) -> Value {
        let Self {
            kind,
            message,
            record,
            data,
        } = self;
        let mut body = json!({
            "type": kind,
            "message": message,
            "error": {"type": kind, "message": message, "debug_id": "<string>"},
        });
        if let Some(members) = body.as_object_mut() {
            members.extend(record.map(|record| ("record".to_owned(), record)));
            members.extend(data.map(|data| ("data".to_owned(), data)));
        }
        body
    }
}

impl TryFrom<Written> for Response {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let body = match (written.body, written.fault) {
            (Some(_), Some(_)) => return Err("a response has a body or a fault, not both"),
            (body, fault) => body.or(fault.map(Fault::in_envelope)),
        };
        Ok(Self {
            status: written.status,
            headers: written.headers,
            body,
            keep: written.keep,
            eventually: written.eventually,
        })
    }
}

/// Applies a change to every text of a request and its response that a substitution may touch.
pub(crate) trait Texts {
    /// Why a substitution fails.
    type Error;

    /// The path.
    fn path(&self, text: &str) -> Result<String, Self::Error>;
    /// A header or a raw body.
    fn plain(&self, text: &str) -> Result<String, Self::Error>;
    /// A JSON body of that dialect.
    fn json(&self, dialect: Dialect, value: &Value) -> Result<Value, Self::Error>;
}

impl Exchange {
    /// The exchange with every text substituted.
    pub(crate) fn substituted<T: Texts>(&self, texts: &T) -> Result<Self, T::Error> {
        let request = &self.request;
        let dialect = Dialect::of(&request.path);
        let json = |value: &Value| texts.json(dialect, value);
        Ok(Self {
            caller: self.caller.clone(),
            request: Request {
                method: request.method.clone(),
                path: texts.path(&request.path)?,
                headers: headers(&request.headers, texts)?,
                body: optional(request.body.as_ref(), json)?,
                raw_body: optional(request.raw_body.as_ref(), |text| texts.plain(text))?,
                times: request.times,
            },
            response: Response {
                status: self.response.status,
                headers: headers(&self.response.headers, texts)?,
                body: optional(self.response.body.as_ref(), json)?,
                keep: self.response.keep.clone(),
                eventually: self.response.eventually,
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
        assert!(!get("/api/account/keys.json").is_at("/api/account/keys"));
        assert!(!get("/users").is_at("/users/{id}"));
        assert!(!get("/users/7/x").is_at("/users/{id}"));
    }

    #[test]
    fn a_fault_stands_for_its_envelope() {
        let response = |value| serde_json::from_value::<Response>(value);
        let fault = json!({"type": "AuthError", "message": "Sign in first"});
        let written = response(json!({"status": 401, "fault": fault})).unwrap();
        let body = json!({
            "type": "AuthError",
            "message": "Sign in first",
            "error": {"type": "AuthError", "message": "Sign in first", "debug_id": "<string>"},
        });
        assert_eq!(written.body, Some(body));
        assert!(response(json!({"status": 401, "fault": fault, "body": {}})).is_err());
    }
}
