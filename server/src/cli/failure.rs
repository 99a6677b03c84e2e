//! The error type and exit code of a failed command.

/// Exit code of a command that was denied.
pub(super) const DENIED: u8 = 3;
/// Exit code of a command that found the log of changes broken.
pub(super) const BROKEN: u8 = 4;

/// The error of a command that failed.
pub(super) type Failure = Box<dyn std::error::Error>;
