//! What is wrong with a build of the console.

use std::path::PathBuf;

/// The pages of the console cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The directory, or a file in it, cannot be read.
    #[error("cannot read {path}: {error}", path = .path.display())]
    Unreadable {
        /// What could not be read.
        path: PathBuf,
        /// The system's error.
        #[source]
        error: std::io::Error,
    },
    /// There is no first page.
    #[error("there is no index.html: it is no build of the console (`npm run build` makes one)")]
    NoIndex,
    /// The first page has no place for the nonce of its styles.
    #[error("index.html is not the console's: it has no nonce to fill in")]
    NoNonce,
}
