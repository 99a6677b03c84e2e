//! A clock that also runs while processes are stopped.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The time since the machine was started, suspension included (`CLOCK_BOOTTIME`).
pub(crate) fn now() -> Duration {
    clock_gettime(ClockId::Boottime).try_into().unwrap()
}
