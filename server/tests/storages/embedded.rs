//! The storage of `sail-cargo dev`, on a directory: it refuses every header that was not signed.

use std::path::Path;

use sail_cargo_server::dev::storage::Storage;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{ACCESS_KEY_ID, REGION, SECRET};

/// Gone when dropped, with all that was put in it.
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

    /// Where its buckets are, as directories.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }
}
