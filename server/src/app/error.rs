//! Errors of the server's start.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::audit::SpoolError;
use crate::console::ConsoleError;
use crate::domain::{Conflict, Flaw};
use crate::service::ForeignKey;
use crate::storage_client::upstream::UpstreamError;
use sail_cargo_database::{MigrationError, NewerSchema};

/// An error of the server's start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("{flag}: cannot listen on {address}: {error}")]
    Listen {
        /// The flag that names the address.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
        /// The system's error.
        #[source]
        error: std::io::Error,
    },
    /// The socket cannot be listened on.
    #[error("--socket: cannot listen on {path}: {error}", path = .path.display())]
    Socket {
        /// The socket's path.
        path: PathBuf,
        /// The system's error.
        #[source]
        error: std::io::Error,
    },
    /// The schema is older than this program.
    #[error("the database lacks {0} migrations: run `sail-cargo migrate`, or serve --migrate")]
    Migrations(usize),
    /// The schema is newer than this program.
    #[error("{0}")]
    Newer(#[from] NewerSchema),
    /// The schema could not be brought up to date.
    #[error("{0}")]
    Migrate(#[from] MigrationError),
    /// The stores' secrets are not for this server's master key.
    #[error("{0}")]
    MasterKey(#[from] ForeignKey),
    /// The spool for audit events cannot be used.
    #[error("{0}")]
    AuditSpool(#[from] SpoolError),
    /// The alias of an issuer in the configuration is not free.
    #[error("auth.issuers: {0}")]
    Issuer(Conflict),
    /// The public URL cannot be the issuer of tokens.
    #[error("SAIL_CARGO_PUBLIC_URL: {0}")]
    PublicUrl(#[source] Flaw),
    /// The threads that hash passwords cannot be started.
    #[error("the threads that hash passwords cannot be started: {0}")]
    Threads(#[source] std::io::Error),
    /// The pages of the console cannot be served.
    #[error("the console: {0}")]
    Console(#[from] ConsoleError),
    /// The HTTP client for the auth service cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    HttpClient(#[from] reqwest::Error),
    /// The way to the storages cannot be made.
    #[error("{0}")]
    Storage(#[from] UpstreamError),
}
