//! A storage that gave no answer, and where it was looked for.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::result::ConnectorError;

/// Why the storage gave no answer to a request that Cargo signed. Among the sources of the SDK's
/// error: [`find`](Self::find).
#[derive(Debug)]
pub struct Unanswered {
    endpoint: String,
    is_late: bool,
    cause: BoxError,
}

impl Unanswered {
    /// Finds it in an `SdkError`, or in any error that has one among its sources.
    pub fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        sources(error).find_map(<dyn StdError>::downcast_ref)
    }

    /// Scheme, host and port of the storage.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether every other request would fail as well: there was no connection, or no answer in time.
    pub fn is_of_all(&self) -> bool {
        self.is_late || self.is_unreachable()
    }

    fn is_unreachable(&self) -> bool {
        let cause = self.cause.as_ref() as &(dyn StdError + 'static);
        sources(cause).any(|cause| cause.is::<ResolveDnsError>() || is_refused(cause))
    }

    /// Puts the address into an error of the HTTP client, which is of the same kind as before.
    pub(crate) fn of(error: ConnectorError, uri: &str) -> ConnectorError {
        if Self::find(&error).is_some() {
            return error;
        }
        let (io, late, user) = (error.is_io(), error.is_timeout(), error.is_user());
        let (kind, connection) = (error.as_other(), error.connection_metadata().cloned());
        let endpoint = origin(uri).to_owned();
        let cause = Self { endpoint, is_late: late, cause: error.into_source() }.into();
        let named = match (io, late, user) {
            (true, ..) => ConnectorError::io(cause),
            (_, true, _) => ConnectorError::timeout(cause),
            (.., true) => ConnectorError::user(cause),
            _ => ConnectorError::other(cause, kind),
        };
        match connection {
            Some(connection) => named.with_connection(connection),
            None => named,
        }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, is_late, cause } = self;
        let why = || root(cause.as_ref());
        match (is_late, self.is_unreachable()) {
            (true, _) => write!(f, "the storage at {endpoint} did not answer in time"),
            (_, true) => write!(f, "the storage at {endpoint} cannot be reached: {}", why()),
            _ => write!(f, "the storage at {endpoint} gave no answer: {}", why()),
        }
    }
}

impl StdError for Unanswered {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.cause.as_ref())
    }
}

/// Whether the network knows no way there, or nobody listens.
fn is_refused(cause: &(dyn StdError + 'static)) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable,
    };
    let kind = cause.downcast_ref().map(io::Error::kind);
    let away =
        [AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable];
    kind.is_some_and(|kind| away.contains(&kind))
}

/// Of an absolute URI: up to where its path begins.
fn origin(uri: &str) -> &str {
    let authority = uri.find("://").map_or(0, |at| at + 3);
    let end = uri[authority..].find(['/', '?']).map_or(uri.len(), |at| authority + at);
    &uri[..end]
}

/// An error and what is behind it.
fn sources<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// What is behind all of it.
pub(crate) fn root(error: &(dyn StdError + 'static)) -> String {
    sources(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_said_and_the_kind_stays() {
        let broken = |kind| ConnectorError::io(io::Error::from(kind).into());
        for (error, said) in [
            (
                broken(io::ErrorKind::ConnectionRefused),
                "the storage at http://s3.test:9000 cannot be reached: connection refused",
            ),
            (
                broken(io::ErrorKind::ConnectionReset),
                "the storage at http://s3.test:9000 gave no answer: connection reset",
            ),
            (
                ConnectorError::timeout("slow".into()),
                "the storage at http://s3.test:9000 did not answer in time",
            ),
        ] {
            let (io, late) = (error.is_io(), error.is_timeout());
            let named = Unanswered::of(error, "http://s3.test:9000/bkt/secret?x-id=GetObject");
            let named = Unanswered::of(named, "http://elsewhere.test/");
            assert_eq!((named.is_io(), named.is_timeout()), (io, late));
            let found = Unanswered::find(&named).unwrap();
            assert_eq!(
                (found.to_string().as_str(), found.endpoint()),
                (said, "http://s3.test:9000")
            );
        }
    }
}
