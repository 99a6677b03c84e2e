//! The storage of `sail-cargo dev`, on a directory: it refuses every unsigned header.

use std::path::Path;

use sail_cargo_server::dev::storage::Storage;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{ACCESS_KEY_ID, REGION, SECRET};

/// A running storage. It stops when dropped, and its files are removed.
pub(crate) struct Embedded {
    pub(crate) url: String,
    directory: TempDir,
    _running: Storage,
}

impl Embedded {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running =
            Storage::start(listener, directory.path(), ACCESS_KEY_ID, SECRET.into(), REGION);
        let running = running.await.unwrap();
        Self { url: format!("http://{}", running.address()), directory, _running: running }
    }

    /// The directory with its buckets.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }
}
