//! One call: building the request, sending it until it is answered, reading the answer.
//!
//! It knows no route and no dialect; those say with a [`Route`] what to send and how errors are written.

use crate::{AnswerBody, Client, Error, client::Core, retry::Repeat};
use reqwest::{
    Method, RequestBuilder, Response,
    header::{HeaderMap, RETRY_AFTER},
};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::time::Duration;

/// What a dialect says about a call.
pub(crate) struct Route {
    pub(crate) method: Method,
    /// Of fixed words and ids, beginning with a slash. Text that users choose goes into the query.
    pub(crate) path: String,
    pub(crate) repeat: Repeat,
    /// Finds the texts in the body of an error; none when it is not of the dialect's form.
    pub(crate) messages: fn(&str) -> Vec<String>,
}

pub(crate) struct Request<'a> {
    core: &'a Core,
    builder: RequestBuilder,
    repeat: Repeat,
    messages: fn(&str) -> Vec<String>,
}

impl Client {
    pub(crate) fn request(&self, route: Route) -> Request<'_> {
        let mut url = self.core.base.clone();
        let path = format!("{}{}", url.path().trim_end_matches('/'), route.path);
        url.set_path(&path);
        Request {
            core: &self.core,
            builder: self.core.http.request(route.method, url),
            repeat: route.repeat,
            messages: route.messages,
        }
    }
}

impl Request<'_> {
    /// Adds a parameter, encoded as in a form: a plus as `%2B`.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.query(&[(name, value)]);
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    /// Sends the request and reads the answer's body as JSON.
    pub(crate) async fn answer<T: DeserializeOwned>(self) -> Result<T, Error> {
        let core = self.core;
        let answer = self.send().await?;
        serde_json::from_slice(&answer.body).map_err(|error| core.decoding(&answer, error))
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
            let error = match self.core.exchange(request, self.messages).await {
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
    body: Vec<u8>,
}

impl Core {
    async fn exchange(
        &self,
        request: reqwest::Request,
        messages: fn(&str) -> Vec<String>,
    ) -> Result<Answer, Error> {
        let response = self.http.execute(request).await.map_err(Error::transport)?;
        let status = response.status();
        if status.is_success() {
            let body = response.bytes().await.map_err(Error::transport)?;
            return Ok(Answer {
                status: status.as_u16(),
                body: body.into(),
            });
        }
        let retry_after = retry_after(response.headers());
        let text = String::from_utf8_lossy(&beginning(response).await).into_owned();
        Err(Error::Api {
            status: status.as_u16(),
            messages: messages(&text)
                .into_iter()
                .map(|message| self.without_key(message))
                .collect(),
            retry_after,
            body: AnswerBody::new(self.without_key(text)),
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
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    seconds.parse().ok().map(Duration::from_secs)
}
