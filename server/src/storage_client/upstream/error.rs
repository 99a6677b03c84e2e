//! Why there is no answer, or no more of one.

use bytes::Bytes;
use http::Response;
use http_body_util::combinators::BoxBody;

use super::redirect::Redirected;

/// An error of a body that somebody else makes.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no answer of a storage, or no more of it.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// No connection: name, port, TLS, or the proxy between.
    #[error("the storage at {endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// Scheme, host and port.
        endpoint: String,
        /// What went wrong, at the bottom.
        cause: String,
    },
    /// There was a connection. It ended before its time, or what came over it is no HTTP/1.1.
    #[error("the storage at {endpoint} broke off: {cause}")]
    Lost {
        /// Scheme, host and port.
        endpoint: String,
        /// What went wrong, at the bottom.
        cause: String,
    },
    /// It says nothing, or takes nothing, for longer than the settings allow.
    #[error("the storage at {0} takes too long")]
    Late(String),
    /// As many connections are in use as may be: in all, by the project, or by the key.
    #[error("too many requests to the storage at {0} are under way: try again later")]
    Busy(String),
    /// Next to nothing was moved over this connection for a minute, and others waited for one.
    #[error("too slow: others wait for the storage at {0}")]
    TooSlow(String),
    /// It sends elsewhere. Nobody follows.
    #[error("{redirected}")]
    Redirected {
        /// What that tells of the store's settings.
        redirected: Redirected,
        /// The answer. Nobody but an operator may see what is in it.
        answer: Box<Response<BoxBody<Bytes, UpstreamError>>>,
    },
    /// The body that was to go out failed: the error it failed with. No storage has all of it.
    #[error("the body could not be sent: {0}")]
    Body(BodyError),
    /// No request that can be sent: a defect.
    #[error("the request cannot be sent: {0}")]
    Invalid(String),
}
