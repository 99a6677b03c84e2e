//! Interrupts (^C): running work stops, and one line says how far the command came.

use std::process::ExitCode;

use sail_cargo_transfer::CancellationToken;

/// The exit code that shells report for a process ended by SIGINT: 128 + 2.
const INTERRUPTED: u8 = 130;

/// A token that the first interrupt cancels. The second interrupt ends the process.
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

/// The exit code of an interrupted command.
pub(super) fn code() -> ExitCode {
    ExitCode::from(INTERRUPTED)
}
