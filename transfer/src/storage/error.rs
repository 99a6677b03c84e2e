//! Why a call did not do what it should.

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

/// Why a call did not do what it should. Keys are named with the storage's prefix. Where Cargo
/// said no, [`RemoteSigningError::find`] finds its reason.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The environment says nothing that could be meant. Nothing is guessed from half of it.
    #[error("{variable} {problem}")]
    Configuration {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A key that Cargo signs for nobody, and that a local directory therefore does not take
    /// either; or a prefix of such keys. Nothing was sent.
    #[error("the key {key:?} cannot be used: {flaw}")]
    Key {
        /// The key or prefix.
        key: String,
        /// What is wrong with it.
        flaw: KeyFlaw,
    },
    /// There is no such object to download.
    #[error("there is no object `{key}`")]
    NotFound {
        /// The key.
        key: String,
    },
    /// Cargo did not say where S3 is, or knows of no storage for the caller. The next call asks
    /// again.
    #[error("Cargo does not tell where S3 is")]
    Whereabouts(#[source] RemoteSigningError),
    /// S3 refused, or Cargo did. What was there before is unchanged.
    #[error(transparent)]
    Transfer(TransferError),
    /// A file or directory could not be used.
    #[error("{}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The stream to upload failed. What was there before is unchanged.
    #[error("the stream to upload failed")]
    Stream(#[source] BoxError),
}

impl StorageError {
    /// Whether there is no such object.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether Cargo denied it: the caller's grants do not allow it.
    pub fn is_denied(&self) -> bool {
        let reason = RemoteSigningError::find(self);
        matches!(reason, Some(RemoteSigningError::Denied { .. }))
    }

    /// What is at `path` failed.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// An operation of the SDK failed.
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

/// The error that names `variable`.
pub(super) fn wrong(variable: &'static str, problem: impl Into<String>) -> StorageError {
    StorageError::Configuration { variable, problem: problem.into() }
}
