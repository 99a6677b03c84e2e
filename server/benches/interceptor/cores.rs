//! Pins the application to one core and the signers to another, as a sidecar would have, if `--
//! --pinned` is given (Linux; CPUs 0 and 1, which should not be siblings of one core). SeaweedFS
//! and nginx are not pinned; the embedded storage runs on the signers' core.

use std::fs;
use std::process::Command;

const AUTHORITIES: &str = "0";
const APPLICATION: &str = "1";

/// Whether pinning is requested.
pub(crate) fn wanted() -> bool {
    std::env::args().any(|argument| argument == "--pinned")
}

/// Pins the threads of `processes` to the signers' core. Of this process, pins the threads named
/// `application` to the other core and the rest to the signers' core.
pub(crate) fn pin(processes: impl IntoIterator<Item = u32>, application: &str) {
    for process in processes {
        taskset(&["-a", "-p", "-c", AUTHORITIES, &process.to_string()]);
    }
    for thread in fs::read_dir("/proc/self/task").unwrap() {
        let thread = thread.unwrap();
        // The thread may have ended.
        let Ok(name) = fs::read_to_string(thread.path().join("comm")) else { continue };
        let core = if name.trim() == application { APPLICATION } else { AUTHORITIES };
        taskset(&["-p", "-c", core, thread.file_name().to_str().unwrap()]);
    }
}

fn taskset(arguments: &[&str]) {
    let done = Command::new("taskset").args(arguments).output().unwrap();
    assert!(done.status.success(), "taskset: {}", String::from_utf8_lossy(&done.stderr));
}
