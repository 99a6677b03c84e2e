//! The client and how to build one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;

use crate::consistency::Consistency;
use crate::transport::Pool;
use crate::{Credentials, Error, Key, url};

/// How long opening a connection may take, unless told otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a request may take from its first byte to the last of its answer, unless told
/// otherwise. Below the 20 s after which the S3 SDK gives up an upload that has not begun.
const TIMEOUT: Duration = Duration::from_secs(5);
/// `User-Agent`.
const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
/// How often a request is sent at most, unless told otherwise.
const ATTEMPTS: u32 = 3;

/// A caller's line to one Cargo server. Clones share connections and credentials.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
    pub(crate) consistency: Option<Consistency>,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    /// The short way, where there is one.
    pub(crate) pool: Option<Pool>,
    /// Without a slash at its end.
    pub(crate) base: String,
    pub(crate) credentials: Credentials,
    /// `X-Api-Key`.
    pub(crate) key: Option<HeaderValue>,
    /// `X-Project`.
    pub(crate) project: Option<HeaderValue>,
    /// How often a request is sent at most that may be sent again.
    pub(crate) attempts: u32,
}

impl Client {
    /// Starts a client of the server at `url`, such as `https://cargo.example.com`. A path in
    /// it is a prefix of every address. `unix:/run/sail-cargo.sock` is a Unix domain socket.
    ///
    /// A proxy that the environment names (`HTTPS_PROXY` and its kin) is used, but never to this
    /// machine.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            url: url.into(),
            credentials: Credentials::none(),
            project: None,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            attempts: ATTEMPTS,
        }
    }

    /// The same client, whose clones see what any of them has done: each request asks for an
    /// answer at least as new as the newest that was seen (`If-Revision-At-Least`).
    #[must_use]
    pub fn reading_its_writes(&self) -> Self {
        Self { consistency: Some(Consistency::following()), ..self.clone() }
    }

    /// The same client, which is answered from `revision` on: one that an answer carried, to
    /// this caller or another.
    ///
    /// # Errors
    /// [`Error::is_invalid`] for what cannot be in a header. Cargo refuses what is no revision
    /// (400), and one of another project or of the future (409).
    pub fn at_least(&self, revision: &str) -> Result<Self, Error> {
        Ok(Self { consistency: Some(Consistency::fixed(revision)?), ..self.clone() })
    }

    /// The base URL, as it was understood.
    pub fn url(&self) -> &str {
        &self.inner.base
    }
}

/// Shows the server and the kind of the caller, never a secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.inner.base)
            .field("credentials", &self.inner.credentials)
            .field("project", &self.inner.project)
            .finish_non_exhaustive()
    }
}

/// What a [`Client`] is made of.
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    url: String,
    credentials: Credentials,
    project: Option<String>,
    connect_timeout: Duration,
    timeout: Duration,
    attempts: u32,
}

impl ClientBuilder {
    /// Who is asking; nobody when left out.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// The project an operator acts in, by slug or id. Other credentials imply theirs.
    pub fn project(mut self, slug: impl Into<String>) -> Self {
        self.project = Some(slug.into());
        self
    }

    /// How long opening a connection may take; 3 s when left out.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one HTTP request may take in all; 5 s when left out. A request that is sent again
    /// has this time again; what the token provider takes is not counted, nor the wait for requests
    /// before it, while the server answers those.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a request is sent at most that may be sent again; 3 times when left out, once
    /// for 0 and 1. It is sent again when Cargo answers 429 or 503, cannot be reached or hangs
    /// up, after a pause that grows.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Builds the client. Opens no connection.
    ///
    /// # Errors
    /// [`Error::is_invalid`] when the URL, the key or the project cannot be used in a request.
    pub fn build(self) -> Result<Client, Error> {
        let socket = self.url.strip_prefix("unix:").map(ToOwned::to_owned);
        let base = match &socket {
            Some(path) if path.is_empty() => return Err(Error::input("unix: needs a path")),
            Some(_) => "http://localhost".to_owned(),
            None => url::base(&self.url)?,
        };
        let key = self.credentials.key.as_ref().map(key_header).transpose()?;
        let project = self.project.as_deref().map(project_header).transpose()?;
        let mut http = reqwest::Client::builder()
            .user_agent(AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout);
        let patience = (self.connect_timeout, self.timeout);
        let pool = Pool::new(&base, socket.as_deref(), AGENT, patience);
        if url::is_loopback(&url::host(&base)) {
            http = http.no_proxy();
        }
        if let Some(path) = socket {
            http = on_socket(http, path)?;
        }
        let http = http.build().map_err(Error::from_http)?;
        let (credentials, attempts) = (self.credentials, self.attempts);
        let inner = Inner { http, pool, base, credentials, key, project, attempts };
        Ok(Client { inner: Arc::new(inner), consistency: None })
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there are none")]
fn on_socket(http: reqwest::ClientBuilder, path: String) -> Result<reqwest::ClientBuilder, Error> {
    Ok(http.unix_socket(path))
}

#[cfg(not(unix))]
fn on_socket(_: reqwest::ClientBuilder, _: String) -> Result<reqwest::ClientBuilder, Error> {
    Err(Error::input("there are no Unix domain sockets on this system"))
}

fn key_header(key: &Key) -> Result<HeaderValue, Error> {
    secret_header(key.expose()).ok_or_else(|| Error::input("the API key holds control characters"))
}

fn project_header(slug: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(slug).map_err(|_| Error::input("the project holds control characters"))
}

/// A header value that does not print; none when `secret` cannot be one.
pub(crate) fn secret_header(secret: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(secret).ok()?;
    value.set_sensitive(true);
    Some(value)
}
