//! Errors, in the few classes on which a caller would act.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use sail_cargo_protocol::Problem;

use crate::TokenError;
use crate::stranger::Stranger;

type Cause = Arc<dyn StdError + Send + Sync>;

/// Why a request failed.
///
/// `Display` is the reason from Cargo, with its code. It never contains tokens or keys.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: Kind,
    cause: Option<Cause>,
}

#[derive(Debug)]
enum Kind {
    /// The arguments cannot be sent in a request; nothing was sent.
    Input(&'static str),
    /// The token provider returned no token; nothing was sent.
    Token,
    /// No connection could be opened, in time or at all.
    Connect {
        timeout: bool,
        /// Scheme, host and port of the server, if known.
        to: Option<String>,
    },
    /// No response in time.
    Timeout,
    /// The connection was lost.
    Lost,
    /// Cargo responded with a status that is not a success.
    Answered { status: StatusCode, problem: Option<Box<Problem>>, retry_after: Option<Duration> },
    /// The response cannot be parsed.
    Unreadable { status: StatusCode },
    /// Another service than Cargo responded.
    Stranger { status: StatusCode, who: Stranger },
}

impl Error {
    /// The caller is authenticated, but not allowed: 403.
    pub fn is_denied(&self) -> bool {
        self.has(&[403])
    }

    /// The credentials are missing, unknown or expired: 401, even with a new token.
    pub fn is_unauthenticated(&self) -> bool {
        self.has(&[401])
    }

    /// The object does not exist, or the caller may not see it: 404.
    pub fn is_not_found(&self) -> bool {
        self.has(&[404])
    }

    /// The required history was deleted: 410. A listing must start again.
    pub fn is_gone(&self) -> bool {
        self.has(&[410])
    }

    /// The object exists already, or has changed: 409 or 412.
    pub fn is_conflict(&self) -> bool {
        self.has(&[409, 412])
    }

    /// The request is malformed: 400, 413, 415 or 422, or refused by the client itself.
    pub fn is_invalid(&self) -> bool {
        matches!(self.0.kind, Kind::Input(_)) || self.has(&[400, 413, 415, 422])
    }

    /// Too many requests: 429. See [`retry_after`](Self::retry_after).
    pub fn is_throttled(&self) -> bool {
        self.has(&[429])
    }

    /// The failure is not the request's fault: 5xx, no connection, a lost one, or a timeout. Cargo
    /// may or may not have carried out the request.
    pub fn is_unavailable(&self) -> bool {
        match &self.0.kind {
            Kind::Connect { .. } | Kind::Timeout | Kind::Lost => true,
            Kind::Answered { status, .. } | Kind::Stranger { status, .. } => {
                status.is_server_error()
            }
            Kind::Input(_) | Kind::Token | Kind::Unreadable { .. } => false,
        }
    }

    /// Whether another attempt could succeed: 429, 503, no connection, or a lost one.
    pub(crate) fn may_pass(&self) -> bool {
        match &self.0.kind {
            Kind::Connect { .. } | Kind::Lost => true,
            Kind::Answered { status, .. } | Kind::Stranger { status, .. } => {
                matches!(status.as_u16(), 429 | 503)
            }
            _ => false,
        }
    }

    /// The time ran out, while connecting or later.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout | Kind::Connect { timeout: true, .. })
    }

