//! An interrupt (^C): what is under way comes to an end, one line says how far it came.

use std::process::ExitCode;

use sail_cargo_transfer::CancellationToken;

/// What shells say of a process that ended by an interrupt.
const INTERRUPTED: u8 = 130;

/// Cancelled by the first interrupt; the second one ends the process.
pub(super) fn listen() -> CancellationToken {
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if stopped.is_cancelled() {
                std::process::exit(INTERRUPTED.into());
            }
            stopped.cancel();
        }
    });
    stop
}

/// The exit code of what was interrupted.
pub(super) fn code() -> ExitCode {
    ExitCode::from(INTERRUPTED)
}
