//! Caddy in front of SeaweedFS, with the configuration from the cookbook.

use super::process::{Process, free_port, is_open};
use super::{cookbook, is_set};

/// The variable that names the binary `caddy`.
pub(super) const BINARY: &str = "TEST_CADDY";

/// A running Caddy, killed when dropped.
pub(crate) struct Caddy {
    pub(crate) url: String,
    _process: Process,
}

impl Caddy {
    /// Whether the binary is configured.
    pub(crate) fn is_here() -> bool {
        is_set(BINARY, "Caddy")
    }

    /// Starts Caddy in front of the server at `url`, and waits until it listens.
    pub(crate) async fn before(url: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let here = format!("http://:{port} {{");
        let storage = url.trim_start_matches("http://");
        let ours = [("127.0.0.1:8333", storage), ("s3.example.com {", &here)];
        let site = cookbook::block("caddyfile", &ours);
        let file = format!("{{\nadmin off\ndefault_bind 127.0.0.1\n}}\n{site}");
        std::fs::write(directory.path().join("Caddyfile"), file).unwrap();
        let mut process = Process::start("Caddy", BINARY, ["run"], directory);
        process.until(async || is_open(port)).await;
        Self { url: format!("http://127.0.0.1:{port}"), _process: process }
    }
}
