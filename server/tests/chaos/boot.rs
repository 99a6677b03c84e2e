//! Time as it passes for everybody, those included who are stopped.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Since the machine was started, suspension included (`CLOCK_BOOTTIME`).
pub(crate) fn now() -> Duration {
    clock_gettime(ClockId::Boottime).try_into().unwrap()
}
