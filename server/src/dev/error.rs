//! The error of `dev`.

/// Why the stack does not start, or fails.
pub type DevStackError = Box<dyn std::error::Error + Send + Sync>;
