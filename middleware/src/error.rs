//! Why a request was not signed.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::ErrorKind;
use sail_cargo_client::protocol::Problem;

/// Why a request was not signed, and therefore not sent to S3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteSigningError {
    /// The caller may not do this. Never retried.
    #[error("Cargo denies this request: {message}")]
    Denied {
        /// The stable code of the refusal.
        code: Option<String>,
        /// The missing permission and its place.
        message: String,
    },
    /// Cargo does not accept the caller's credentials, even with a new token; or there was no
    /// token. Never retried.
    #[error("Cargo does not accept the caller's credentials: {message}")]
    Unauthenticated {
        /// What is wrong with the credentials.
        message: String,
    },
    /// Cargo does not sign such a request for any caller. Never retried.
    #[error("Cargo cannot sign this request: {message}")]
    Invalid {
        /// The stable code of the refusal.
        code: Option<String>,
        /// What is wrong with the request.
        message: String,
    },
    /// Cargo gets too many requests. Retried by the SDK.
    #[error("Cargo limits the rate of requests: try again later")]
    Throttled,
    /// Cargo failed. Retried by the SDK.
    #[error("Cargo is unavailable (status {status}): {message}")]
    Unavailable {
        /// The HTTP status, 500 to 599.
        status: u16,
        /// Cargo's error message.
        message: String,
    },
    /// Cargo did not respond in time. Retried by the SDK.
    #[error("Cargo did not answer in time")]
    Timeout,
    /// No connection to Cargo could be opened, or it was lost. Retried by the SDK.
    #[error("{message}")]
    Unreachable {
        /// The network error.
        message: String,
    },
    /// Cargo's response is not usable, and nothing of it was used. Never retried.
    #[error("Cargo's answer cannot be used: {message}")]
    Protocol {
        /// What is wrong with the response.
        message: String,
    },
    /// Cargo names no usable storage for the caller. Never retried.
    #[error("Cargo names no storage: {message}")]
    NoStorage {
        /// Why there is none, or what is wrong with the one that Cargo names.
        message: String,
    },
    /// A setting after `remote_signing` replaced it. Never retried.
    #[error("remote signing is bypassed: call `remote_signing` last on the builder")]
    Bypassed,
    /// `.presigned()` was awaited on its own. Never retried.
    #[error(
        "this request is presigned only by Cargo: await \
         `signer.presign(operation.presigned(config))` instead"
    )]
    PresignNotWrapped,
    /// The SDK wants a payload form in which the secret signs every chunk. Never retried.
    #[error("a payload of the form {form} cannot be signed remotely")]
    UnsupportedPayload {
        /// The form, as S3 or the SDK calls it.
        form: String,
    },
}

impl RemoteSigningError {
    /// Finds the error in an `SdkError`, or in any error that has one among its sources.
    pub fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }

    pub(crate) fn protocol(message: impl Into<String>) -> Self {
        Self::Protocol { message: message.into() }
    }

    pub(crate) fn no_storage(message: impl Into<String>) -> Self {
        Self::NoStorage { message: message.into() }
    }

    /// Whether Cargo was unavailable or busy, so that another attempt could succeed soon.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable { .. } | Self::Unreachable { .. })
    }

    /// Whether only the gateway leads to the storage, since the store was switched.
    pub(crate) fn is_gateway_only(&self) -> bool {
        matches!(self, Self::Denied { code: Some(code), .. } if code == "gateway_only")
    }

    /// Whether every other request would fail as well: Cargo is unavailable, does not accept the
    /// caller, sends unusable responses or names no storage, or the client is misconfigured.
    pub fn is_of_all(&self) -> bool {
        match self {
            Self::Unauthenticated { .. }
            | Self::Unavailable { .. }
            | Self::Timeout
            | Self::Unreachable { .. }
            | Self::Protocol { .. }
            | Self::NoStorage { .. }
            | Self::Bypassed => true,
            Self::Denied { .. }
            | Self::Invalid { .. }
            | Self::Throttled
            | Self::PresignNotWrapped
            | Self::UnsupportedPayload { .. } => false,
        }
    }

    /// Whether Cargo may have refused a list because of some of its keys, or because it is a list.
    pub(crate) fn may_be_of_some_keys(&self) -> bool {
        match self {
            Self::Denied { code: Some(code), .. } => {
                matches!(code.as_str(), "body_unbound" | "no_permission")
            }
            Self::Invalid { .. } => true,
            _ => false,
        }
    }

    /// The error for a response of Cargo without a signature.
    pub(crate) fn answered(status: u16, code: Option<String>, message: String) -> Self {
        match status {
            401 => Self::Unauthenticated { message },
            403 => Self::Denied { code, message },
            429 => Self::Throttled,
            400..=499 => Self::Invalid { code, message },
            500..=599 => Self::Unavailable { status, message },
            _ => Self::Protocol { message },
        }
    }

    /// Converts the error to the kind that makes the SDK's retry strategy do the right thing.
    pub(crate) fn into_connector_error(self) -> ConnectorError {
        match self {
            Self::Timeout => ConnectorError::timeout(self.into()),
            Self::Unreachable { .. } => ConnectorError::io(self.into()),
            Self::Throttled => ConnectorError::other(self.into(), Some(ErrorKind::ThrottlingError)),
            Self::Unavailable { .. } => {
                ConnectorError::other(self.into(), Some(ErrorKind::ServerError))
            }
            Self::Denied { .. }
            | Self::Unauthenticated { .. }
            | Self::Invalid { .. }
            | Self::Protocol { .. }
            | Self::NoStorage { .. }
            | Self::Bypassed
            | Self::PresignNotWrapped
            | Self::UnsupportedPayload { .. } => ConnectorError::user(self.into()),
        }
    }
}

impl From<sail_cargo_client::Error> for RemoteSigningError {
    fn from(error: sail_cargo_client::Error) -> Self {
        let code = error.code().map(str::to_owned);
        let message = error.problem().map_or_else(|| chain(&error), |p| p.detail.clone());
        match error.status() {
            _ if error.is_timeout() => Self::Timeout,
            _ if error.is_token() => Self::Unauthenticated { message },
            // Another service that answers in Cargo's place cannot deny anything.
            Some(401 | 403) if !error.is_unauthenticated() && !error.is_denied() => {
                Self::Protocol { message }
            }
            Some(status) => Self::answered(status, code, message),
            None if error.is_unavailable() => Self::Unreachable { message },
            None => Self::Protocol { message },
        }
    }
}

/// The error for one request of a batch.
impl From<Problem> for RemoteSigningError {
    fn from(problem: Problem) -> Self {
        Self::answered(problem.status, Some(problem.code), problem.detail)
    }
}

/// `error` and its sources in one line.
fn chain(error: &dyn StdError) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        next = cause.source();
    }
    line
}
