//! Sending a case to a server and judging the answers.

use crate::{
    case::Case,
    compare::{Difference, Rows, compare, is_match_of_text},
    dialect::Dialect,
    exchange::{Caller, Exchange, Request, Response},
    fill::Handles,
    setup::{Setup, SetupError, prepare},
};
use reqwest::{
    StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE},
    redirect,
};
use serde_json::Value;
use std::{collections::BTreeSet, error::Error, fmt, time::Duration};
use tokio::time::{Instant, sleep};

/// How long an answer that may be another at first has until it is right.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server to send requests to.
#[derive(Debug, Clone)]
pub struct Server {
    base_url: String,
    http: reqwest::Client,
}

/// What a request shows to be let in.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing.
    Nothing,
    /// An API key.
    Key(String),
    /// A session.
    Session {
        /// The value of its cookie.
        cookie: String,
        /// The text that goes with every request but reading ones.
        csrf_token: String,
    },
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
        // It fails where TLS has been chosen for the process already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
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
    pub async fn send(
        &self,
        request: &Request,
        credential: &Credential,
    ) -> Result<Answer, Failure> {
        let method = request.method.parse().map_err(Failure::unsendable)?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut insert = |name: &str, value: &str| -> Result<(), Failure> {
            let name: HeaderName = name.parse().map_err(Failure::unsendable)?;
            headers.insert(name, value.parse().map_err(Failure::unsendable)?);
            Ok(())
        };
        match credential {
            Credential::Nothing => {}
            Credential::Key(key) => insert("x-holistics-key", key)?,
            Credential::Session { cookie, csrf_token } => {
                insert("cookie", &format!("roster_session={cookie}"))?;
                if !request.is_read() {
                    insert("x-csrf-token", csrf_token)?;
                }
            }
        }
        for (name, value) in &request.headers {
            insert(name, value)?;
        }
        if headers.get(CONTENT_TYPE).is_some_and(HeaderValue::is_empty) {
            headers.remove(CONTENT_TYPE);
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
    known: Handles,
    rows: Rows,
) -> Result<(), Failure> {
    let mut handles = prepare(case, known, setup).await.map_err(Failure::Setup)?;
    for exchange in case.exchanges() {
        let exchange = handles.fill(&exchange).map_err(Failure::Unsendable)?;
        let credential = credential_of(&exchange, &handles)?;
        for _ in 0..exchange.request.times {
            let answer = send_until_right(&exchange, server, &credential, rows).await?;
            let body: Option<Value> = serde_json::from_str(&answer.body).ok();
            handles
                .keep(&exchange.response, body.as_ref(), |place| match place {
                    "cookie" => cookie_of(&answer),
                    header => answer.headers.get(header)?.to_str().ok(),
                })
                .map_err(Failure::Unsendable)?;
        }
    }
    Ok(())
}

async fn send_until_right(
    exchange: &Exchange,
    server: &Server,
    credential: &Credential,
    rows: Rows,
) -> Result<Answer, Failure> {
    const PAUSE: Duration = Duration::from_millis(20);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = server.send(&exchange.request, credential).await?;
        let dialect = Dialect::of(&exchange.request.path);
        let differences = judge(dialect, &exchange.response, &answer, rows);
        if differences.is_empty() {
            return Ok(answer);
        }
        if !exchange.response.eventually || Instant::now() >= deadline {
            return Err(Failure::Differs {
                request: exchange.request.to_string(),
                differences,
            });
        }
        sleep(PAUSE).await;
    }
}

fn credential_of(exchange: &Exchange, handles: &Handles) -> Result<Credential, Failure> {
    let text = |handle: &str, field: &str| {
        let text = handles.text(handle, field).map(str::to_owned);
        text.ok_or(Failure::Unsendable(format!("{handle} has no {field}")))
    };
    Ok(match &exchange.caller {
        Caller::Nobody => Credential::Nothing,
        Caller::WrongKey => Credential::Key("no-such-key".to_owned()),
        Caller::Admin => Credential::Key(text("admin", "key")?),
        Caller::Given(handle) => Credential::Key(text(handle, "key")?),
        Caller::Session(handle) => Credential::Session {
            cookie: text(handle, "session")?,
            csrf_token: text(handle, "csrf_token")?,
        },
    })
}

/// The value of the cookie that the answer sets.
fn cookie_of(answer: &Answer) -> Option<&str> {
    let cookie = answer.headers.get(SET_COOKIE)?.to_str().ok()?;
    Some(cookie.split(';').next()?.split_once('=')?.1)
}

fn judge(dialect: Dialect, expected: &Response, answer: &Answer, rows: Rows) -> Vec<Difference> {
    let mut differences = Vec::new();
    if expected.status != answer.status {
        differences.push(Difference::new("status", expected.status, answer.status));
    }
    let got = |name: &str| answer.headers.get(name).and_then(|got| got.to_str().ok());
    for (name, wanted) in common_headers(dialect, answer.status)
        .iter()
        .map(|(name, wanted)| (*name, wanted))
        .chain(expected.headers.iter().map(|(name, text)| (&**name, text)))
    {
        let got = got(name);
        if got.is_none_or(|got| list(got) != list(wanted) && !is_match_of_text(wanted, got)) {
            let got = got.unwrap_or("no such header");
            differences.push(Difference::new(format!("header {name}"), wanted, got));
        }
    }
    let may_set_cookie = match dialect {
        Dialect::V1 => true,
        Dialect::Account => answer.status < 400,
        Dialect::V2 => false,
    };
    if let (false, Some(cookie)) = (may_set_cookie, got("set-cookie")) {
        differences.push(Difference::new("header set-cookie", "nothing", cookie));
    }
    match (&expected.body, answer.body.as_str()) {
        (None, "") => {}
        (None, got) => differences.push(Difference::new("body", "an empty one", got)),
        (Some(expected), body) => match serde_json::from_str::<Value>(body) {
            Ok(body) => {
                differences.extend(compare(expected, &body, rows));
                let debug_id = body.pointer("/error/debug_id").and_then(Value::as_str);
                let request_id = got("x-request-id");
                if debug_id.is_some() && debug_id != request_id {
                    let request_id = request_id.unwrap_or("no such header");
                    differences.push(Difference::new(
                        "header x-request-id",
                        "debug_id",
                        request_id,
                    ));
                }
            }
            Err(_) => differences.push(Difference::new("body", expected, format!("{body:?}"))),
        },
    }
    differences
}

/// The headers that every answer of a dialect has.
fn common_headers(dialect: Dialect, status: u16) -> Vec<(&'static str, String)> {
    const NO_CONTENT: u16 = 204;
    let mut headers = Vec::new();
    if status != NO_CONTENT {
        headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
    }
    match dialect {
        Dialect::V1 => {
            let reason = StatusCode::from_u16(status).ok();
            let reason = reason.and_then(|status| status.canonical_reason());
            headers.push(("status", format!("{status} {}", reason.unwrap_or_default())));
        }
        Dialect::Account | Dialect::V2 => {
            headers.push(("cache-control", "no-store".to_owned()));
            headers.push(("referrer-policy", "no-referrer".to_owned()));
        }
    }
    headers
}

/// The members of a header that is a list; their order says nothing.
fn list(value: &str) -> BTreeSet<&str> {
    value.split(',').map(str::trim).collect()
}
