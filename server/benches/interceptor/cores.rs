//! A core for the application and another for those who sign, as a sidecar would have: with
//! `-- --pinned` (Linux; CPUs 0 and 1, which should not be siblings of one core). SeaweedFS and
//! nginx are left alone; the embedded storage is with those who sign.

use std::fs;
use std::process::Command;

const AUTHORITIES: &str = "0";
const APPLICATION: &str = "1";

/// Whether it is asked for.
pub(crate) fn wanted() -> bool {
    std::env::args().any(|argument| argument == "--pinned")
}

/// Keeps the threads of `processes` on one core, and on the other those of this process that are
/// called `application`; the other threads of this process stay with the authorities.
pub(crate) fn pin(processes: impl IntoIterator<Item = u32>, application: &str) {
    for process in processes {
        taskset(&["-a", "-p", "-c", AUTHORITIES, &process.to_string()]);
    }
    for thread in fs::read_dir("/proc/self/task").unwrap() {
        let thread = thread.unwrap();
        // It may have ended.
        let Ok(name) = fs::read_to_string(thread.path().join("comm")) else { continue };
        let core = if name.trim() == application { APPLICATION } else { AUTHORITIES };
        taskset(&["-p", "-c", core, thread.file_name().to_str().unwrap()]);
    }
}

fn taskset(arguments: &[&str]) {
    let done = Command::new("taskset").args(arguments).output().unwrap();
    assert!(done.status.success(), "taskset: {}", String::from_utf8_lossy(&done.stderr));
}
