//! Sending a case to a server and judging the answers.

use crate::{
    case::Case,
    compare::{Difference, Rows, compare},
    exchange::{Caller, Exchange, Request, Response},
    fill::{Handle, Handles},
    setup::{Setup, SetupError, prepare},
};
use reqwest::{
    StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use serde_json::Value;
use std::{collections::BTreeSet, error::Error, fmt};

/// A server to send requests to.
#[derive(Debug, Clone)]
pub struct Server {
    base_url: String,
    http: reqwest::Client,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Server {
    /// The server at this address; no path is needed.
    ///
    /// # Errors
    /// The HTTP client does not start.
    pub fn new(base_url: &str) -> Result<Self, reqwest::Error> {
        Ok(Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            http: reqwest::Client::builder()
                .redirect(redirect::Policy::none())
                .build()?,
        })
    }

    /// Sends a request in which everything is filled in.
    ///
    /// # Errors
    /// No answer came, or the request is none that could be sent.
    pub async fn send(&self, request: &Request, key: Option<&str>) -> Result<Answer, Failure> {
        let method = request.method.parse().map_err(Failure::unsendable)?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut insert = |name: &str, value: &str| -> Result<(), Failure> {
            let name: HeaderName = name.parse().map_err(Failure::unsendable)?;
            headers.insert(name, value.parse().map_err(Failure::unsendable)?);
            Ok(())
        };
        if let Some(key) = key {
            insert("x-holistics-key", key)?;
        }
        for (name, value) in &request.headers {
            insert(name, value)?;
        }
        let url = format!("{}{}", self.base_url, request.path);
        let mut sending = self.http.request(method, url).headers(headers);
        if let Some(body) = request.body_text() {
            sending = sending.body(body);
        }
        let answer = sending.send().await.map_err(Failure::unreachable)?;
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.text().await.map_err(Failure::unreachable)?,
        })
    }
}

/// Why a case failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// What the case begins with could not be made.
    Setup(SetupError),
    /// The request cannot be sent: the case is wrong.
    Unsendable(String),
    /// No answer came.
    Unreachable(String),
    /// The answer is not the expected one.
    Differs {
        /// The request that got the answer.
        request: String,
        /// Where they differ.
        differences: Vec<Difference>,
    },
}

impl Failure {
    fn unsendable(error: impl fmt::Display) -> Self {
        Self::Unsendable(error.to_string())
    }

    fn unreachable(error: reqwest::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Unreachable(text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => write!(f, "    cannot be set up: {error}"),
            Self::Unsendable(error) => write!(f, "    cannot be sent: {error}"),
            Self::Unreachable(error) => write!(f, "    no answer: {error}"),
            Self::Differs {
                request,
                differences,
            } => {
                write!(f, "    {request}")?;
                for difference in differences {
                    write!(f, "\n      {difference}")?;
                }
                Ok(())
            }
        }
    }
}

/// Sets a case up, sends its requests in order, and stops at the first answer that is not the expected one.
///
/// # Errors
/// The first failure.
pub async fn run_case(
    case: &Case,
    server: &Server,
    setup: &mut (impl Setup + Send),
    admin: Handle,
    rows: Rows,
) -> Result<(), Failure> {
    let handles = prepare(case, admin, setup).await.map_err(Failure::Setup)?;
    for exchange in case.exchanges() {
        let exchange = handles.fill(&exchange).map_err(Failure::Unsendable)?;
        let key = key_of(&exchange, &handles)?;
        let answer = server.send(&exchange.request, key.as_deref()).await?;
        let differences = judge(&exchange.response, &answer, rows);
        if !differences.is_empty() {
            return Err(Failure::Differs {
                request: exchange.request.to_string(),
                differences,
            });
        }
    }
    Ok(())
}

fn key_of(exchange: &Exchange, handles: &Handles) -> Result<Option<String>, Failure> {
    let handle = match &exchange.caller {
        Caller::Nobody => return Ok(None),
        Caller::WrongKey => return Ok(Some("no-such-key".to_owned())),
        Caller::Admin => "admin",
        Caller::Given(handle) => handle,
    };
    let key = handles.key(handle).map(str::to_owned);
    key.map(Some)
        .ok_or(Failure::Unsendable(format!("{handle} has no key")))
}

fn judge(expected: &Response, answer: &Answer, rows: Rows) -> Vec<Difference> {
    let mut differences = Vec::new();
    if expected.status != answer.status {
        differences.push(Difference::new("status", expected.status, answer.status));
    }
    let reason = StatusCode::from_u16(answer.status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    let status = format!("{} {reason}", answer.status);
    let mut header = |name: &str, wanted: &str| {
        let got = answer.headers.get(name).and_then(|got| got.to_str().ok());
        if got.is_none_or(|got| list(got) != list(wanted)) {
            let got = got.unwrap_or("no such header");
            differences.push(Difference::new(format!("header {name}"), wanted, got));
        }
    };
    header("content-type", "application/json; charset=utf-8");
    header("status", &status);
    for (name, wanted) in &expected.headers {
        header(name, wanted);
    }
    match (&expected.body, answer.body.as_str()) {
        (None, "") => {}
        (None, got) => differences.push(Difference::new("body", "an empty one", got)),
        (Some(expected), got) => match serde_json::from_str::<Value>(got) {
            Ok(got) => differences.extend(compare(expected, &got, rows)),
            Err(_) => differences.push(Difference::new("body", expected, format!("{got:?}"))),
        },
    }
    differences
}

/// The members of a header that is a list; their order says nothing.
fn list(value: &str) -> BTreeSet<&str> {
    value.split(',').map(str::trim).collect()
}
