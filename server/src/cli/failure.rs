//! The error type and exit code of a failed command.

/// Exit code of a command that was denied.
pub(super) const DENIED: u8 = 3;

/// The error of a command that failed.
pub(super) type Failure = Box<dyn std::error::Error>;
