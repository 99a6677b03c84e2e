//! Errors of storage operations.

use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use sail_cargo_middleware::RemoteSigningError;

use super::KeyFlaw;
use crate::TransferError;

/// Any error.
pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why an operation failed. Keys include the storage's prefix. If Cargo refused,
/// [`RemoteSigningError::find`] finds the reason.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The environment is incomplete or contradictory. Missing values are never guessed.
    #[error("{variable} {problem}")]
    Configuration {
        /// The variable.
        variable: &'static str,
        /// What is wrong with the variable, and what to do.
        problem: String,
    },
    /// An invalid key, or an invalid prefix of keys. A local directory accepts the same keys as
    /// Cargo. Nothing was sent.
    #[error("the key {key:?} cannot be used: {flaw}")]
    Key {
        /// The key or prefix.
        key: String,
        /// What is wrong with it.
        flaw: KeyFlaw,
    },
    /// The object to download does not exist.
    #[error("there is no object `{key}`")]
    NotFound {
        /// The key.
        key: String,
    },
    /// Cargo did not report the address of S3, or has no storage for the caller. The next call asks
    /// again.
    #[error("Cargo does not tell where S3 is")]
    Whereabouts(#[source] RemoteSigningError),
    /// S3 or Cargo refused. An existing object is unchanged.
    #[error(transparent)]
    Transfer(TransferError),
    /// A file or directory could not be used.
    #[error("{}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The stream to upload failed. An existing object is unchanged.
    #[error("the stream to upload failed")]
    Stream(#[source] BoxError),
}

impl StorageError {
    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether Cargo denied the operation, because the caller's grants do not allow it.
    pub fn is_denied(&self) -> bool {
        let reason = RemoteSigningError::find(self);
        matches!(reason, Some(RemoteSigningError::Denied { .. }))
    }

    /// Wraps an error about the file at `path`.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// Wraps an error of an SDK operation.
    pub(super) fn s3<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        move |error| TransferError::s3(operation)(error).into()
    }
}

impl From<TransferError> for StorageError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::File { path, source } => Self::Io { path, source },
            TransferError::Stream(error) => Self::Stream(error),
            other => Self::Transfer(other),
        }
    }
}

/// The error about `variable`.
pub(super) fn wrong(variable: &'static str, problem: impl Into<String>) -> StorageError {
    StorageError::Configuration { variable, problem: problem.into() }
}
