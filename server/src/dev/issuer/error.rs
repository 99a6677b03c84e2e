//! What goes wrong in a demo auth service.

use std::io;
use std::path::PathBuf;

/// Something went wrong with the demo key or a token.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The key file cannot be read or written.
    #[error("cannot use the demo key file {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The key file holds something else.
    #[error("{} does not hold an RSA key (PKCS#8, PEM); remove it for a new one", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// No key could be made.
    #[error("cannot generate a key")]
    Generate(#[source] rsa::Error),
    /// A token could not be signed.
    #[error("cannot sign a token")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// The listener is not usable.
    #[error("cannot listen")]
    Listener(#[source] io::Error),
}
