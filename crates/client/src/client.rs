//! The client: where the service is, the key, and how patient to be.

use crate::{Error, http, retry::Policy};
use reqwest::{
    Url,
    header::{ACCEPT, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use std::{error::Error as _, fmt, sync::Arc, time::Duration};

/// The header that carries the key.
const KEY_HEADER: HeaderName = HeaderName::from_static("x-holistics-key");

/// A connection to one service with one key.
///
/// It is cheap to clone, and clones share their connections.
///
/// ```no_run
/// # async fn example() -> Result<(), roster_client::Error> {
/// use roster_client::Client;
///
/// let client = Client::builder("https://roster.example.com", "the-key").build()?;
/// println!("the key is {}'s", client.users().me().await?.email);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) core: Arc<Core>,
    /// The caller's own, in place of a fresh one for each call.
    pub(crate) idempotency_key: Option<HeaderValue>,
}

pub(crate) struct Core {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    /// Kept to take it out of what is shown: a service or a proxy may print the request it got.
    pub(crate) key: SecretString,
    pub(crate) retries: Policy,
    /// Whether the service answers what it has done under an `Idempotency-Key`.
    pub(crate) honours_keys: bool,
}

impl Client {
    /// Starts a client of the service at this address, with this key.
    ///
    /// The address is an `http` or `https` one without credentials, query and fragment. A path is kept and goes before
    /// every route, for a service that is mounted below one.
    ///
    /// ```
    /// use roster_client::Client;
    ///
    /// let client = Client::builder("https://example.com/roster", "the-key").build()?;
    /// # Ok::<(), roster_client::Error>(())
    /// ```
    pub fn builder(base_url: impl Into<String>, api_key: impl Into<SecretString>) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.into(),
            api_key: api_key.into(),
            timeout: Duration::from_secs(30),
            retries: Policy {
                max_retries: 2,
                backoff: Duration::from_millis(200),
            },
            honours_keys: false,
        }
    }

    /// This client with an `Idempotency-Key` of the caller's for one `POST`, in place of a fresh one.
    ///
    /// Roster answers a repetition under the same key with what the first has done, for 24 hours: a program that keeps
    /// its key can repeat a call even after a restart. Each call needs another key; a different one under the same
    /// key is refused with 422. The original service ignores the header.
    ///
    /// # Errors
    /// [`Error::Configuration`] unless the key is of 1 to 255 visible ASCII characters.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let client = client.with_idempotency_key("singapore-2024")?;
    /// let group = client.v2().groups().create("Singapore").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_idempotency_key(&self, key: &str) -> Result<Self, Error> {
        let is_key = (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        let value = HeaderValue::from_str(key).ok().filter(|_| is_key);
        let fault = "the idempotency key must be of 1 to 255 visible ASCII characters";
        Ok(Self {
            core: Arc::clone(&self.core),
            idempotency_key: Some(value.ok_or_else(|| Error::configuration(fault))?),
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.core.base.as_str())
            .finish_non_exhaustive()
    }
}

/// What a [`Client`] is built from.
pub struct ClientBuilder {
    base_url: String,
    api_key: SecretString,
    timeout: Duration,
    retries: Policy,
    honours_keys: bool,
}

impl ClientBuilder {
    /// Sets how long one attempt may take, from connecting to the last byte of the answer; 30 seconds unless set.
    ///
    /// Retries and the pauses between them come on top.
    ///
    /// ```
    /// # use roster_client::Client;
    /// use std::time::Duration;
    ///
    /// let client = Client::builder("https://example.com", "the-key")
    ///     .timeout(Duration::from_secs(5))
    ///     .build()?;
    /// # Ok::<(), roster_client::Error>(())
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how often a failed call is sent again, where that is safe; twice unless set.
    ///
    /// ```
    /// # use roster_client::Client;
    /// let client = Client::builder("https://example.com", "the-key").max_retries(0).build()?;
    /// # Ok::<(), roster_client::Error>(())
    /// ```
    #[must_use]
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.retries.max_retries = max_retries;
        self
    }

    /// Sets the pause before the first retry; 200 milliseconds unless set.
    ///
    /// It doubles with each further one up to a minute, and up to half of it is left out at random. It does not count
    /// where the service says how long to wait.
    ///
    /// ```
    /// # use roster_client::Client;
    /// use std::time::Duration;
    ///
    /// let client = Client::builder("https://example.com", "the-key")
    ///     .backoff(Duration::from_secs(1))
    ///     .build()?;
    /// # Ok::<(), roster_client::Error>(())
    /// ```
    #[must_use]
    pub fn backoff(mut self, backoff: Duration) -> Self {
        self.retries.backoff = backoff;
        self
    }

    /// Says that the service is Roster, so that a `POST` may be sent again when nobody knows whether it took effect.
    ///
    /// Roster does what comes under one `Idempotency-Key` once, and answers a repetition with what it has done. Another
    /// service, which ignores the header, would do it twice.
    ///
    /// ```
    /// # use roster_client::Client;
    /// let client = Client::builder("https://roster.example.com", "the-key")
    ///     .server_is_roster()
    ///     .build()?;
    /// # Ok::<(), roster_client::Error>(())
    /// ```
    #[must_use]
    pub fn server_is_roster(mut self) -> Self {
        self.honours_keys = true;
        self
    }

    /// Builds the client; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the base URL is none, is not of `http` or `https`, or holds more than host, port and
    /// path; when the key is empty or cannot stand in a header; when TLS cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let base = base_url(&self.base_url)?;
        let mut headers = HeaderMap::new();
        headers.insert(KEY_HEADER, key_header(&self.api_key)?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let http = http()
            .user_agent(concat!("roster-client/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .timeout(self.timeout)
            // The key's header would go along to wherever a redirect leads.
            .redirect(redirect::Policy::none())
            // What is sent again is decided in `retry` alone.
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| http_fault(&error))?;
        Ok(Client {
            core: Arc::new(Core {
                http,
                base,
                key: self.api_key,
                retries: self.retries,
                honours_keys: self.honours_keys,
            }),
            idempotency_key: None,
        })
    }
}

impl fmt::Debug for ClientBuilder {
    // The base URL is not checked yet, so a password may stand in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .field("server_is_roster", &self.honours_keys)
            .finish_non_exhaustive()
    }
}

/// The faults do not repeat the text, which may hold a password.
fn base_url(text: &str) -> Result<Url, Error> {
    let fault = |what: &str| Error::configuration(format!("the base URL {what}"));
    let url = Url::parse(text).map_err(|error| fault(&format!("is none: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(fault("must be of http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault("must not hold credentials"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(fault("must end with the host, the port or a path"));
    }
    Ok(url)
}

/// The error itself says no more than that building failed; its cause says why.
fn http_fault(error: &reqwest::Error) -> Error {
    let cause = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    Error::configuration(format!("the HTTP client: {cause}"))
}

fn key_header(key: &SecretString) -> Result<HeaderValue, Error> {
    let fault = |what: &str| Error::configuration(format!("the API key {what}"));
    let key = key.expose_secret();
    if key.trim().is_empty() {
        return Err(fault("is empty"));
    }
    // A service trims header values, so that such a key would never be recognized.
    if key.trim() != key {
        return Err(fault("begins or ends with white space"));
    }
    match HeaderValue::from_str(key) {
        // The type lets bytes beyond ASCII through, which services read in different ways.
        Ok(mut value) if key.is_ascii() => {
            value.set_sensitive(true);
            Ok(value)
        }
        _ => Err(fault("has characters that cannot stand in a header")),
    }
}
