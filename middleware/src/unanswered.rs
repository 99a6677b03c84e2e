//! Storages that do not respond.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::result::ConnectorError;

/// Why the storage did not respond to a signed request, and the storage's address. It is among the
/// sources of the SDK's error: see [`find`](Self::find).
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

    /// Whether every other request would fail as well: no connection, or no response in time.
    pub fn is_of_all(&self) -> bool {
        self.is_late || self.is_unreachable()
    }

    fn is_unreachable(&self) -> bool {
        let cause = self.cause.as_ref() as &(dyn StdError + 'static);
        sources(cause).any(|cause| cause.is::<ResolveDnsError>() || is_refused(cause))
    }

    /// Adds the address to an error of the HTTP client, and keeps the error's kind.
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

/// Whether there is no route to the host, or nothing listens on the port.
fn is_refused(cause: &(dyn StdError + 'static)) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable,
    };
    let kind = cause.downcast_ref().map(io::Error::kind);
    let away =
        [AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable];
    kind.is_some_and(|kind| away.contains(&kind))
}

/// The origin of an absolute URI: everything before its path.
fn origin(uri: &str) -> &str {
    let authority = uri.find("://").map_or(0, |at| at + 3);
    let end = uri[authority..].find(['/', '?']).map_or(uri.len(), |at| authority + at);
    &uri[..end]
}

/// An error and its sources.
fn sources<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The message of the innermost source.
pub(crate) fn root(error: &(dyn StdError + 'static)) -> String {
    sources(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unanswered_error_names_the_address_and_keeps_its_kind() {
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