    /// No connection could be opened; Cargo did not carry out the request.
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind, Kind::Connect { .. })
    }

    /// The [`TokenProvider`](crate::TokenProvider) returned no token; `source` is its error.
    pub fn is_token(&self) -> bool {
        matches!(self.0.kind, Kind::Token)
    }

    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        match &self.0.kind {
            Kind::Answered { status, .. }
            | Kind::Unreadable { status }
            | Kind::Stranger { status, .. } => Some(status.as_u16()),
            _ => None,
        }
    }

    /// The stable code of the problem, if Cargo sent one.
    pub fn code(&self) -> Option<&str> {
        self.problem().map(|problem| problem.code.as_str())
    }

    /// Cargo's complete description of the refusal, if it sent one.
    pub fn problem(&self) -> Option<&Problem> {
        match &self.0.kind {
            Kind::Answered { problem, .. } => problem.as_deref(),
            _ => None,
        }
    }

    /// How long Cargo asks the client to wait, if it said so in seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.0.kind {
            Kind::Answered { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    fn has(&self, statuses: &[u16]) -> bool {
        matches!(&self.0.kind, Kind::Answered { status, .. } if statuses.contains(&status.as_u16()))
    }

    fn new(kind: Kind, cause: Option<Cause>) -> Self {
        Self(Arc::new(Inner { kind, cause }))
    }

    pub(crate) fn input(what: &'static str) -> Self {
        Self::new(Kind::Input(what), None)
    }

    pub(crate) fn broken(what: &'static str) -> Self {
        Self::new(Kind::Lost, Some(Arc::new(std::io::Error::other(what))))
    }

    pub(crate) fn token(cause: Cause) -> Self {
        Self::new(Kind::Token, Some(cause))
    }

    pub(crate) fn bad_token() -> Self {
        Self::token(TokenError::from("it holds control characters or line ends").into())
    }

    /// An error for a response that cannot be parsed.
    pub(crate) fn unreadable(
        status: StatusCode,
        body: &[u8],
        cause: impl StdError + Send + Sync + 'static,
    ) -> Self {
        let kind = match Stranger::of(body) {
            Some(who) => Kind::Stranger { status, who },
            None => Kind::Unreadable { status },
        };
        Self::new(kind, Some(Arc::new(cause)))
    }

    /// Converts an error of the HTTP library. Drops the URL, which contains names of buckets and
    /// users, but keeps the origin if no connection could be opened.
    pub(crate) fn from_http(error: reqwest::Error) -> Self {
        let kind = if error.is_builder() {
            Kind::Input("the request cannot be built")
        } else if error.is_connect() {
            let to = error.url().map(|url| url.origin().ascii_serialization());
            Kind::Connect { timeout: error.is_timeout(), to: to.filter(|to| is_place(to)) }
        } else if error.is_timeout() {
            Kind::Timeout
        } else {
            Kind::Lost
        };
        Self::new(kind, Some(Arc::new(error.without_url())))
    }

    /// An error for a connection that could not be opened. Without a cause: in time.
    pub(crate) fn connect(host: &str, cause: Option<std::io::Error>) -> Self {
        let to = Some(format!("http://{host}")).filter(|to| is_place(to));
        let timeout = cause.is_none();
        Self::new(Kind::Connect { timeout, to }, cause.map(|cause| Arc::new(cause) as Cause))
    }

    /// An error for a response that did not come in time.
    pub(crate) fn late() -> Self {
        Self::new(Kind::Timeout, None)
    }

    /// An error for a lost connection.
    pub(crate) fn lost(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(Kind::Lost, Some(Arc::new(cause)))
    }

    /// An error for a response that is not a success. Uses the body only if it is a problem
    /// document.
    pub(crate) fn answered(status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let problem: Option<Box<Problem>> = serde_json::from_slice(body).ok().map(Box::new);
        let who = if problem.is_none() { Stranger::of(body) } else { None };
        let kind = match who {
            Some(who) => Kind::Stranger { status, who },
            None => Kind::Answered { status, problem, retry_after },
        };
        Self::new(kind, None)
    }
}

/// Whether this is a real address. Requests on a Unix socket have a placeholder.
fn is_place(to: &str) -> bool {
    to != "http://localhost"
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Input(what) => f.write_str(what),
            Kind::Token => f.write_str("the token provider gave no token"),
            Kind::Connect { timeout, to } => {
                f.write_str("Cargo cannot be reached")?;
                to.as_ref().map_or(Ok(()), |to| write!(f, " at {to}"))?;
                f.write_str(if *timeout { " in time" } else { "" })
            }
            Kind::Timeout => f.write_str("Cargo did not answer in time"),
            Kind::Lost => f.write_str("the connection to Cargo was lost"),
            Kind::Answered { problem: Some(problem), .. } => {
                write!(f, "{} ({})", problem.detail, problem.code)
            }
            Kind::Answered { status, .. } if status.is_redirection() => {
                write!(f, "the server's URL leads elsewhere ({status}): give the one it leads to")
            }
            Kind::Answered { status, .. } if status.is_client_error() => {
                write!(f, "Cargo answered {status} without a reason: is the server's URL Cargo's?")
            }
            Kind::Answered { status, .. } => write!(f, "Cargo answered {status} without a reason"),
            Kind::Stranger { status, who } => {
                write!(f, "{who} answered ({status}), not Cargo: check the server's URL")
            }
            Kind::Unreadable { .. } => f.write_str("Cargo's answer cannot be read"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.0.kind).field("cause", &self.0.cause).finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_ref().map(|cause| &**cause as &(dyn StdError + 'static))
    }
}
