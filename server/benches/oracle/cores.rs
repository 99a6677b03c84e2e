//! The two cores: one for the servers, one for the load.

use std::process::Command;

/// Where the servers run.
pub(crate) const SERVERS: &str = "0";
/// Where the load comes from.
pub(crate) const LOAD: &str = "1";

/// Pins this process.
pub(crate) fn pin_this(core: &str) {
    pin(std::process::id(), core);
}

/// Pins all threads of a process.
pub(crate) fn pin(process: u32, core: &str) {
    let process = process.to_string();
    let done = Command::new("taskset").args(["-a", "-p", "-c", core, &process]).output().unwrap();
    assert!(done.status.success(), "taskset: {}", String::from_utf8_lossy(&done.stderr));
}
