//! The client and its builder.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;

use crate::consistency::Consistency;
use crate::transport::Pool;
use crate::{Credentials, Error, Key, url};

/// Default timeout for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Default timeout of a request, from its first byte to the last of its response. Shorter than the
/// 20 s after which the S3 SDK gives up an upload that has not begun.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The value of `User-Agent`.
const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
/// Default for the maximum number of attempts per request.
const ATTEMPTS: u32 = 3;

/// A client of one Cargo server, for one caller. Clones share connections and credentials.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
    pub(crate) consistency: Option<Consistency>,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    /// The connection pool for signing requests, if the server can be reached without `reqwest`.
    pub(crate) pool: Option<Pool>,
    /// The base URL, without a slash at the end.
    pub(crate) base: String,
    pub(crate) credentials: Credentials,
    /// The value of `X-Api-Key`.
    pub(crate) key: Option<HeaderValue>,
    /// The value of `X-Project`.
    pub(crate) project: Option<HeaderValue>,
    /// Maximum number of attempts for a request that may be repeated.
    pub(crate) attempts: u32,
}

impl Client {
    /// Starts a client of the server at `url`, such as `https://cargo.example.com`. A path in the
    /// URL is a prefix of all paths. `unix:/run/sail-cargo.sock` is a Unix domain socket.
    ///
    /// The client uses a proxy that the environment names (`HTTPS_PROXY` and related variables),
    /// except for connections to this machine.
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

    /// A client whose clones read their own and each other's writes: each request requires a
    /// response at least as new as the newest revision that any of them has seen
    /// (`If-Revision-At-Least`).
    #[must_use]
    pub fn reading_its_writes(&self) -> Self {
        Self { consistency: Some(Consistency::following()), ..self.clone() }
    }

    /// A client whose requests require a response at least as new as `revision`. The revision comes
    /// from an earlier response, to this caller or another.
    ///
    /// # Errors
    /// [`Error::is_invalid`] if the text cannot be a header value. Cargo later refuses a text that
    /// is not a revision (400), and a revision of another project or of the future (409).
    pub fn at_least(&self, revision: &str) -> Result<Self, Error> {
        Ok(Self { consistency: Some(Consistency::fixed(revision)?), ..self.clone() })
    }

    /// The base URL in normalised form.
    pub fn url(&self) -> &str {
        &self.inner.base
    }
}

/// Prints the server and the kind of credentials, never a secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.inner.base)
            .field("credentials", &self.inner.credentials)
            .field("project", &self.inner.project)
            .finish_non_exhaustive()
    }
}

/// Configures and builds a [`Client`].
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
    /// The caller's credentials; anonymous by default.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// The project in which an operator acts, by slug or id. Other credentials imply their project.
    pub fn project(mut self, slug: impl Into<String>) -> Self {
        self.project = Some(slug.into());
        self
    }

    /// The timeout for opening a connection; 3 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The timeout of one HTTP request; 5 s by default. Applies to each attempt anew. Does not
    /// include the time of the token provider, nor the wait for earlier requests while the server
    /// responds to those.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Maximum number of attempts for a request that may be repeated; 3 by default, and at least 1.
    /// The client repeats a request if Cargo answers 429 or 503, cannot be reached or closes the
    /// connection. Pauses grow with each attempt.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Builds the client. Opens no connection.
    ///
    /// # Errors
    /// [`Error::is_invalid`] if the URL, the key or the project cannot be used in a request.
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

/// A header value that is not printed; `None` if `secret` is not a valid value.
pub(crate) fn secret_header(secret: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(secret).ok()?;
    value.set_sensitive(true);
    Some(value)
}
