//! Errors of transfers.

use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use sail_cargo_middleware::{RemoteSigningError, explain};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// A file or directory could not be used.
    #[error("{}", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The stream to upload failed. Nothing was uploaded.
    #[error("the stream to upload failed")]
    Stream(#[source] BoxError),
    /// S3 or Cargo refused. For Cargo, [`RemoteSigningError::find`] finds the reason.
    #[error("{operation} failed{}", said(code.as_deref(), message.as_deref()))]
    S3 {
        /// The S3 operation.
        operation: &'static str,
        /// S3's error code, such as `NoSuchKey`; `None` if S3 was not asked, or sent no code.
        code: Option<String>,
        /// S3's message. Without a code: [why there is none](sail_cargo_middleware::explain), as a
        /// sentence.
        message: Option<String>,
        /// The SDK's error.
        source: BoxError,
    },
    /// The content was damaged in transit. A damaged download is deleted, and a multipart upload is
    /// aborted. But if S3 reports only the digest of the complete object, that object has replaced
    /// the earlier one.
    #[error("{what} arrived damaged")]
    Corrupt {
        /// The damaged file, object or part.
        what: String,
    },
    /// The file or object changed during the transfer.
    #[error("{what} changed during the transfer")]
    Changed {
        /// The file or object.
        what: String,
    },
    /// Another transfer uses the same journal.
    #[error("another transfer is using {}", path.display())]
    Busy {
        /// The journal.
        path: PathBuf,
    },
    /// The content does not fit in 10,000 parts.
    #[error("it is larger than {most} bytes, the limit of 10,000 parts")]
    TooLarge {
        /// The maximum number of bytes.
        most: u64,
    },
    /// The transfer was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// The end of a sentence: `: NoSuchKey: there is no such key`, with the parts that are known.
fn said(code: Option<&str>, message: Option<&str>) -> String {
    [code, message].into_iter().flatten().fold(String::new(), |out, word| format!("{out}: {word}"))
}

impl TransferError {
    /// Whether Cargo denied the transfer, because the caller's grants do not allow it.
    pub fn is_denied(&self) -> bool {
        let reason = RemoteSigningError::find(self);
        matches!(reason, Some(RemoteSigningError::Denied { .. }))
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        let Self::S3 { code, .. } = self else { return false };
        code.as_deref().is_some_and(|code| matches!(code, "NoSuchKey" | "NotFound"))
    }

    /// Wraps an error about the file at `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// Wraps an error of an SDK operation.
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

    /// Whether S3 reports a failed precondition.
    pub(crate) fn is_precondition(&self) -> bool {
        let Self::S3 { code, .. } = self else { return false };
        code.as_deref().is_some_and(|code| matches!(code, "PreconditionFailed" | "412"))
    }

    /// Whether S3 will never complete an upload that was begun earlier, so that retries are
    /// useless.
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
