//! An external program in its own directory, on free ports.

use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A process, killed when dropped; its directory is removed.
pub(super) struct Process {
    name: &'static str,
    child: Child,
    directory: TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Process {
    /// Starts the binary that `variable` names. Its output is kept in its directory.
    pub(super) fn start<'a>(
        name: &'static str,
        variable: &str,
        arguments: impl IntoIterator<Item = &'a str>,
        directory: TempDir,
    ) -> Self {
        let binary = super::binary(variable).unwrap_or_else(|| panic!("{variable} is not set"));
        let log = std::fs::File::create(directory.path().join(LOG)).unwrap();
        let child = Command::new(&binary)
            .args(arguments)
            .current_dir(directory.path())
            .env("HOME", directory.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{binary}, named by {variable}: {error}"));
        Self { name, child, directory }
    }

    /// The process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Waits until `ready` is true. Panics if the process exits first, or takes longer than a
    /// minute.
    pub(super) async fn until(&mut self, ready: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !ready().await {
            let ended = self.child.try_wait().unwrap();
            let late = Instant::now() > deadline;
            assert!(ended.is_none() && !late, "{} does not start ({ended:?}): {}", self.name, {
                std::fs::read_to_string(self.directory().join(LOG)).unwrap()
            });
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

const LOG: &str = "printed";

/// Whether a server listens on `port`.
pub(super) fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// A free port that this process has not handed out before. The port 10000 above it is free as
/// well: SeaweedFS takes it for gRPC. Both are below those that Linux gives to connections, which
/// come at any time (from 32768).
pub(crate) fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let some = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let port = 10_000 + some % 12_000;
        let pair = [port, port + 10_000];
        let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        // A port may be the one 10000 above another: neither is handed out twice.
        if pair.iter().all(|port| is_free(*port) && !given.contains(port)) {
            given.extend(pair);
            return port;
        }
    }
}
