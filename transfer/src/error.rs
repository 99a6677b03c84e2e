//! Why a transfer did not come to its end.

use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use sail_cargo_middleware::{RemoteSigningError, explain};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a transfer did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// A file or directory could not be used.
    #[error("{}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The stream to upload failed, and nothing was uploaded.
    #[error("the stream to upload failed")]
    Stream(#[source] BoxError),
    /// S3 refused, or Cargo did: then [`RemoteSigningError::find`] finds the reason.
    #[error("{operation} failed{}", said(code.as_deref(), message.as_deref()))]
    S3 {
        /// The S3 operation.
        operation: &'static str,
        /// S3's error code, such as `NoSuchKey`; none where S3 was not asked, or did not say.
        code: Option<String>,
        /// What S3 said; without a code, [in words](sail_cargo_middleware::explain) why it said nothing.
        message: Option<String>,
        /// The SDK's error.
        source: BoxError,
    },
    /// What arrived is not what was sent. A download was thrown away, an upload in parts aborted;
    /// where S3 said so only of the whole object, that one is in place of what was there before.
    #[error("{what} arrived damaged")]
    Corrupt {
        /// Which part of it.
        what: String,
    },
    /// The file or object became another one while it was transferred.
    #[error("{what} changed during the transfer")]
    Changed {
        /// Which one.
        what: String,
    },
    /// Another transfer has the same journal.
    #[error("another transfer is using {}", path.display())]
    Busy {
        /// The journal.
        path: PathBuf,
    },
    /// It does not fit in 10,000 parts.
    #[error("it is larger than {most} bytes, the limit of 10,000 parts")]
    TooLarge {
        /// What would fit.
        most: u64,
    },
    /// It was called off.
    #[error("cancelled")]
    Cancelled,
}

/// `: NoSuchKey: there is no such key`, as far as it was said.
fn said(code: Option<&str>, message: Option<&str>) -> String {
    [code, message].into_iter().flatten().fold(String::new(), |out, word| format!("{out}: {word}"))
}

impl TransferError {
    /// Whether Cargo denied it: the caller's grants do not allow it.
    pub fn is_denied(&self) -> bool {
        let reason = RemoteSigningError::find(self);
        matches!(reason, Some(RemoteSigningError::Denied { .. }))
    }

    /// Whether there is no such object.
    pub fn is_not_found(&self) -> bool {
        let Self::S3 { code, .. } = self else { return false };
        code.as_deref().is_some_and(|code| matches!(code, "NoSuchKey" | "NotFound"))
    }

    /// What is at `path` failed.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// An operation of the SDK failed.
    pub(crate) fn s3<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        move |error| {
            let code = error.code().map(str::to_owned);
            let message = match &code {
                Some(_) => error.message().map(str::to_owned),
                None => Some(explain(&error)),
            };
            Self::S3 { operation, code, message, source: error.into() }
        }
    }

    /// Whether S3 said that a precondition does not hold.
    pub(crate) fn is_precondition(&self) -> bool {
        let Self::S3 { code, .. } = self else { return false };
        code.as_deref().is_some_and(|code| matches!(code, "PreconditionFailed" | "412"))
    }

    /// Whether S3 will never take an upload that was begun earlier, however often it is tried.
    pub(crate) fn is_hopeless(&self) -> bool {
        const CODES: [&str; 8] = [
            "BadDigest",
            "EntityTooSmall",
            "InvalidPart",
            "InvalidPartOrder",
            "InvalidRequest",
            "NoSuchBucket",
            "NoSuchUpload",
            "NotImplemented",
        ];
        matches!(self, Self::S3 { code: Some(code), .. } if CODES.contains(&code.as_str()))
    }
}
