//! One call: building the request, sending it until it is answered, reading the answer.
//!
//! It knows no route and no dialect; those say with a [`Route`] what to send and how errors are written.

use crate::{
    AnswerBody, Client, Error, Version, Versioned, client::Core, error::Fault, retry::Repeat,
};
use reqwest::{
    Method, RequestBuilder, Response,
    header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, RETRY_AFTER},
};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::time::Duration;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a dialect says about a call.
pub(crate) struct Route {
    pub(crate) method: Method,
    /// Of fixed words and ids, beginning with a slash. Text that users choose goes into the query.
    pub(crate) path: String,
    pub(crate) repeat: Repeat,
    /// Reads the body of an error; there are no messages when it is not of the dialect's form.
    pub(crate) fault: fn(Value) -> Fault,
}

pub(crate) struct Request<'a> {
    core: &'a Core,
    builder: RequestBuilder,
    repeat: Repeat,
    fault: fn(Value) -> Fault,
}

impl Client {
    pub(crate) fn request(&self, route: Route) -> Request<'_> {
        let mut url = self.core.base.clone();
        let path = format!("{}{}", url.path().trim_end_matches('/'), route.path);
        url.set_path(&path);
        let mut request = Request {
            core: &self.core,
            builder: self.core.http.request(route.method.clone(), url),
            repeat: route.repeat,
            fault: route.fault,
        };
        if route.method == Method::POST
            && let Some(key) = self.idempotency_key.clone().or_else(fresh_key)
        {
            request.builder = request.builder.header(IDEMPOTENCY_KEY, key);
            if self.core.honours_keys {
                request.repeat = Repeat::Keyed;
            }
        }
        request
    }
}

impl Request<'_> {
    /// Adds a parameter, encoded as in a form: a plus as `%2B`.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.query(&[(name, value)]);
        self
    }

    /// Adds parameters, encoded likewise.
    pub(crate) fn queries(mut self, pairs: &[(&str, String)]) -> Self {
        self.builder = self.builder.query(pairs);
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    /// Insists on a version. What has then taken effect would be refused the second time.
    pub(crate) fn if_match(mut self, version: Option<&Version>) -> Self {
        if let Some(version) = version {
            self.builder = self.builder.header(IF_MATCH, version.as_str());
            self.repeat = Repeat::Unsafe;
        }
        self
    }

    /// Sends the request and reads the answer's body as JSON.
    pub(crate) async fn answer<T: DeserializeOwned>(self) -> Result<T, Error> {
        Ok(self.versioned().await?.value)
    }

    /// As [`Request::answer`], with the version that the answer's head tells.
    pub(crate) async fn versioned<T: DeserializeOwned>(self) -> Result<Versioned<T>, Error> {
        let core = self.core;
        let answer = self.send().await?;
        match serde_json::from_slice(&answer.body) {
            Ok(value) => Ok(Versioned {
                value,
                version: answer.version,
            }),
            Err(error) => Err(core.decoding(&answer, error)),
        }
    }

    /// Sends the request and checks that the answer acknowledges it: a JSON object, or nothing.
    ///
    /// The status tells success already; the rest is for the page of a proxy that answers 200 to everything.
    pub(crate) async fn acknowledged(self) -> Result<(), Error> {
        let core = self.core;
        let answer = self.send().await?;
        if answer.body.trim_ascii().is_empty() {
            return Ok(());
        }
        serde_json::from_slice::<Map<String, Value>>(&answer.body)
            .map(|_| ())
            .map_err(|error| core.decoding(&answer, error))
    }

    async fn send(self) -> Result<Answer, Error> {
        let mut request = self.builder.build().map_err(Error::transport)?;
        let mut retries = 0;
        loop {
            let copy = request.try_clone();
            let error = match self.core.exchange(request, self.fault).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let pause = self.core.retries.pause(self.repeat, retries, &error);
            let (Some(copy), Some(pause)) = (copy, pause) else {
                return Err(error);
            };
            tokio::time::sleep(pause).await;
            request = copy;
            retries += 1;
        }
    }
}

/// A successful answer, complete.
struct Answer {
    status: u16,
    version: Option<Version>,
    body: Vec<u8>,
}

impl Core {
    async fn exchange(
        &self,
        request: reqwest::Request,
        fault: fn(Value) -> Fault,
    ) -> Result<Answer, Error> {
        let response = self.http.execute(request).await.map_err(Error::transport)?;
        let status = response.status();
        if status.is_success() {
            let version = text(response.headers(), &ETAG).map(Version::new);
            let body = response.bytes().await.map_err(Error::transport)?;
            return Ok(Answer {
                status: status.as_u16(),
                version,
                body: body.into(),
            });
        }
        let retry_after = retry_after(response.headers());
        let request_id = text(response.headers(), &REQUEST_ID).map(ToOwned::to_owned);
        let body = String::from_utf8_lossy(&beginning(response).await).into_owned();
        let json = serde_json::from_str(&body).ok();
        let told = json.map_or_else(Fault::default, |json| fault(self.json_without_key(json)));
        Err(Error::Api {
            status: status.as_u16(),
            messages: told.messages,
            retry_after,
            request_id: told
                .request_id
                .or_else(|| request_id.map(|id| self.without_key(id))),
            details: told.details,
            body: AnswerBody::new(self.without_key(body)),
        })
    }

    fn decoding(&self, answer: &Answer, error: serde_json::Error) -> Error {
        let kept = answer.body.get(..AnswerBody::LIMIT).unwrap_or(&answer.body);
        // The text of the error quotes values of the body.
        let text = error.to_string();
        let source = if text.contains(self.key.expose_secret()) {
            serde::de::Error::custom(self.without_key(text))
        } else {
            error
        };
        Error::Decoding {
            status: answer.status,
            body: AnswerBody::new(self.without_key(String::from_utf8_lossy(kept).into_owned())),
            source,
        }
    }

    fn without_key(&self, text: String) -> String {
        let key = self.key.expose_secret();
        if text.contains(key) {
            text.replace(key, "[API key]")
        } else {
            text
        }
    }

    fn json_without_key(&self, json: Value) -> Value {
        match json {
            Value::String(text) => Value::String(self.without_key(text)),
            Value::Array(values) => values
                .into_iter()
                .map(|value| self.json_without_key(value))
                .collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (self.without_key(name), self.json_without_key(value)))
                .collect(),
            other => other,
        }
    }
}

/// A key for one call. If the system has no random numbers, the call goes without one and is not repeated for it.
fn fresh_key() -> Option<HeaderValue> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    HeaderValue::from_str(&format!("{:032x}", u128::from_ne_bytes(bytes))).ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The first bytes of an error's body. When it breaks off, its status still tells more than the broken connection.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < AnswerBody::LIMIT
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(AnswerBody::LIMIT);
    bytes
}

/// The header's seconds. A date in it is not read: the two clocks may differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = text(headers, &RETRY_AFTER)?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
