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
        /// Which permission was missing, on what.
        message: String,
    },
    /// Cargo does not know the caller, also after asking for a new token; or there was no token
    /// to be had. Never retried.
    #[error("Cargo does not accept the caller's credentials: {message}")]
    Unauthenticated {
        /// What was wrong.
        message: String,
    },
    /// Cargo does not sign such a request, whoever asks. Never retried.
    #[error("Cargo cannot sign this request: {message}")]
    Invalid {
        /// The stable code of the refusal.
        code: Option<String>,
        /// What is wrong with the request.
        message: String,
    },
    /// Too many requests to Cargo. Retried by the SDK.
    #[error("Cargo limits the rate of requests: try again later")]
    Throttled,
    /// Cargo failed. Retried by the SDK.
    #[error("Cargo is unavailable (status {status}): {message}")]
    Unavailable {
        /// The HTTP status, 500 to 599.
        status: u16,
        /// What it said.
        message: String,
    },
    /// Cargo did not answer in time. Retried by the SDK.
    #[error("Cargo did not answer in time")]
    Timeout,
    /// There is no connection to Cargo. Retried by the SDK.
    #[error("{message}")]
    Unreachable {
        /// What the network said.
        message: String,
    },
    /// Cargo answered in a way it must not, and nothing of the answer was used. Never retried.
    #[error("Cargo's answer cannot be used: {message}")]
    Protocol {
        /// What was wrong with it.
        message: String,
    },
    /// Cargo names no storage in which the caller's objects could be. Never retried.
    #[error("Cargo names no storage: {message}")]
    NoStorage {
        /// Why, or what is wrong with it.
        message: String,
    },
    /// Something configured after `remote_signing` took its place. Never retried.
    #[error("remote signing is bypassed: call `remote_signing` last on the builder")]
    Bypassed,
    /// `.presigned()` was awaited by itself. Never retried.
    #[error(
        "this request is presigned only by Cargo: await \
         `signer.presign(operation.presigned(config))` instead"
    )]
    PresignNotWrapped,
    /// The SDK wants a payload form that takes the secret for every chunk. Never retried.
    #[error("a payload of the form {form} cannot be signed remotely")]
    UnsupportedPayload {
        /// The form, as S3 or the SDK calls it.
        form: String,
    },
}

impl RemoteSigningError {
    /// Finds the reason in an `SdkError`, or in any error that has one among its sources.
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

    /// Whether Cargo itself was away or busy, so that asking again soon could help.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable { .. } | Self::Unreachable { .. })
    }

    /// Whether every other request would fail as well: Cargo is away or does not know the caller.
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

    /// Whether a list of keys can have been refused for some of them, or for being one.
    pub(crate) fn may_be_of_some_keys(&self) -> bool {
        match self {
            Self::Denied { code: Some(code), .. } => {
                matches!(code.as_str(), "body_unbound" | "no_permission")
            }
            Self::Invalid { .. } => true,
            _ => false,
        }
    }

    /// What Cargo answered in place of a signature.
    fn answered(status: u16, code: Option<String>, message: String) -> Self {
        match status {
            401 => Self::Unauthenticated { message },
            403 => Self::Denied { code, message },
            429 => Self::Throttled,
            400..=499 => Self::Invalid { code, message },
            500..=599 => Self::Unavailable { status, message },
            _ => Self::Protocol { message },
        }
    }

    /// The form the SDK's retry strategy understands.
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
            // Somebody else, who answered in Cargo's place, denies nothing.
            Some(401 | 403) if !error.is_unauthenticated() && !error.is_denied() => {
                Self::Protocol { message }
            }
            Some(status) => Self::answered(status, code, message),
            None if error.is_unavailable() => Self::Unreachable { message },
            None => Self::Protocol { message },
        }
    }
}

/// One request of several was not signed.
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
