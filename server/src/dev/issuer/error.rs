//! Errors of the demo auth service.

use std::io;
use std::path::PathBuf;

/// An error of the demo auth service.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The key file cannot be read or written.
    #[error("cannot use the demo key file {}", path.display())]
    File {
        /// The file's path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The key file does not hold an RSA key.
    #[error("{} does not hold an RSA key (PKCS#8, PEM); remove it for a new one", path.display())]
    Malformed {
        /// The file's path.
        path: PathBuf,
    },
    /// No key could be generated.
    #[error("cannot generate a key")]
    Generate(#[source] rsa::Error),
    /// A token could not be signed.
    #[error("cannot sign a token")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// The listener is not usable.
    #[error("cannot listen")]
    Listener(#[source] io::Error),
}
