//! A bucket of which the server says nothing to the caller.

use sail_cargo_client::Error;

use super::failure::Failure;

/// The answer to a request about the grants of a bucket that is not there, or of which the caller administers
/// nothing. The server does not say which, so that nobody finds buckets by asking.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct UnseenBucket(Error);

impl UnseenBucket {
    /// The hint that goes with it.
    pub(super) const HINT: &str = "hint: only those who have `admin` on some of the bucket, and API keys of the \
        application, are told of its grants; to others it is not there";

    /// The error of a request about the grants of a bucket.
    pub(super) fn or_other(error: Error) -> Failure {
        if error.code() == Some("not_found") { Self(error).into() } else { error.into() }
    }
}
